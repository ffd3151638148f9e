package import SystemPackage

/// What is waited for in a folder.
package enum FolderHappening: Sendable {
  /// A file is put in place or removed.
  case files
  /// A server makes its socket, which listens a moment later, or takes it away.
  case sockets
  /// A lock is let go.
  case locks
}

/// The agent's own files, below /var/lib, /run and /etc: low enough that what makes a write durable is above it. And the
/// configuration of others, which it only reads.
package protocol Disk: Sendable {
  /// A symbolic link is not followed (ELOOP), and what is no file is not read: a folder (EISDIR), a pipe or a device, which
  /// could block or never end (EINVAL); /dev/null is an empty file. Nor is a program (ENOEXEC), nor what has more than
  /// `limit` bytes (EFBIG).
  func read(_ path: FilePath, limit: Int) throws(FileError) -> DiskFile
  /// The names in a folder, in no order.
  func list(_ path: FilePath) throws(FileError) -> [String]
  /// What a symbolic link says.
  func link(_ path: FilePath) throws(FileError) -> FilePath
  /// Makes a folder, and those above it, with mode 0755; one that exists is left as it is.
  func makeFolder(_ path: FilePath) throws(FileError)
  /// Writes a new file with mode 0644 and syncs it. A file that exists is an error (EEXIST).
  func create(_ path: FilePath, contents: String) throws(FileError)
  func rename(_ path: FilePath, to newPath: FilePath) throws(FileError)
  /// Makes the content of a file durable.
  func sync(file path: FilePath) throws(FileError)
  /// Makes names in a folder durable.
  func sync(folder path: FilePath) throws(FileError)
  func remove(_ path: FilePath) throws(FileError)

  /// Rings `bell` whenever something happens in the folder, from now on. A folder that does not exist is made first.
  func watch(_ path: FilePath, for happening: FolderHappening, ringing bell: any Bell) throws(FileError)

  /// Runs `body` while this process holds the lock file at `path`, which dies with the process. Never waits.
  func withLock<Result>(_ path: FilePath, _ body: () throws -> Result) throws -> Result
  /// Who holds the lock now, nil when nobody does. Never takes it.
  func holder(ofLock path: FilePath) throws(FileError) -> LockHolder?
}

extension Disk {
  /// The file, up to a size that none of ours has.
  package func read(_ path: FilePath) throws(FileError) -> DiskFile { try read(path, limit: DiskFile.sizeLimit) }
}

/// One file's content, and who may have written it.
package struct DiskFile: Equatable, Sendable {
  /// In bytes: far more than any of them needs.
  package static let sizeLimit = 16 << 20

  package let contents: String
  package let ownerID: UInt32
  /// The permission bits.
  package let mode: UInt32

  package init(contents: String, ownerID: UInt32, mode: UInt32) {
    self.contents = contents
    self.ownerID = ownerID
    self.mode = mode
  }

  /// Whether only root can have written it.
  package var isTrustworthy: Bool { ownerID == 0 && mode & 0o022 == 0 }
}

/// The process that holds a lock.
package struct LockHolder: Error, Equatable, Sendable {
  package let processID: Int32
  /// How long it has held it.
  package let held: Duration

  package init(processID: Int32, held: Duration) {
    self.processID = processID
    self.held = held
  }
}

extension LockHolder: CustomStringConvertible {
  package var description: String { "pid \(processID), for \(held.components.seconds) s" }
}
