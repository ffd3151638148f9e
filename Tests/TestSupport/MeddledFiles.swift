package import HostInterface
import Synchronization
package import SystemPackage

/// A kernel's files; something happens just before one is read or a folder listed, or neither can be.
package struct MeddledFiles: FileTree {
  private let files: any FileTree
  private let beforeRead: @Sendable (FilePath) throws(Errno) -> Void

  package init(_ files: any FileTree, beforeRead: @escaping @Sendable (FilePath) throws(Errno) -> Void) {
    self.files = files
    self.beforeRead = beforeRead
  }

  private func meddle(_ operation: FileError.Operation, _ path: FilePath) throws(FileError) {
    do throws(Errno) {
      try beforeRead(path)
    } catch {
      throw FileError(operation, path, error)
    }
  }

  package func read(_ path: FilePath) throws(FileError) -> String {
    try meddle(.read, path)
    return try files.read(path)
  }

  package func list(_ path: FilePath) throws(FileError) -> [String] {
    try meddle(.list, path)
    return try files.list(path)
  }

  package func store(_ text: String, in path: FilePath) throws(FileError) { try files.store(text, in: path) }
  package func link(_ path: FilePath) throws(FileError) -> FilePath { try files.link(path) }
  package func inode(_ path: FilePath) throws(FileError) -> UInt64 { try files.inode(path) }
}

/// Counts 1, 2, 3 … from whatever thread.
package final class Counter: Sendable {
  private let count = Mutex(0)

  package init() {}

  /// Nil once it was that many.
  package func next(below limit: Int) -> Int? {
    count.withLock { count in
      guard count < limit else { return nil }
      count += 1
      return count
    }
  }
}
