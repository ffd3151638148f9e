import HostInterface
import SimulatedHost
import Synchronization
import SystemPackage

/// Programs of which somebody knows when they are run, and may answer for them.
struct WatchedPrograms: Programs {
  let programs: any Programs
  let answer: @Sendable (FilePath) -> ProgramResult?

  func run(
    _ program: FilePath, _ arguments: [String], outputLimit: Int, until deadline: Duration
  ) throws(ProgramError) -> ProgramResult {
    if let result = answer(program) { return result }
    return try programs.run(program, arguments, outputLimit: outputLimit, until: deadline)
  }
}

/// Sockets of which one belongs to somebody else.
struct Locked: HTTPTransport {
  private let http: any HTTPTransport
  private let locked: FilePath

  init(_ http: any HTTPTransport, socket: FilePath) {
    self.http = http
    locked = socket
  }

  func exchange(_ request: HTTPRequest, over socket: FilePath, until deadline: Duration) throws(HTTPError) -> HTTPReply
  {
    guard socket != locked else { throw HTTPError(request, socket, .notConnected(.permissionDenied)) }
    return try http.exchange(request, over: socket, until: deadline)
  }

  func open(
    _ request: HTTPRequest, over socket: FilePath, until deadline: Duration, ringing bell: any Bell
  ) throws(HTTPError) -> any HTTPLines {
    guard socket != locked else { throw HTTPError(request, socket, .notConnected(.permissionDenied)) }
    return try http.open(request, over: socket, until: deadline, ringing: bell)
  }
}

/// A disk on which something happens when it is asked who has a lock.
struct AskedLocks: Disk {
  private let disk: SimulatedDisk
  private let answer: @Sendable (_ name: String, _ count: Int) -> LockHolder?
  private let taking: @Sendable (_ name: String, _ count: Int) -> LockHolder?
  private let asked = Asked()
  private let taken = Asked()

  /// - Parameters:
  ///   - answer: Who has the lock of that name, the first time it is asked for, the second and so on.
  ///   - taking: The same where it is to be taken.
  init(
    disk: SimulatedDisk, answer: @escaping @Sendable (_ name: String, _ count: Int) -> LockHolder? = { _, _ in nil },
    taking: @escaping @Sendable (_ name: String, _ count: Int) -> LockHolder? = { _, _ in nil }
  ) {
    self.disk = disk
    self.taking = taking
    self.answer = answer
  }

  func read(_ path: FilePath, limit: Int) throws(FileError) -> DiskFile { try disk.read(path, limit: limit) }
  func list(_ path: FilePath) throws(FileError) -> [String] { try disk.list(path) }
  func link(_ path: FilePath) throws(FileError) -> FilePath { try disk.link(path) }
  func makeFolder(_ path: FilePath) throws(FileError) { try disk.makeFolder(path) }
  func create(_ path: FilePath, contents: String) throws(FileError) { try disk.create(path, contents: contents) }
  func rename(_ path: FilePath, to newPath: FilePath) throws(FileError) { try disk.rename(path, to: newPath) }
  func sync(file path: FilePath) throws(FileError) { try disk.sync(file: path) }
  func sync(folder path: FilePath) throws(FileError) { try disk.sync(folder: path) }
  func remove(_ path: FilePath) throws(FileError) { try disk.remove(path) }
  func watch(_ path: FilePath, for happening: FolderHappening, ringing bell: any Bell) throws(FileError) {
    try disk.watch(path, for: happening, ringing: bell)
  }
  func withLock<Result>(_ path: FilePath, _ body: () throws -> Result) throws -> Result {
    if let holder = taking(path.lastComponent?.string ?? "", taken.again(path)) { throw holder }
    return try disk.withLock(path, body)
  }
  func holder(ofLock path: FilePath) throws(FileError) -> LockHolder? {
    answer(path.lastComponent?.string ?? "", asked.again(path))
  }

  private final class Asked: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func again(_ path: FilePath) -> Int {
      counts.withLock { counts in
        counts[path.string, default: 0] += 1
        return counts[path.string, default: 0]
      }
    }
  }
}
