/// A setting of one VF that a reboot takes away. The order of the cases is the order in which they are written.
///
/// A new attribute is one case here with its row, how a channel reads and writes it in `Mlx5`, and its behaviour in the
/// simulated kernel.
package enum VFAttribute: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
  case nodeGUID = "nodeGuid"
  case portGUID = "portGuid"
  case mac, vlan, rate, spoofCheck, trust
  /// The link state, on Ethernet as on InfiniBand.
  case policy

  /// What its change means to whoever uses the VF.
  private enum Effect {
    /// The VF's driver takes it over when it probes the VF, and at no other time (mlx5.md 5.4, 6).
    case atProbe
    /// At once, and the VF's user may be cut off.
    case cutting
    case none
  }

  private struct Row {
    /// The words for people.
    let name: String
    /// Of the PFs whose VFs have it; nil for all.
    let linkLayer: LinkLayer?
    let effect: Effect
    /// Whether it is the representor's, and not ours, in switchdev mode (mlx5.md 9).
    var isRepresentors = false
    /// What a new VF has, of an attribute that the network plugin sets for each container, on whichever VF that gets, and
    /// never takes back (docker.md 11.2; mlx5.md 4.3).
    var beforeContainers: VFValue?
    let parse: (String) throws -> VFValue?
  }

  private var row: Row {
    switch self {
    case .nodeGUID: Row(name: "node GUID", linkLayer: .infiniBand, effect: .atProbe) { .guid(try GUID($0)) }
    case .portGUID: Row(name: "port GUID", linkLayer: .infiniBand, effect: .atProbe) { .guid(try GUID($0)) }
    case .mac: Row(name: "MAC", linkLayer: .ethernet, effect: .atProbe) { .mac(try MACAddress($0)) }
    case .vlan:
      Row(
        name: "VLAN", linkLayer: .ethernet, effect: .cutting, isRepresentors: true, beforeContainers: .vlan(.untagged)
      ) { VLAN($0).map(VFValue.vlan) }
    case .rate: Row(name: "rate", linkLayer: .ethernet, effect: .none) { TransmitRate($0).map(VFValue.rate) }
    case .spoofCheck:
      Row(
        name: "spoof check", linkLayer: .ethernet, effect: .none, isRepresentors: true, beforeContainers: .flag(false)
      ) { VFValue(flag: $0) }
    case .trust:
      Row(name: "trust", linkLayer: .ethernet, effect: .none, isRepresentors: true, beforeContainers: .flag(false)) {
        VFValue(flag: $0)
      }
    case .policy:
      Row(name: "policy", linkLayer: nil, effect: .none, isRepresentors: true) {
        VFPolicy(rawValue: $0).map(VFValue.policy)
      }
    }
  }
}

extension VFAttribute {
  package var name: String { row.name }

  /// Part of who the VF is: never changed under a VF that has a driver.
  package var isIdentity: Bool { row.effect == .atProbe }

  /// A VF that may be in use keeps it, and none is bound without it.
  package var isKeptWhileHeld: Bool { row.effect != .none }

  package static let identity = allCases.filter(\.isIdentity)

  /// What a new VF has of it, before any container did; nil for what the network plugin never sets.
  package var valueBeforeContainers: VFValue? { row.beforeContainers }

  /// Those that the network plugin sets for each container.
  package static let ofContainers = allCases.filter { $0.valueBeforeContainers != nil }

  /// No two functions may have one of these in common, of whichever kind.
  package static let guids: [VFAttribute] = [.nodeGUID, .portGUID]

  package var isGUID: Bool { Self.guids.contains(self) }

  /// Those that VFs of such a PF have.
  package static func all(on linkLayer: LinkLayer?) -> [VFAttribute] {
    allCases.filter { $0.row.linkLayer == nil || $0.row.linkLayer == linkLayer ?? .infiniBand }
  }

  package func isSettable(in mode: ESwitchMode?) -> Bool { mode != .switchdev || !row.isRepresentors }

  /// Nil, or an error that says more, for a text that is no value of this attribute.
  package func value(_ text: String) throws -> VFValue? { try row.parse(text) }
}

/// One attribute of one VF.
package struct VFSetting: Hashable, Sendable {
  package let vf: Int
  package let attribute: VFAttribute

  package init(vf: Int, attribute: VFAttribute) {
    self.vf = vf
    self.attribute = attribute
  }
}

/// The value of a VF's attribute.
package enum VFValue: Hashable, Sendable {
  case guid(GUID)
  case mac(MACAddress)
  case vlan(VLAN)
  case rate(TransmitRate)
  case flag(Bool)
  case policy(VFPolicy)

  fileprivate init?(flag text: String) {
    guard text == "on" || text == "off" else { return nil }
    self = .flag(text == "on")
  }
}

extension VFValue: CustomStringConvertible {
  /// As a snapshot has it.
  package var description: String {
    switch self {
    case .guid(let guid): guid.description
    case .mac(let address): address.description
    case .vlan(let vlan): vlan.description
    case .rate(let rate): rate.description
    case .flag(let isOn): isOn ? "on" : "off"
    case .policy(let policy): policy.rawValue
    }
  }
}

/// What reading an attribute gave.
package enum Reading: Hashable, Sendable {
  case value(VFValue)
  /// Nothing was ever set: a GUID or a MAC of zero.
  case unset
  /// It was read, and is a value that may not be saved, such as a GUID of all ones: the text, and what is wrong with it.
  case invalid(String)
  /// The read failed, with this errno, or gave no value of this attribute: nothing like this comes from a healthy VF.
  case unreadable(String)
  /// There is no way to read it here, for the reason given.
  case notVisible(String)
}

extension Reading {
  /// Whether the attribute may have this value: it reads so, or cannot be read.
  package func allows(_ value: VFValue) -> Bool {
    switch self {
    case .notVisible, .unreadable: true
    case .value, .unset, .invalid: self == .value(value)
    }
  }

  package var isUnreadable: Bool {
    if case .unreadable = self { true } else { false }
  }
}

extension Reading: CustomStringConvertible {
  package var description: String {
    switch self {
    case .value(let value): value.description
    case .unset: "unset"
    case .invalid(let why): why
    case .unreadable(let errno): "unreadable (\(errno))"
    case .notVisible(let why): "not visible (\(why))"
    }
  }
}
