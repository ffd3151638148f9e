package import HostInterface
package import SystemPackage

/// The kernel's files, of which some may not be read by the caller (EACCES).
package struct ForbiddenFiles: FileTree {
  private let files: any FileTree
  private let place: FilePath

  /// - Parameter place: A file, or a folder and all in it.
  package init(_ files: any FileTree, below place: FilePath) {
    self.files = files
    self.place = place
  }

  private func ask(_ operation: FileError.Operation, _ path: FilePath) throws(FileError) {
    if path.starts(with: place) { throw FileError(operation, path, .permissionDenied) }
  }

  package func read(_ path: FilePath) throws(FileError) -> String {
    try ask(.read, path)
    return try files.read(path)
  }

  package func store(_ text: String, in path: FilePath) throws(FileError) {
    try ask(.write, path)
    try files.store(text, in: path)
  }

  package func list(_ path: FilePath) throws(FileError) -> [String] {
    try ask(.list, path)
    return try files.list(path)
  }

  package func link(_ path: FilePath) throws(FileError) -> FilePath {
    try ask(.link, path)
    return try files.link(path)
  }

  package func inode(_ path: FilePath) throws(FileError) -> UInt64 {
    try ask(.read, path)
    return try files.inode(path)
  }
}
