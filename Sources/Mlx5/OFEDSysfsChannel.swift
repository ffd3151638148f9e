import HostInterface
import Model
import SystemPackage

/// MLNX_OFED's files below the PF: `sriov/<n>/node`, `port`, `policy` (core/sriov_sysfs.c; mlx5.md 4).
struct OFEDSysfsChannel: VFChannel {
  let pf: PCIFunction

  func read(_ vfs: [Int]) -> [Int: [VFAttribute: Reading]] { vfs.readings(read) }

  private func read(_ attribute: VFAttribute, vf: Int) -> Reading {
    let text: String
    do {
      text = try pf.readLine(name(of: attribute, vf: vf))
    } catch {
      return .unreadable(error.errno.name)
    }
    switch attribute {
    case .nodeGUID, .portGUID: return Reading(guid: text)
    case .policy: return VFPolicy(rawValue: text).map { .value(.policy($0)) } ?? .invalid("\"\(text)\"")
    }
  }

  func write(_ value: VFValue, to attribute: VFAttribute, vf: Int) throws {
    try pf.files.store(value.description, in: pf.path(name(of: attribute, vf: vf)))
  }

  private func name(of attribute: VFAttribute, vf: Int) -> String { "sriov/\(vf)/\(fileName(of: attribute))" }

  private func fileName(of attribute: VFAttribute) -> String {
    switch attribute {
    case .nodeGUID: "node"
    case .portGUID: "port"
    case .policy: "policy"
    }
  }
}

extension Reading {
  /// What a file that holds a GUID says; zero is how the driver says that it was never set.
  init(guid text: String) { self.init { () throws(InvalidGUID) in try GUID(text) } }

  /// What netlink says; zero as in a file.
  init(guid number: UInt64) { self.init { () throws(InvalidGUID) in try GUID(number) } }

  private init(_ guid: () throws(InvalidGUID) -> GUID) {
    do {
      self = .value(.guid(try guid()))
    } catch {
      self = error.reason == .zero ? .unset : .invalid("\(error)")
    }
  }
}
