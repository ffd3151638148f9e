package import HostInterface
package import Model
import Synchronization

/// libibverbs as it is on a host with mlx5 devices, or with a part missing.
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
    case .failing: throw NoPortEvents(device, .failed("EIO"))
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
