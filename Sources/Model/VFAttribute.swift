/// A setting of one VF that a reboot takes away. The order of the cases is the order in which they are written.
///
/// A new attribute is one case here, its type in `VFValue`, and how a channel reads and writes it in `Mlx5`.
package enum VFAttribute: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
  case nodeGUID = "nodeGuid"
  case portGUID = "portGuid"
  case policy

  /// Part of who the VF is. Its driver takes it over when it probes the VF (mlx5.md 6), so it is never changed under a
  /// VF that may be in use, and a VF is not bound without it.
  package var isIdentity: Bool { self != .policy }

  package static let identity = allCases.filter(\.isIdentity)

  /// The words for people.
  package var name: String {
    switch self {
    case .nodeGUID: "node GUID"
    case .portGUID: "port GUID"
    case .policy: "policy"
    }
  }
}

/// The value of a VF's attribute.
package enum VFValue: Hashable, Sendable {
  case guid(GUID)
  case policy(VFPolicy)
}

extension VFValue: CustomStringConvertible {
  package var description: String {
    switch self {
    case .guid(let guid): guid.description
    case .policy(let policy): policy.rawValue
    }
  }
}

/// What reading an attribute gave.
package enum Reading: Hashable, Sendable {
  case value(VFValue)
  /// Nothing was ever set: a GUID of zero.
  case unset
  /// It was read, and is nothing that may be saved: the text, and what is wrong with it.
  case invalid(String)
  /// The driver failed to read it, with this errno: nothing like this comes from a healthy VF.
  case unreadable(String)
  /// There is no way to read it here, for the reason given.
  case notVisible(String)
}

extension Reading {
  /// Whether the attribute may have this value: it reads so, or cannot be read here.
  package func allows(_ value: VFValue) -> Bool {
    switch self {
    case .notVisible: true
    default: self == .value(value)
    }
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
