import Fabric
import Model

/// The PF's port: what its VFs' ports follow.
extension Finding {
  static func ports(_ survey: Survey) -> [Finding] {
    survey.pfs.map { pf in
      guard case .port(let port) = pf.port else {
        return ID.port.unknown(pf.address, pf.port.words(of: pf.address), remedy: "see: rdma-device")
      }
      if port.isSwitchedOff {
        return ID.port.warning(
          pf.address, port.words, remedy: "run: ip link set dev \(pf.pf.netdev ?? "<netdev>") up")
      }
      guard !port.isReady else { return ID.port.ok(pf.address, port.words) }
      let remedy = port.remedy(on: pf.pf)
      // The second port of a card often has no cable.
      return survey.isUnused(pf)
        ? ID.port.warning(pf.address, port.words, remedy: remedy)
        : ID.port.problem(pf.address, port.words, remedy: remedy)
    }
  }
}

extension Port {
  /// Of no use to VFs until somebody switches it on, and nothing here does but perhaps the Docker plugin.
  fileprivate var isSwitchedOff: Bool { linkLayer == .ethernet && netdev?.isUp == false }

  fileprivate func remedy(on pf: PhysicalFunction) -> String {
    guard linkLayer == .infiniBand else { return "is the cable in, and the switch's port on?" }
    return switch state {
    case .initialize, .armed, .active:
      "is a subnet manager running, here or on another host of the fabric? run: \(pf.commandForSubnetManager)"
    default: "is the cable in, and the switch's port on? run: \(pf.commandForPort)"
    }
  }
}
