package import HostInterface
package import Model
import Synchronization

/// The cables, the subnet manager, and what a PF's port tells of them.
extension SimulatedKernel: PortEvents {
  package func watch(_ device: String, ringing bell: any Bell) throws(NoPortEvents) -> any PortWatch {
    let machine = machine
    guard let adapter = machine.adapters.first(where: { $0.rdmaDevice == device }) else {
      let isVF = machine.adapters.contains { $0.vfs.contains { $0.rdmaDevice == device } }
      precondition(!isVF, "\(device) is a VF's: opening it makes it one in use")
      throw NoPortEvents(device, .noSuchDevice)
    }
    switch machine.verbs {
    case .working: break
    case .withoutProvider: throw NoPortEvents(device, .noProvider)
    case .withoutUserAccess: throw NoPortEvents(device, .noUserAccess)
    }
    let watch = SimulatedPortWatch(of: adapter.address, ringing: bell)
    state.withLock { $0.portWatches.append(watch) }
    return watch
  }

  /// How many RDMA devices are open.
  package var openDevices: Int { state.withLock { $0.portWatches.count { !$0.isStopped } } }

  /// All events so far, in their order.
  package func portEvents(of pf: PCIAddress) -> [PortEvent] { state.withLock { $0.portEvents[pf] ?? [] } }

  /// Raises an event by hand: a fabric has many that change nothing.
  package func raise(_ event: PortEvent, of pf: PCIAddress) {
    let watches = state.withLock { state in
      state.portEvents[pf, default: []].append(event)
      return state.portWatches
    }
    for watch in watches where watch.pf == pf { watch.hear(event) }
  }

  // MARK: What happens to a port

  package func pullCable(of pf: PCIAddress) {
    change(pf) { adapter in
      adapter.port.hasCable = false
      adapter.port.isLinkUp = false
      adapter.port.state = .down
    }
    raise(.portError, of: pf)
  }

  /// The cable is in again: the link trains for a second, and the subnet manager sees it.
  package func plugCable(of pf: PCIAddress) {
    change(pf) { $0.port.hasCable = true }
    tasks.start { [self] in trainLink(of: pf) }
  }

  /// Somebody switches the PF's netdev on or off: on Ethernet the port's link goes with it.
  package func setNetdev(of pf: PCIAddress, up isUp: Bool) {
    change(pf) { adapter in
      adapter.port.isNetdevUp = isUp
      guard adapter.linkLayer == .ethernet && !isUp else { return }
      adapter.port.isLinkUp = false
      adapter.port.state = .down
    }
    guard machine.adapters.contains(where: { $0.address == pf && $0.linkLayer == .ethernet }) else { return }
    if isUp { tasks.start { [self] in trainLink(of: pf) } } else { raise(.portError, of: pf) }
  }

  /// A subnet manager begins, or the one there was begins anew, after `delay`.
  package func startSubnetManager(after delay: Duration = .zero) {
    tasks.start { [self] in
      tasks.pass(delay)
      update { $0.subnetManager.isRunning = true }
      for adapter in machine.adapters { sweep(adapter.address) }
    }
  }

  /// Ports stay as it left them: nothing on this host tells that it is gone.
  package func stopSubnetManager() { update { $0.subnetManager.isRunning = false } }

  /// The card is pulled out of its slot, or falls off the bus.
  package func remove(_ pf: PCIAddress) {
    raise(.deviceFatal, of: pf)
    update { machine in machine.adapters.removeAll { $0.address == pf } }
  }

  /// A link that may come up does, after a second.
  func trainLink(of pf: PCIAddress) {
    tasks.pass(.seconds(1))
    var raised: PortEvent?
    change(pf) { adapter in
      let isEthernet = adapter.linkLayer == .ethernet
      guard adapter.isBound, adapter.port.hasCable, !adapter.port.isLinkUp, adapter.port.isNetdevUp || !isEthernet
      else {
        return
      }
      adapter.port.isLinkUp = true
      adapter.port.state = isEthernet ? .active : .initialize
      // mlx5 says the same of Init as of Down (mlx5.md 10.2).
      raised = isEthernet ? .portActive : .portError
    }
    if let raised { raise(raised, of: pf) }
    sweep(pf)
  }

  /// What a subnet manager does with a port, step by step: each shows in the files before its event comes, and the cable
  /// may be pulled between two of them.
  private func sweep(_ pf: PCIAddress) {
    step(pf, raising: [.pkeyChange, .lidChange]) { adapter, manager in
      adapter.port.lid = adapter.lid(behind: manager)
      adapter.port.smLID = manager.lid
    }
    step(pf, raising: [.clientReregister]) { _, _ in }
    guard machine.adapters.contains(where: { $0.address == pf && $0.port.state != .active }) else { return }
    step(pf, raising: []) { adapter, _ in adapter.port.state = .armed }
    step(pf, raising: [.portActive]) { adapter, _ in adapter.port.state = .active }
  }

  private func step(
    _ pf: PCIAddress, raising events: [PortEvent],
    _ body: (inout SimulatedAdapter, SimulatedSubnetManager) -> Void
  ) {
    tasks.pass(.milliseconds(10))
    let manager = machine.subnetManager
    var isReached = false
    change(pf) { adapter in
      isReached =
        manager.isRunning && adapter.isBound && adapter.linkLayer == .infiniBand && adapter.port.state != .down
      if isReached { body(&adapter, manager) }
    }
    if isReached { for event in events { raise(event, of: pf) } }
  }

  /// Nothing where the PF is gone.
  private func change(_ pf: PCIAddress, _ body: (inout SimulatedAdapter) -> Void) {
    update { machine in
      guard let place = machine.adapters.firstIndex(where: { $0.address == pf }) else { return }
      body(&machine.adapters[place])
    }
  }
}

/// An open device. Known by its PF: it stays open when it is renamed.
final class SimulatedPortWatch: PortWatch {
  let pf: PCIAddress
  private let bell: any Bell
  private let flags = Mutex((isGone: false, isStopped: false))

  init(of pf: PCIAddress, ringing bell: any Bell) {
    self.pf = pf
    self.bell = bell
  }

  package var isDeviceGone: Bool { flags.withLock(\.isGone) }
  var isStopped: Bool { flags.withLock(\.isStopped) }

  package func stop() { flags.withLock { $0.isStopped = true } }

  func hear(_ event: PortEvent) {
    let isListening = flags.withLock { flags in
      defer { if event == .deviceFatal { flags.isGone = true } }
      return !flags.isStopped && !flags.isGone
    }
    if isListening { bell.ring() }
  }
}
