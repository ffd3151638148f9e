import Glibc
package import HostInterface
package import SystemPackage

/// The kernel's own files.
package struct LinuxFileTree: FileTree {
  package init() {}

  package func read(_ path: FilePath) throws(FileError) -> String {
    try onFile(.read, path) {
      let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
      return try file.closeAfter { try contents(of: file, endsShort: path.isAttribute) }
    }
  }

  package func store(_ text: String, in path: FilePath) throws(FileError) {
    try onFile(.write, path) {
      let file = try FileDescriptor.open(path, .writeOnly, options: .closeOnExec)
      try file.closeAfter {
        let bytes = Array(text.utf8)
        let written = unsafe try bytes.withUnsafeBytes { unsafe try file.write($0, retryOnInterrupt: false) }
        // A store handler takes all or nothing; a part is a failure, and never sent again as another request.
        guard written == text.utf8.count else { throw Errno.ioError }
      }
    }
  }

  package func list(_ path: FilePath) throws(FileError) -> [String] { try names(in: path) }

  package func link(_ path: FilePath) throws(FileError) -> FilePath { try target(of: path) }

  package func inode(_ path: FilePath) throws(FileError) -> UInt64 {
    try onFile(.read, path) {
      var status = stat()
      try check(unsafe lstat(path.string, &status))
      return UInt64(status.st_ino)
    }
  }
}

extension FilePath {
  /// Whether a driver or the kernel makes its text at once, unlike the lists of cgroups.
  fileprivate var isAttribute: Bool { starts(with: "/sys") && !starts(with: "/sys/fs") }
}
