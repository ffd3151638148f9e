import Model
package import SystemPackage

/// The kernel's files below /sys and /proc, and the sockets of others. Each call is one system call's worth of meaning, so that the code above it
/// is the code with the traps.
package protocol FileTree: Sendable {
  /// The whole text, as the kernel gave it, final newline included.
  func read(_ path: FilePath) throws(FileError) -> String
  /// Stores `text` with exactly one write(2): a store handler sees each call as a request of its own.
  func store(_ text: String, in path: FilePath) throws(FileError)
  /// The names in a folder, in no order.
  func list(_ path: FilePath) throws(FileError) -> [String]
  /// What a symbolic link says.
  func link(_ path: FilePath) throws(FileError) -> FilePath
  /// The number of the file itself, of a link its own: another one once it was made anew.
  func inode(_ path: FilePath) throws(FileError) -> UInt64
}

extension FileTree {
  /// The text without white space around it.
  package func readLine(_ path: FilePath) throws(FileError) -> String {
    try read(path).trimmed
  }

  /// The names in a folder; none where there is no such folder.
  package func listIfPresent(_ path: FilePath) throws(FileError) -> [String] {
    do {
      return try list(path)
    } catch let error where error.isAbsence {
      return []
    }
  }

  /// The last component of what a link says, nil where there is no such link.
  package func linkName(_ path: FilePath) throws(FileError) -> String? {
    let target: FilePath
    do {
      target = try link(path)
    } catch let error where error.isAbsence {
      return nil
    }
    let name = target.name
    guard !name.isEmpty else { throw FileError(.link, path, .invalidArgument) }
    return name
  }
}

/// What `lastComponent` and `removingLastComponent` give, at a tenth of their time in a debug build.
extension FilePath {
  /// The text after its last `/`.
  package var name: String {
    let text = string
    return String(
      text[(text.utf8.lastIndex(of: UInt8(ascii: "/")).map { text.utf8.index(after: $0) } ?? text.startIndex)...])
  }

  /// The folder that it is in.
  package var folder: FilePath { FilePath(String(string.dropLast(name.count))) }
}

extension StringProtocol {
  /// Without white space around it.
  package var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else {
      return ""
    }
    return String(self[first...last])
  }
}

/// A call on a file that failed.
package struct FileError: Error, Hashable, Sendable {
  package enum Operation: String, Sendable {
    case read, write, list, create, sync, rename, remove, lock
    case link = "read the link"
  }

  package let operation: Operation
  package let path: FilePath
  package let errno: Errno

  package init(_ operation: Operation, _ path: FilePath, _ errno: Errno) {
    self.operation = operation
    self.path = path
    self.errno = errno
  }
}

extension FileError {
  /// There is no such file, or what it stood for went away while it was read (sysfs then gives ENODEV).
  package var isAbsence: Bool { errno == .noSuchFileOrDirectory || errno == .operationNotSupportedByDevice }
}

extension FileError: CustomStringConvertible {
  package var description: String { "cannot \(operation.rawValue) \(path): \(errno.explained)" }
}
