import HostInterface
import Model
import SystemPackage

/// MLNX_OFED's files below the PF, `sriov/<n>/…` (core/sriov_sysfs.c; mlx5.md 4). On InfiniBand each holds its attribute;
/// on Ethernet they say how to write it, and `config` says what all of them are.
struct OFEDSysfsChannel: VFChannel {
  let pf: PCIFunction
  let linkLayer: LinkLayer?

  func read(_ vfs: [Int]) -> [Int: [VFAttribute: Reading]] {
    guard linkLayer == .ethernet else { return vfs.readings(on: linkLayer) { read($0, vf: $1) } }
    return Dictionary(uniqueKeysWithValues: vfs.map { ($0, readConfig(vf: $0)) })
  }

  func read(_ attribute: VFAttribute, vf: Int) -> Reading {
    guard linkLayer != .ethernet else { return readConfig(vf: vf)[attribute] ?? .notVisible("there is no such VF") }
    do {
      let text = try pf.readLine("sriov/\(vf)/\(Self.file(of: attribute))")
      if attribute != .policy { return Reading(guid: text) }
      return VFPolicy(rawValue: text).map { .value(.policy($0)) } ?? .unreadable("\"\(text)\"")
    } catch {
      return .unreadable(error.errno.name)
    }
  }

  private func readConfig(vf: Int) -> [VFAttribute: Reading] {
    do {
      let config = try pf.config(ofVF: vf)
      return [vf].readings(on: .ethernet) { attribute, _ in Reading(attribute, in: config) }[vf] ?? [:]
    } catch {
      return [vf].readings(on: .ethernet) { _, _ in .unreadable(error.errno.name) }[vf] ?? [:]
    }
  }

  func write(_ value: VFValue, to attribute: VFAttribute, vf: Int) throws {
    switch value {
    case .rate(let rate): try write(rate, vf: vf)
    case .flag(let isOn): try store(isOn ? "ON" : "OFF", in: Self.file(of: attribute), vf: vf)
    // The third word is newer than the others.
    case .vlan(let vlan) where vlan.tag == .customer: try store("\(vlan.id):\(vlan.qos)", in: "vlan", vf: vf)
    case .policy where linkLayer == .ethernet: try store(value.description, in: "link_state", vf: vf)
    default: try store(value.description, in: Self.file(of: attribute), vf: vf)
    }
  }

  /// At no time is the least rate above the greatest.
  private func write(_ rate: TransmitRate, vf: Int) throws(FileError) {
    let config = try pf.config(ofVF: vf)
    if (Int(config["MinTxRate"] ?? "") ?? 0) > 0 { try store("0", in: "min_tx_rate", vf: vf) }
    try store(String(rate.max), in: "max_tx_rate", vf: vf)
    if rate.min > 0 { try store(String(rate.min), in: "min_tx_rate", vf: vf) }
  }

  private func store(_ text: String, in file: String, vf: Int) throws(FileError) {
    try pf.files.store(text, in: pf.path("sriov/\(vf)/\(file)"))
  }

  /// In the word of vf_ib_attrs and vf_eth_attrs.
  private static func file(of attribute: VFAttribute) -> String {
    switch attribute {
    case .nodeGUID: "node"
    case .portGUID: "port"
    case .spoofCheck: "spoofcheck"
    case .mac, .vlan, .rate, .trust, .policy: attribute.rawValue
    }
  }
}

extension PCIFunction {
  /// `Key : value` lines of an Ethernet VF, the keys filled with blanks (mlx5.md 4.2); here without any.
  func config(ofVF index: Int) throws(FileError) -> [String: String] {
    let text = try files.read(path("sriov/\(index)/config"))
    // One that was cut short would lack attributes, or have half a number.
    guard text.hasSuffix("\n") else { throw FileError(.read, path("sriov/\(index)/config"), .ioError) }
    let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
      let words = line.split(separator: ":", maxSplits: 1)
      guard words.count == 2 else { return nil }
      return (words[0].filter { !$0.isWhitespace }, words[1].filter { !$0.isWhitespace })
    }
    return Dictionary(pairs) { first, _ in first }
  }
}

extension Reading {
  /// What `config` says.
  fileprivate init(_ attribute: VFAttribute, in config: [String: String]) {
    func words(_ keys: String...) -> String? {
      let values = keys.compactMap { config[$0] }
      return values.count == keys.count ? values.joined(separator: ":") : nil
    }
    let text: String? =
      switch attribute {
      case .mac: words("MAC")
      // None has no protocol: the driver says N/A (vlan_proto_str of core/sriov_sysfs.c).
      case .vlan: words("VLAN", "QoS") == "0:0" ? "0:0" : words("VLAN", "QoS", "VLANProto")
      case .rate: words("MinTxRate", "MaxTxRate")
      case .spoofCheck: words("SpoofCheck")?.lowercased()
      case .trust: words("Trust")?.lowercased()
      case .policy: words("LinkState")
      case .nodeGUID, .portGUID: nil
      }
    guard let text else {
      // Drivers differ in their lines, but each tells the MAC.
      let reason = "the driver's config file has no such line"
      self = attribute == .mac ? .unreadable(reason) : .notVisible(reason)
      return
    }
    self.init(text, of: attribute)
  }

  /// A text that stands for an attribute, in the form of a snapshot; a MAC of zero is one that was never set.
  private init(_ text: String, of attribute: VFAttribute) {
    do {
      self = try attribute.value(text).map(Reading.value) ?? .unreadable("\"\(text)\"")
    } catch let error as InvalidMAC where error.reason == .zero {
      self = .unset
    } catch let error as InvalidMAC where error.reason != .malformed {
      self = .invalid("\(error)")
    } catch {
      self = .unreadable("\(error)")
    }
  }
}
