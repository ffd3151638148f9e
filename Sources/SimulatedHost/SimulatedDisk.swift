package import HostInterface
import Synchronization
package import SystemPackage

/// A file system in memory that forgets at a power cut what was not made durable: a file's content is safe once it is
/// synced, a name once its folder is; names that are not may survive in the order in which they were made, or not.
package final class SimulatedDisk: Disk {
  package struct File: Codable, Equatable, Sendable {
    package var contents: String
    package var ownerID: UInt32 = 0
    package var mode: UInt32 = 0o644
    /// The caller may not read it (EACCES).
    package var isForbidden = false
    /// It is a symbolic link, and this is what it says.
    package var target: String?

    package init(contents: String) { self.contents = contents }

    package static func link(to target: String) -> File {
      var link = File(contents: "")
      link.target = target
      return link
    }
  }

  private enum Change {
    case set(String, File)
    case remove(String)
  }

  private struct State {
    var files: [String: File]
    var durable: [String: File]
    var pending: [Change] = []
    /// Files whose content is in memory only: their names may come through a power cut without it.
    var unsynced: Set<String> = []
    var failingSyncs = (count: 0, folder: "/")
    var locks: [String: Duration] = [:]
    var refusal: (errno: Errno, folder: String)?
    var reads: [String: Int] = [:]
    var operationsUntilCut: Int?
    var watches: [(folder: String, happening: FolderHappening, bell: any Bell)] = []
  }

  private let state: Mutex<State>
  private let tasks: SimulatedTasks

  package init(_ files: [String: File] = [:], tasks: SimulatedTasks) {
    state = Mutex(State(files: files, durable: files))
    self.tasks = tasks
  }

  package var files: [String: File] {
    get { state.withLock(\.files) }
    set {
      state.withLock { state in
        state.files = newValue
        state.durable = newValue
        state.pending = []
        state.unsynced = []
      }
    }
  }

  /// Another process writes a file, or removes it, whatever became of ours.
  func put(_ file: File?, at path: FilePath) {
    state.withLock { state in
      Self.record(file.map { .set(path.string, $0) } ?? .remove(path.string), in: &state)
    }
  }

  /// Every write below a folder fails from now on, as where it is read-only or full; none with nil.
  package func failWrites(_ errno: Errno?, below folder: String = "/") {
    state.withLock { $0.refusal = errno.map { ($0, folder) } }
  }

  /// How often a file was read, or looked for in vain.
  package func reads(of path: String) -> Int { state.withLock { $0.reads[path] ?? 0 } }

  /// So many syncs below a folder fail with EIO from now on, and make nothing durable.
  package func failSyncs(_ count: Int, below folder: String = "/") {
    state.withLock { $0.failingSyncs = (count, folder) }
  }

  /// `cp`, which syncs nothing.
  package func copy(_ path: String, to newPath: String) {
    state.withLock { state in
      guard let file = state.files[path] else { return }
      Self.record(.set(newPath, file), in: &state)
      state.unsynced.insert(newPath)
    }
  }

  /// The power fails in the middle of the operation with this number from now; it and all later ones fail.
  package func cutPower(inOperation number: Int?) { state.withLock { $0.operationsUntilCut = number } }

  /// What a start after a power cut finds: all that was synced, and the first `surviving` changes that were not.
  package func restart(surviving: Int = 0) {
    state.withLock { state in
      for change in state.pending.prefix(surviving) { Self.apply(change, to: &state.durable) }
      for path in state.unsynced { state.durable[path]?.contents = "" }
      state.unsynced = []
      state.failingSyncs.count = 0
      state.files = state.durable.filter { !$0.key.hasPrefix("/run/") }
      state.durable = state.files
      state.pending = []
      state.locks = [:]
      state.operationsUntilCut = nil
    }
  }

  /// Changes that a power cut now could lose.
  package var pendingChanges: Int { state.withLock(\.pending.count) }

  // MARK: Disk

  package func read(_ path: FilePath, limit: Int) throws(FileError) -> DiskFile {
    guard let file = file(at: path) else {
      let folder = Self.normalized(path) + "/"
      let isFolder = files.keys.contains { $0.hasPrefix(folder) }
      throw FileError(.read, path, isFolder ? .isDirectory : .noSuchFileOrDirectory)
    }
    guard file.target == nil else { throw FileError(.read, path, .tooManySymbolicLinkLevels) }
    guard !file.isForbidden else { throw FileError(.read, path, .permissionDenied) }
    guard file.contents.utf8.count <= limit else { throw FileError(.read, path, .fileTooLarge) }
    guard !file.contents.hasPrefix("\u{7f}ELF") else { throw FileError(.read, path, .execFormatError) }
    return DiskFile(contents: file.contents, ownerID: file.ownerID, mode: file.mode)
  }

  package func list(_ path: FilePath) throws(FileError) -> [String] {
    let folder = path.string + "/"
    let names = files.keys.filter { $0.hasPrefix(folder) }
      .compactMap { $0.dropFirst(folder.count).split(separator: "/").first.map(String.init) }
    guard !names.isEmpty else { throw FileError(.list, path, .noSuchFileOrDirectory) }
    return Array(Set(names))
  }

  package func link(_ path: FilePath) throws(FileError) -> FilePath {
    guard let file = file(at: path) else { throw FileError(.link, path, .noSuchFileOrDirectory) }
    guard let target = file.target else { throw FileError(.link, path, .invalidArgument) }
    return FilePath(target)
  }

  private func file(at path: FilePath) -> File? {
    state.withLock { state in
      let name = Self.normalized(path)
      state.reads[name, default: 0] += 1
      return state.files[name]
    }
  }

  /// FilePath's own way takes most of the time of a debug build, and few paths have a `.` or `..` in them.
  private static func normalized(_ path: FilePath) -> String {
    let text = path.string
    return text.contains("/.") ? path.lexicallyNormalized().string : text
  }

  /// Folders are there when something is in them.
  package func makeFolder(_ path: FilePath) throws(FileError) {
    try change(.create, path) { _, _ throws(Errno) in }
  }

  package func create(_ path: FilePath, contents: String) throws(FileError) {
    try change(.create, path) { state, isCut throws(Errno) in
      guard state.files[path.string] == nil else { throw .fileExists }
      let written = isCut ? String(contents.prefix(contents.count / 2)) : contents
      Self.record(.set(path.string, File(contents: written)), in: &state)
    }
  }

  package func rename(_ path: FilePath, to newPath: FilePath) throws(FileError) {
    try change(.rename, path) { state, _ throws(Errno) in
      guard let file = state.files[path.string] else { throw .noSuchFileOrDirectory }
      Self.record(.set(newPath.string, file), in: &state)
      Self.record(.remove(path.string), in: &state)
    }
  }

  package func sync(file path: FilePath) throws(FileError) {
    try change(.sync, path) { state, isCut throws(Errno) in
      guard state.files[path.string] != nil else { throw .noSuchFileOrDirectory }
      try Self.failSync(path, in: &state)
      guard !isCut else { return }
      state.unsynced.remove(path.string)
    }
  }

  package func sync(folder path: FilePath) throws(FileError) {
    try change(.sync, path) { state, isCut throws(Errno) in
      try Self.failSync(path, in: &state)
      guard !isCut else { return }
      for change in state.pending { Self.apply(change, to: &state.durable) }
      state.pending = []
    }
  }

  package func remove(_ path: FilePath) throws(FileError) {
    try change(.remove, path) { state, _ throws(Errno) in
      guard state.files[path.string] != nil else { throw .noSuchFileOrDirectory }
      Self.record(.remove(path.string), in: &state)
    }
  }

  package func watch(_ path: FilePath, for happening: FolderHappening, ringing bell: any Bell) throws(FileError) {
    state.withLock { $0.watches.append((path.string, happening, bell)) }
  }

  package func withLock<Result>(_ path: FilePath, _ body: () throws -> Result) throws -> Result {
    if let holder = try holder(ofLock: path) {
      ring(.locks, at: path)  // Its file was opened for writing, and closed.
      throw holder
    }
    let now = tasks.now()
    state.withLock { $0.locks[path.string] = now }
    defer {
      state.withLock { _ = $0.locks.removeValue(forKey: path.string) }
      ring(.locks, at: path)
    }
    return try body()
  }

  package func holder(ofLock path: FilePath) throws(FileError) -> LockHolder? {
    let now = tasks.now()
    return state.withLock { state in
      state.locks[path.string].map { LockHolder(processID: 4711, held: now - $0) }
    }
  }

  // MARK: Changes

  private func change(
    _ operation: FileError.Operation, _ path: FilePath,
    _ body: (inout State, _ isCut: Bool) throws(Errno) -> Void
  ) throws(FileError) {
    guard !tasks.isProcessDead else { throw FileError(operation, path, .interrupted) }
    do throws(Errno) {
      try state.withLock { state throws(Errno) in
        if let refusal = state.refusal, path.string.hasPrefix(refusal.folder) { throw refusal.errno }
        let left = state.operationsUntilCut
        state.operationsUntilCut = left.map { max(0, $0 - 1) }
        if left == 0 { throw .ioError }
        try body(&state, left == 1)
        if left == 1 { throw .ioError }
      }
    } catch {
      throw FileError(operation, path, error)
    }
    switch operation {
    case .create: ring(.sockets, at: path)
    case .rename, .remove: ring(.files, .sockets, at: path)
    default: break
    }
  }

  private func ring(_ happenings: FolderHappening..., at path: FilePath) {
    let watches = state.withLock(\.watches)
    guard !watches.isEmpty else { return }
    let folder = path.folder.string
    for watch in watches where watch.folder == folder && happenings.contains(watch.happening) {
      watch.bell.ring()
    }
  }

  private static func failSync(_ path: FilePath, in state: inout State) throws(Errno) {
    guard state.failingSyncs.count > 0, path.string.hasPrefix(state.failingSyncs.folder) else { return }
    state.failingSyncs.count -= 1
    throw .ioError
  }

  private static func record(_ change: Change, in state: inout State) {
    apply(change, to: &state.files)
    state.pending.append(change)
  }

  private static func apply(_ change: Change, to files: inout [String: File]) {
    switch change {
    case .set(let path, let file): files[path] = file
    case .remove(let path): files[path] = nil
    }
  }
}
