import HostInterface
import SimulatedHost
import Synchronization
import SystemPackage

/// Sockets that belong to somebody else.
struct Locked: HTTPTransport {
  func exchange(_ request: HTTPRequest, over socket: FilePath, until deadline: Duration) throws(HTTPError) -> HTTPReply
  {
    throw HTTPError(request, socket, .notConnected(.permissionDenied))
  }

  func open(
    _ request: HTTPRequest, over socket: FilePath, until deadline: Duration, ringing bell: any Bell
  ) throws(HTTPError) -> any HTTPLines {
    throw HTTPError(request, socket, .notConnected(.permissionDenied))
  }
}

/// Files of which one may not be read.
struct Forbidding: FileTree {
  let path: FilePath
  let files: any FileTree

  func read(_ path: FilePath) throws(FileError) -> String {
    if path == self.path { throw FileError(.read, path, .permissionDenied) }
    return try files.read(path)
  }

  func store(_ text: String, in path: FilePath) throws(FileError) { try files.store(text, in: path) }
  func list(_ path: FilePath) throws(FileError) -> [String] { try files.list(path) }
  func link(_ path: FilePath) throws(FileError) -> FilePath { try files.link(path) }
  func inode(_ path: FilePath) throws(FileError) -> UInt64 { try files.inode(path) }
}

/// Nobody has a lock when it is asked for first, and somebody when it is asked for again.
struct LateLock: Disk {
  let disk: SimulatedDisk
  private let asked = Asked()

  init(disk: SimulatedDisk) { self.disk = disk }

  func read(_ path: FilePath) throws(FileError) -> DiskFile { try disk.read(path) }
  func list(_ path: FilePath) throws(FileError) -> [String] { try disk.list(path) }
  func link(_ path: FilePath) throws(FileError) -> FilePath { try disk.link(path) }
  func makeFolder(_ path: FilePath) throws(FileError) { try disk.makeFolder(path) }
  func create(_ path: FilePath, contents: String) throws(FileError) { try disk.create(path, contents: contents) }
  func rename(_ path: FilePath, to newPath: FilePath) throws(FileError) { try disk.rename(path, to: newPath) }
  func sync(folder path: FilePath) throws(FileError) { try disk.sync(folder: path) }
  func remove(_ path: FilePath) throws(FileError) { try disk.remove(path) }
  func watch(_ path: FilePath, ringing bell: any Bell) throws(FileError) { try disk.watch(path, ringing: bell) }
  func withLock<Result>(_ path: FilePath, _ body: () throws -> Result) throws -> Result {
    try disk.withLock(path, body)
  }
  func holder(ofLock path: FilePath) throws(FileError) -> LockHolder? {
    asked.isFirst(path) ? nil : LockHolder(processID: 1, held: .zero)
  }

  private final class Asked: Sendable {
    private let paths = Mutex<Set<String>>([])
    func isFirst(_ path: FilePath) -> Bool { paths.withLock { $0.insert(path.string).inserted } }
  }
}
