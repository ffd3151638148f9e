import Model
import SystemPackage

/// What MLNX_OFED's `sriov/<n>` has on Ethernet, as far as it is played: mlx5.md 4.2.
extension VFContext {
  static let ethernetFiles = [
    "node", "mac", "vlan", "link_state", "spoofcheck", "trust", "max_tx_rate", "min_tx_rate", "config", "trunk",
    "meters",
  ]

  /// - Parameter path: Below the VF's folder.
  func ethernetNode(_ path: [String], pf: Int, vf: Int) -> Node? {
    switch path {
    case ["config"]: return .text(config(vf: vf))
    case ["trunk"]: return .text(trunk + "\n")
    default:
      if path.count == 1, Self.ethernetFiles.contains(path[0]), path[0] != "meters" {
        return .ethernetFile(path[0], pf: pf, vf: vf)
      }
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
    MAC        : \(mac.map { UInt64($0).digits(2, shift: 0) }.joined(separator: ":"))
    VLAN       : \(vlan.id)
    QoS        : \(vlan.qos)
    VLAN Proto : \(vlan.protocolName)
    SpoofCheck : \(spoofCheck ? "ON" : "OFF")
    Trust      : \(trust ? "ON" : "OFF")
    LinkState  : \(policy.rawValue)
    MinTxRate  : \(minRate)
    MaxTxRate  : \(maxRate)
    RateGroup  : \(rateGroup)
    VGT+       : \(trunk.isEmpty ? "OFF" : "ON")

    """
  }
}

extension SimulatedVLAN {
  /// vlan_proto_str of core/sriov_sysfs.c.
  fileprivate var protocolName: String {
    guard id != 0 || qos != 0 else { return "N/A" }
    return type == 0x88a8 ? "802.1AD" : "802.1Q"
  }
}

extension SimulatedAdapter {
  /// As the firmware makes it: the node GUID without its middle.
  var macAddress: String {
    let bytes = nodeGUID.bytes.split(separator: ":")
    return (bytes[..<3] + bytes[5...]).joined(separator: ":")
  }
}

extension SimulatedKernel {
  /// A file of an Ethernet VF; only `node` says what it holds.
  func storeEthernet(_ text: String, in file: String, pf: Int, vf: Int) throws(Errno) {
    let word = text.filter { !$0.isNewline }
    switch file {
    case "mac":
      let bytes = word.split(separator: ":").compactMap { UInt8($0, radix: 16) }
      guard bytes.count == 6 else { throw .invalidArgument }
      try setMAC(bytes, pf: pf, vf: vf)
    case "vlan":
      let parts = word.split(separator: ":")
      let types: [Substring: UInt16] = ["802.1q": 0x8100, "802.1ad": 0x88a8]
      guard (2...3).contains(parts.count), let id = UInt32(parts[0]), let qos = UInt32(parts[1]),
        let type = parts.count == 2 ? 0x8100 : types[parts[2]]
      else { throw .invalidArgument }
      try setVLAN(SimulatedVLAN(id: id, qos: qos, type: type), pf: pf, vf: vf)
    case "link_state":
      guard let policy = VFPolicy(rawValue: word) else { throw .invalidArgument }
      try setGoverned(pf: pf, vf: vf) { context, faults in if !faults.ignoresPolicy { context.policy = policy } }
    case "spoofcheck", "trust":
      guard let isOn = ["ON": true, "OFF": false][word] else { throw .invalidArgument }
      try setGoverned(pf: pf, vf: vf) { context, _ in
        if file == "trust" { context.trust = isOn } else { context.spoofCheck = isOn }
      }
    case "max_tx_rate", "min_tx_rate":
      guard let rate = UInt32(word) else { throw .invalidArgument }
      let context = machine.adapters[pf].contexts[vf]
      let (least, greatest) = file == "max_tx_rate" ? (context.minRate, rate) : (rate, context.maxRate)
      try setRate(least, greatest, pf: pf, vf: vf)
    default: throw .permissionDenied
    }
  }

  // MARK: What files and netlink do alike (mlx5.md 5.4)

  /// In every mode. The node GUID follows.
  func setMAC(_ bytes: [UInt8], pf: Int, vf: Int) throws(Errno) {
    guard bytes[0] & 1 == 0 else { throw .invalidArgument }
    try setVF(vf, ofPF: pf) { context, faults in
      guard !faults.ignoresGUIDs else { return }
      context.mac = bytes
      let guid = Array(bytes[..<3]) + [0xff, 0xfe] + Array(bytes[3...])
      context.nodeGUID = bytes == [0, 0, 0, 0, 0, 0] ? 0 : guid.reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  func setVLAN(_ vlan: SimulatedVLAN, pf: Int, vf: Int) throws(Errno) {
    guard vlan.id <= 4095, vlan.qos <= 7 else { throw .invalidArgument }
    // For libvirt's sake, none is set in every mode.
    guard vlan.id > 0 || !machine.adapters[pf].isSwitchdev else { return }
    try setGoverned(pf: pf, vf: vf) { context, _ in context.vlan = vlan }
  }

  func setRate(_ least: UInt32, _ greatest: UInt32, pf: Int, vf: Int) throws(Errno) {
    guard greatest == 0 || least <= greatest else { throw .invalidArgument }
    try setVF(vf, ofPF: pf) { context, _ in (context.minRate, context.maxRate) = (least, greatest) }
  }

  /// What a representor governs in switchdev mode.
  func setGoverned(pf: Int, vf: Int, _ change: (inout VFContext, Faults) -> Void) throws(Errno) {
    guard !machine.adapters[pf].isSwitchdev else { throw .notSupported }
    try setVF(vf, ofPF: pf, change)
  }
}
