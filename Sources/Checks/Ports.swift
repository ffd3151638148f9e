import Fabric
import Model

/// The PF's port: what its VFs' ports follow.
extension Finding {
  static func ports(_ survey: Survey) -> [Finding] {
    survey.pfs.map { pf in
      guard case .port(let port) = pf.port else {
        return ID.port.unknown(pf.address, pf.port.words(of: pf.address), remedy: "see: rdma-device")
      }
      guard !port.isReady else { return ID.port.ok(pf.address, port.words) }
      let remedy = port.remedy
      // The second port of a card often has no cable.
      return pf.vfCount == 0 && survey.hasVFs
        ? ID.port.warning(pf.address, port.words, remedy: remedy)
        : ID.port.problem(pf.address, port.words, remedy: remedy)
    }
  }
}

extension Port {
  fileprivate var remedy: String {
    guard linkLayer == .infiniBand else { return "is the cable in, and the switch's port on?" }
    return switch state {
    case .initialize, .armed, .active: "is a subnet manager running, here or on another host of the fabric? run: sminfo"
    default: "is the cable in, and the switch's port on? run: ibstat"
    }
  }
}
