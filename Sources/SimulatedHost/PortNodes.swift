import Model
import SystemPackage

/// `ports/1/…` of an RDMA device, and the files of a netdev that tell of its link, in the forms of the kernel's
/// drivers/infiniband/core/sysfs.c and net/core/net-sysfs.c.
extension SimulatedPort {
  func node(_ name: String, guid: UInt64, pkeys: [UInt16], linkLayer: LinkLayer) -> Node? {
    switch name {
    case "": .folder(["gids", "lid", "link_layer", "phys_state", "pkeys", "sm_lid", "state"])
    case "gids": .folder(["0"])
    case "gids/0": .text("fe80:0000:0000:0000:\(guid.groups)\n")
    case "lid": .text("0x\(String(lid, radix: 16))\n")
    case "link_layer": .text(linkLayer.rawValue + "\n")
    case "phys_state": .text(isLinkUp ? "5: LinkUp\n" : linkLayer == .infiniBand ? "2: Polling\n" : "3: Disabled\n")
    case "pkeys": .folder((0..<128).map(String.init))
    case let file where file.hasPrefix("pkeys/"):
      Int(file.dropFirst("pkeys/".count)).flatMap { (0..<128).contains($0) ? $0 : nil }
        .map { .text("0x" + ($0 < pkeys.count ? UInt64(pkeys[$0]) : 0).digits(4, shift: 0) + "\n") }
    case "sm_lid": .text("0x\(String(smLID, radix: 16))\n")
    case "state": .text("\(state.rawValue): \(stateName)\n")
    default: nil
    }
  }

  private var stateName: String {
    switch state {
    case .down: "DOWN"
    case .initialize: "INIT"
    case .armed: "ARMED"
    case .active: "ACTIVE"
    }
  }

  func netdevNode(_ name: String) -> Node? {
    switch name {
    case "": .folder(["carrier", "flags", "operstate"])
    // Not told of a netdev that is off.
    case "carrier": isNetdevUp ? .text(state == .active ? "1\n" : "0\n") : .unreadable(.invalidArgument)
    // Broadcast and multicast, and up.
    case "flags": .text(isNetdevUp ? "0x1003\n" : "0x1002\n")
    case "operstate": .text(isNetdevUp && state == .active ? "up\n" : "down\n")
    default: nil
    }
  }
}
