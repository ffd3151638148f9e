import CCompat
import Glibc
package import HostInterface
package import SystemPackage

/// Real folders. Modes are set by hand: a unit's umask keeps others from reading what `status` shows to everybody.
package struct LinuxDisk: Disk {
  private let tasks: LinuxTasks

  package init(tasks: LinuxTasks) { self.tasks = tasks }

  package func read(_ path: FilePath, limit: Int) throws(FileError) -> DiskFile {
    try onFile(.read, path) {
      // The open of a pipe would wait for a writer.
      let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .noFollow, .nonBlocking])
      return try file.closeAfter {
        var status = stat()
        try check(unsafe fstat(file.rawValue, &status))
        try checkIsFile(status)
        guard status.st_size <= limit else { throw Errno.fileTooLarge }
        try checkIsText(file)
        return DiskFile(
          contents: try contents(of: file), ownerID: status.st_uid, mode: status.st_mode & 0o7777)
      }
    }
  }

  package func list(_ path: FilePath) throws(FileError) -> [String] { try names(in: path) }

  package func link(_ path: FilePath) throws(FileError) -> FilePath { try target(of: path) }

  package func makeFolder(_ path: FilePath) throws(FileError) {
    do {
      try onFile(.create, path) {
        try check(unsafe mkdir(path.string, 0o755))
        try check(unsafe chmod(path.string, 0o755))
      }
    } catch let error where error.errno == .fileExists {
      return
    } catch let error where error.errno == .noSuchFileOrDirectory && !path.removingLastComponent().isEmpty {
      try makeFolder(path.removingLastComponent())
      return try makeFolder(path)
    }
    try sync(folder: path.removingLastComponent())
  }

  package func create(_ path: FilePath, contents: String) throws(FileError) {
    try onFile(.create, path) {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: [.ownerReadWrite])
      try file.closeAfter {
        try check(fchmod(file.rawValue, 0o644))
        try file.writeAll(contents.utf8)
        try check(fsync(file.rawValue))
      }
    }
  }

  package func rename(_ path: FilePath, to newPath: FilePath) throws(FileError) {
    try onFile(.rename, path) { _ = try check(unsafe Glibc.rename(path.string, newPath.string)) }
  }

  package func sync(file path: FilePath) throws(FileError) { try sync(path, options: .noFollow) }

  package func sync(folder path: FilePath) throws(FileError) { try sync(path, options: .directory) }

  private func sync(_ path: FilePath, options: FileDescriptor.OpenOptions) throws(FileError) {
    try onFile(.sync, path) {
      let file = try FileDescriptor.open(path, .readOnly, options: options.union([.closeOnExec, .nonBlocking]))
      try file.closeAfter { _ = try check(fsync(file.rawValue)) }
    }
  }

  package func remove(_ path: FilePath) throws(FileError) {
    try onFile(.remove, path) { _ = try check(unsafe unlink(path.string)) }
  }

  package func watch(_ path: FilePath, for happening: FolderHappening, ringing bell: any Bell) throws(FileError) {
    try makeFolder(path)
    let descriptor = try onFile(.list, path) { try check(unsafe compat_watch_folder(path.string, happening.events)) }
    // Until the process ends, as with device events.
    tasks.start {
      var events = [UInt8](repeating: 0, count: 4096)
      while unsafe Glibc.read(descriptor, &events, events.count) > 0 { bell.ring() }
      close(descriptor)
    }
  }

  package func withLock<Result>(_ path: FilePath, _ body: () throws -> Result) throws -> Result {
    let file = try onFile(.lock, path) {
      try FileDescriptor.open(path, .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
    }
    return try file.closeAfter {
      var request = Self.wholeFile(F_WRLCK)
      do throws(Errno) {
        try check(unsafe fcntl(file.rawValue, Int32(COMPAT_OFD_SETLK), &request))
      } catch let error where error == .resourceTemporarilyUnavailable {
        throw try holder(ofLock: path) ?? LockHolder(processID: 0, held: .zero)
      } catch {
        throw FileError(.lock, path, error)
      }
      let since = tasks.now().components.seconds
      try onFile(.lock, path) {
        try check(fchmod(file.rawValue, 0o644))
        try check(ftruncate(file.rawValue, 0))
        try file.writeAll("\(getpid()) \(since)\n".utf8)
      }
      defer {
        // The close tells those who watch before it takes the lock away: they would find it held once more.
        var release = Self.wholeFile(F_UNLCK)
        _ = unsafe fcntl(file.rawValue, Int32(COMPAT_OFD_SETLK), &release)
      }
      return try body()
    }
  }

  /// Asks without taking: a look must never make another run believe that the lock is held.
  package func holder(ofLock path: FilePath) throws(FileError) -> LockHolder? {
    do throws(FileError) {
      return try onFile(.lock, path) { () throws -> LockHolder? in
        let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
        return try file.closeAfter {
          var request = Self.wholeFile(F_RDLCK)
          try check(unsafe fcntl(file.rawValue, Int32(COMPAT_OFD_GETLK), &request))
          guard request.l_type != F_UNLCK else { return nil }
          // An open file description has no process of its own: its holder wrote down who it is.
          let words = try contents(of: file).split(whereSeparator: \.isWhitespace)
          let since = words.count == 2 ? Int64(words[1]) : nil
          return LockHolder(
            processID: words.first.flatMap { Int32($0) } ?? 0,
            held: since.map { tasks.now() - .seconds($0) } ?? .zero)
        }
      }
    } catch let error where error.errno == .noSuchFileOrDirectory {
      return nil
    }
  }

  /// /dev/null is what configuration is masked with.
  private func checkIsFile(_ status: stat) throws(Errno) {
    let kind = status.st_mode & S_IFMT
    let isNull = kind == S_IFCHR && status.st_rdev == Self.null
    guard kind == S_IFREG || isNull else { throw kind == S_IFDIR ? .isDirectory : .invalidArgument }
  }

  private func checkIsText(_ file: FileDescriptor) throws {
    var start = [UInt8](repeating: 0, count: 4)
    _ = try unsafe start.withUnsafeMutableBytes { unsafe try file.read(fromAbsoluteOffset: 0, into: $0) }
    guard start != Array("\u{7f}ELF".utf8) else { throw Errno.execFormatError }
  }

  /// Major 1, minor 3: the kernel's Documentation/admin-guide/devices.txt.
  private static let null: dev_t = 0x103

  private static func wholeFile(_ type: Int32) -> flock {
    flock(l_type: Int16(type), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
  }
}

extension FolderHappening {
  /// In inotify's bits. A lock dies with its descriptor, which was open for writing.
  fileprivate var events: UInt32 {
    let events =
      switch self {
      case .files: IN_MOVED_TO | IN_DELETE
      case .sockets: IN_CREATE | IN_MOVED_TO | IN_DELETE
      case .locks: IN_CLOSE_WRITE
      }
    return UInt32(events)
  }
}
