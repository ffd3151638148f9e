import HostInterface
package import SystemPackage

/// One statement about the kernel's files and its rtnetlink: in this state, this call gives that.
///
/// Paths: `{pf}` is the PF's folder, `{vf2}` the folder of its VF 2, and a component `*` the only entry of its folder.
/// In texts, `{pf}` and `{vf2}` are the functions' PCI addresses.
package struct ContractRow: Sendable {
  package let name: String
  /// The section of mlx5.md that says so.
  package let source: String
  /// What leads to the state; each must be as it says, too. Before it, the PF was unbound and bound: it has no VFs,
  /// and those that come are bound.
  package let given: [Check]
  package let when: Check
  /// What holds while `when` is under way.
  package let meanwhile: Meanwhile?
  package let then: [Check]

  package struct Meanwhile: Sendable {
    /// The moment to look: when this path is there.
    package let once: String
    package let checks: [Check]
  }

  /// The same with VFs that no driver has: the real one takes a second and more for each.
  var withoutDrivers: ContractRow {
    ContractRow(
      name, source, given: [.write("{pf}/sriov_drivers_autoprobe", "0")] + given, when: when, meanwhile: meanwhile,
      then: then)
  }

  init(
    _ name: String, _ source: String, given: [Check] = [], when: Check, meanwhile: Meanwhile? = nil, then: [Check] = []
  ) {
    self.name = name
    self.source = source
    self.given = given
    self.when = when
    self.meanwhile = meanwhile
    self.then = then
  }
}

/// A call and what comes of it.
package enum Check: Sendable {
  case write(String, String, gives: Errno? = nil)
  case read(String, gives: String)
  /// A line of an Ethernet VF's `config`.
  case config(Int, String, gives: String)
  case readFails(String, Errno)
  case missing(String)
  case present(String)
  /// One message of rtnetlink to the only netdev of `below`, with one IFLA_VF_INFO for each list.
  case setVF([[VFSetting]], below: String = "{pf}", gives: Errno? = nil)
  /// The same to a link that is not there.
  case setVFOfNoLink(VFSetting, gives: Errno)
  /// What rtnetlink says of a VF, asked for by the PF's link, and in a dump of all links.
  case vfSays(VFSetting)
  /// A read that returns no earlier than the write that is under way.
  case readBlocks(String, gives: String)
}

/// One attribute of a VF as rtnetlink has it (include/uapi/linux/if_link.h).
package struct VFSetting: Sendable {
  package let name: String
  package let type: UInt16
  package let vf: UInt32
  /// Behind the VF's number.
  package let value: [UInt8]

  /// 0 is auto, 1 enable, 2 disable: not the driver's own numbers.
  static func state(_ vf: UInt32, _ number: UInt32) -> VFSetting {
    VFSetting(name: "link state \(number)", type: 5, vf: vf, value: number.nativeBytes)
  }

  static func nodeGUID(_ vf: UInt32, _ guid: UInt64) -> VFSetting {
    VFSetting(name: "node GUID \(guid)", type: 10, vf: vf, value: [0, 0, 0, 0] + guid.nativeBytes)
  }

  static func portGUID(_ vf: UInt32, _ guid: UInt64) -> VFSetting {
    VFSetting(name: "port GUID \(guid)", type: 11, vf: vf, value: [0, 0, 0, 0] + guid.nativeBytes)
  }

  static func mac(_ vf: UInt32, _ address: [UInt8]) -> VFSetting {
    VFSetting(name: "MAC", type: 1, vf: vf, value: address + [UInt8](repeating: 0, count: 32 - address.count))
  }

  static func vlan(_ vf: UInt32, _ id: UInt32, qos: UInt32 = 0) -> VFSetting {
    VFSetting(name: "VLAN \(id)", type: 2, vf: vf, value: id.nativeBytes + qos.nativeBytes)
  }

  static func rate(_ vf: UInt32, min: UInt32, max: UInt32) -> VFSetting {
    VFSetting(name: "rate \(min)-\(max)", type: 6, vf: vf, value: min.nativeBytes + max.nativeBytes)
  }

  static func spoofCheck(_ vf: UInt32, _ isOn: UInt32) -> VFSetting {
    VFSetting(name: "spoof check \(isOn)", type: 4, vf: vf, value: isOn.nativeBytes)
  }

  static func trust(_ vf: UInt32, _ isOn: UInt32) -> VFSetting {
    VFSetting(name: "trust \(isOn)", type: 9, vf: vf, value: isOn.nativeBytes)
  }
}

extension ContractRow: CustomStringConvertible {
  package var description: String { "\(name) (mlx5.md \(source))" }
}
