package import HostInterface
import Model
import Synchronization
package import SystemPackage

/// A kernel in memory: its files below /sys and /proc, and its netlink sockets, behave, in value, errno and blocking, as mlx5.md says that the
/// real ones do. The kernel contract (Tests/KernelContract) is the proof.
package final class SimulatedKernel: FileTree, DeviceEvents, NetlinkSocket {
  /// A write that came in.
  package struct Store: Equatable, Sendable {
    package let path: FilePath
    package let text: String
    package let time: Duration
  }

  struct State {
    var machine: Machine
    var stores: [Store] = []
    /// PFs whose device lock is held, with who waits for it.
    /// Nil is PCI's lock of rescans.
    var lockedDevices: [PCIAddress?: [any Bell]] = [:]
    var storesUntilKill: Int?
    /// What happens once, just before the next write to a file of this name.
    var incidents: [String: @Sendable (inout Machine) -> Void] = [:]
    /// Who is told of uevents.
    var watchers: [@Sendable (DeviceEvent?) -> Void] = []
    /// Inodes of others' sockets.
    var sockets: [FilePath: UInt64] = [:]
    var lastSocket: UInt64 = 1 << 32
    var portWatches: [SimulatedPortWatch] = []
    var portEvents: [PCIAddress: [PortEvent]] = [:]
  }

  let tasks: SimulatedTasks
  let state: Mutex<State>

  package init(_ machine: Machine, tasks: SimulatedTasks) {
    state = Mutex(State(machine: machine))
    self.tasks = tasks
  }

  package var machine: Machine { state.withLock(\.machine) }

  /// Changes the machine behind everybody's back.
  package func update<Value, Failure>(_ change: (inout Machine) throws(Failure) -> Value) throws(Failure) -> Value {
    let (value, watchers, events) = try state.withLock { state throws(Failure) in
      let before = state.machine
      let value = try change(&state.machine)
      return (value, state.watchers, state.watchers.isEmpty ? [] : state.machine.events(since: before))
    }
    for event in events { for notice in watchers { notice(event) } }
    return value
  }

  /// The kernel sends a uevent, or loses some.
  package func send(_ event: DeviceEvent?) {
    for notice in state.withLock(\.watchers) { notice(event) }
  }

  /// All writes since the start, those that failed included.
  package var stores: [Store] { state.withLock(\.stores) }

  package func forgetStores() { state.withLock { $0.stores = [] } }

  /// The process dies (SIGKILL) just before the write with this number from now: that one and all later ones do not
  /// happen, on disk neither.
  package func killProcess(beforeStore number: Int) { state.withLock { $0.storesUntilKill = number } }

  package var isProcessDead: Bool { tasks.isProcessDead }

  /// Lets something happen once, just before the next write to a file of this name.
  package func onStore(_ name: String, _ change: @escaping @Sendable (inout Machine) -> Void) {
    state.withLock { $0.incidents[name] = change }
  }

  /// The next process is alive.
  package func startProcess() {
    state.withLock { $0.storesUntilKill = nil }
    tasks.startProcess()
  }

  package func watch(_ notice: @escaping @Sendable (DeviceEvent?) -> Void) {
    state.withLock { $0.watchers.append(notice) }
  }

  // MARK: FileTree

  package func read(_ path: FilePath) throws(FileError) -> String {
    let node = try resolve(path, for: .read)
    do throws(Errno) {
      return try read(node)
    } catch {
      throw FileError(.read, path, error)
    }
  }

  package func store(_ text: String, in path: FilePath) throws(FileError) {
    guard let node = try admit(path, { () throws(FileError) in try resolve(path, for: .write) }) else {
      throw FileError(.write, path, .interrupted)
    }
    record(text, in: path)
    do throws(Errno) {
      try store(text, in: node)
    } catch {
      throw FileError(.write, path, error)
    }
  }

  /// What is written, unless its process has died by now; then nil.
  func admit<Value, Failure>(
    _ path: FilePath, _ target: () throws(Failure) -> Value
  ) throws(Failure) -> Value? {
    let isNow = state.withLock { state in
      guard let left = state.storesUntilKill else { return false }
      state.storesUntilKill = max(0, left - 1)
      return left == 0
    }
    if isNow { tasks.isProcessDead = true }
    guard !tasks.isProcessDead else { return nil }
    let incident = state.withLock { state in
      state.incidents.keys.first { path.string.hasSuffix("/\($0)") }.flatMap { state.incidents.removeValue(forKey: $0) }
    }
    if let incident { update(incident) }
    return try target()
  }

  func record(_ text: String, in path: FilePath) {
    state.withLock { $0.stores.append(Store(path: path, text: text, time: tasks.now())) }
  }

  package func list(_ path: FilePath) throws(FileError) -> [String] {
    guard case .directory(let names) = try resolve(path, for: .list) else {
      throw FileError(.list, path, .notDirectory)
    }
    return names()
  }

  package func link(_ path: FilePath) throws(FileError) -> FilePath {
    guard case .link(let target) = try resolve(path, for: .link) else {
      throw FileError(.link, path, .invalidArgument)
    }
    return FilePath(target)
  }

  package func inode(_ path: FilePath) throws(FileError) -> UInt64 {
    if let inode = state.withLock({ $0.sockets[path] }) { return inode }
    guard case .link = try resolve(path, for: .link) else { return 1 }
    let function = path.removingLastComponent().lastComponent.flatMap { PCIAddress($0.string) }
    for adapter in machine.adapters {
      for (index, vf) in adapter.vfs.enumerated() where adapter.addressOfVF(index) == function {
        return vf.bindingInode
      }
    }
    return 1
  }

  /// A socket of somebody else's is made anew.
  func makeSocket(_ path: FilePath) {
    state.withLock { state in
      state.lastSocket += 1
      state.sockets[path] = state.lastSocket
    }
  }

  func removeSocket(_ path: FilePath) { state.withLock { $0.sockets[path] = nil } }

  /// Walks a path as the kernel does, links included; the last link is not followed when it is itself asked for.
  private func resolve(_ path: FilePath, for operation: FileError.Operation) throws(FileError) -> Node {
    let machine = machine
    var place: [String] = []
    var node = Node.folder([])
    let components = Self.components(of: path.string)
    for (index, component) in components.enumerated() {
      place.append(component)
      guard let next = machine.node(at: place) else { throw FileError(operation, path, .noSuchFileOrDirectory) }
      node = next
      if case .link(let target) = next, operation != .link || index < components.count - 1 {
        place = Self.components(of: target)
        guard let end = machine.node(at: place) else { throw FileError(operation, path, .noSuchFileOrDirectory) }
        node = end
      }
    }
    return node
  }

  /// Not FilePath's own components: those take most of the time of a debug build.
  private static func components(of path: String) -> [String] {
    path.split(separator: "/").map(String.init)
  }

  // MARK: The device lock

  /// The kernel's lock of one PF's device: whoever writes or reads `sriov_numvfs` holds it (mlx5.md 3.2).
  ///
  /// - Parameter address: Nil for the lock of PCI's rescans, which is one for all.
  func withDeviceLock<Value>(of address: PCIAddress?, _ body: () throws(Errno) -> Value) throws(Errno) -> Value {
    while true {
      let bell = tasks.makeBell()
      let isMine = state.withLock { state in
        if state.lockedDevices[address] == nil {
          state.lockedDevices[address] = []
          return true
        }
        state.lockedDevices[address]?.append(bell)
        return false
      }
      if isMine { break }
      bell.wait(until: .forever)
    }
    defer {
      let waiting = state.withLock { $0.lockedDevices.removeValue(forKey: address) } ?? []
      for bell in waiting { bell.ring() }
    }
    return try body()
  }
}
