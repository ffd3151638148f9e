/// What MLNX_OFED's `sriov/<n>` has on Ethernet, as far as it is played: mlx5.md 4.2.
extension VFContext {
  static let ethernetFiles = ["config", "trunk", "meters"]

  /// - Parameter path: Below the VF's folder.
  func ethernetNode(_ path: [String], vf: Int) -> Node? {
    switch path {
    case ["config"]: return .text(config(vf: vf))
    case ["trunk"]: return .text(trunk + "\n")
    default:
      guard path[0] == "meters" else { return nil }
      let meter = path.dropFirst().prefix(2).joined(separator: "/")
      switch path.count {
      case ...3: return meters.keys.contains { $0.hasPrefix(meter) } ? .folder([]) : nil
      default: return path[3...] == ["rate"] ? meters[meter].map { .text("\($0)\n") } : nil
      }
    }
  }

  /// Keys are filled with blanks, and others stand between those that matter.
  private func config(vf: Int) -> String {
    """
    VF         : \(vf)
    VLAN       : 0
    QoS        : 0
    VLAN Proto : 802.1Q
    SpoofCheck : OFF
    LinkState  : Follow
    RateGroup  : \(rateGroup)
    VGT+       : \(trunk.isEmpty ? "OFF" : "ON")

    """
  }
}
