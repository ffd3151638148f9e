import Model

/// The port of a PF.
package struct SimulatedPort: Codable, Equatable, Sendable {
  package enum State: Int, Codable, Sendable {
    case down = 1
    case initialize = 2
    case armed = 3
    case active = 4
  }

  package var hasCable = true
  /// The link is trained. A VF's port may be down all the same.
  package var isLinkUp = false
  package var state = State.down
  package var lid = 0
  /// Stays as it was when the cable is pulled or the subnet manager goes.
  package var smLID = 0
  /// Whether somebody switched the netdev on.
  package var isNetdevUp = true
}

/// The one of the fabric that all PFs are on, wherever it runs.
package struct SimulatedSubnetManager: Codable, Equatable, Sendable {
  package var isRunning = true
  /// OpenSM's `virt_enabled 2`: without it VFs' ports stay in Init (mlx5.md 10.1).
  package var knowsVirtualPorts = true
  package var lid = 1

  package init() {}
}

/// What libibverbs finds to work with.
package enum SimulatedVerbs: String, Codable, Sendable {
  case working, withoutProvider, withoutUserAccess, failing
}

/// An asynchronous event, of those that mlx5 raises; SM_CHANGE is none of them (mlx5.md 10.2).
package enum PortEvent: Sendable {
  case portActive, portError, lidChange, pkeyChange, gidChange, clientReregister, deviceFatal
}

extension SimulatedAdapter {
  /// As the port is some time after the driver came: the link is up, and a subnet manager has done its work.
  mutating func settlePort(_ manager: SimulatedSubnetManager) {
    port.isLinkUp = isBound && port.hasCable && (linkLayer == .infiniBand || port.isNetdevUp)
    guard port.isLinkUp else { return }
    if linkLayer == .ethernet {
      port.state = .active
    } else if manager.isRunning {
      port.smLID = manager.lid
      port.lid = lid(behind: manager)
      port.state = .active
    } else {
      port.state = .initialize
    }
  }

  /// Any that is the port's alone.
  func lid(behind manager: SimulatedSubnetManager) -> Int { manager.lid + 1 + Int(address.bus) }

  /// A VF reports its own virtual port (mlx5.md 10.1); what the firmware has for it decides, not what its driver probed.
  func portOfVF(_ index: Int, _ manager: SimulatedSubnetManager) -> SimulatedPort {
    var port = port
    guard linkLayer == .infiniBand else { return port }
    let context = contexts[index]
    if context.policy == .down || context.portGUID == 0 || context.portGUID == .max {
      port.state = .down
    } else {
      if context.policy == .up { port.state = .active }
      if !manager.knowsVirtualPorts && port.state != .down { port.state = .initialize }
    }
    return port
  }
}
