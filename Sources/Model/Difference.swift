/// One thing of a PF or its VFs that is not as the snapshot has it. Made by `Drift` only.
package enum Difference: Hashable, Sendable {
  case vfCount(wanted: Int, found: Int)
  case driversAutoprobe(wanted: Bool, found: Bool)
  /// `found` is nil where there is no such VF.
  case attribute(VFAttribute, vf: Int, wanted: VFValue, found: Reading?)
  /// `wanted` is nil for a VF that was saved unbound; `found` is nil where none has it.
  case driver(vf: Int, wanted: String?, found: String?)
  /// The VF's own RDMA device shows another GUID or MAC than the PF was told: the VF was probed before it had it.
  case probed(VFAttribute, vf: Int, wanted: VFValue, found: Reading)
  /// Another VF, of which no such GUID is saved, has this VF's.
  case shared(VFAttribute, vf: Int, value: VFValue, with: Int)
}

/// What of a VF could not be compared, and why: no drift, and no proof either.
package struct NotVisible: Hashable, Sendable {
  package let vf: Int
  /// Nil where it is what the VF's own RDMA device took over.
  package let attribute: VFAttribute?
  package let reason: String
  /// Whether it should have been readable, and the read failed. The VF is then not disturbed, and not verified either.
  package let isFailure: Bool

  package init(vf: Int, attribute: VFAttribute?, reason: String, isFailure: Bool = false) {
    self.vf = vf
    self.attribute = attribute
    self.reason = reason
    self.isFailure = isFailure
  }

  package var name: String { attribute?.name ?? "identity of its RDMA device" }
}

extension NotVisible: CustomStringConvertible {
  /// `VF 2: policy not compared: vfio-pci has it`, `VF 2: policy cannot be read: EIO`
  package var description: String {
    "VF \(vf): \(name) \(isFailure ? "cannot be read" : "not compared"): \(reason)"
  }
}

extension [NotVisible] {
  /// Those that failed to be read.
  package var unread: [NotVisible] { filter(\.isFailure) }

  /// Why a PF cannot be told to be as saved; nil where nothing failed to be read.
  package func failure(on pf: PhysicalFunction) -> Failure? {
    guard let first = unread.first else { return nil }
    let more = unread.count > 1 ? " (and \(unread.count - 1) more)" : ""
    return Failure(
      .unavailable, "\(pf): \(first)\(more)", remedy: "read the kernel log: journalctl -k -g mlx5; then restore again")
  }
}

extension Difference {
  /// The VF it is about; nil for the PF itself.
  package var vf: Int? {
    switch self {
    case .vfCount, .driversAutoprobe: nil
    case .attribute(_, let vf, _, _), .driver(let vf, _, _), .probed(_, let vf, _, _), .shared(_, let vf, _, _): vf
    }
  }

  /// Whether it is about what a channel writes.
  package var isAttribute: Bool {
    if case .attribute = self { true } else { false }
  }

  /// Whether it is about who the VF is.
  package var isIdentity: Bool {
    switch self {
    case .attribute(let attribute, _, _, _): attribute.isIdentity
    case .probed: true
    case .vfCount, .driversAutoprobe, .driver, .shared: false
    }
  }

  /// The thing that differs, in the field's words.
  package var name: String {
    switch self {
    case .vfCount: "VF count"
    case .driversAutoprobe: "drivers autoprobe"
    case .attribute(let attribute, _, _, _), .shared(let attribute, _, _, _): attribute.name
    case .driver: "driver"
    case .probed(let attribute, _, _, _): "\(attribute.name) of its RDMA device"
    }
  }

  package var wanted: String {
    switch self {
    case .vfCount(let wanted, _): String(wanted)
    case .driversAutoprobe(let wanted, _): wanted ? "on" : "off"
    case .attribute(_, _, let wanted, _), .probed(_, _, let wanted, _): wanted.description
    case .shared: "its own"
    case .driver(_, let wanted, _): wanted ?? "none"
    }
  }

  package var found: String {
    switch self {
    case .vfCount(_, let found): String(found)
    case .driversAutoprobe(_, let found): found ? "on" : "off"
    case .attribute(_, _, _, let found): found?.description ?? "no such VF"
    case .driver(_, _, let found): found ?? "none"
    case .shared(_, _, let value, let other): "\(value), which VF \(other) has too"
    case .probed(_, _, _, let found): found.description
    }
  }
}

extension [Difference] {
  /// One line each for people; a VF that is not there takes no more than its number.
  package var lines: [String] {
    let missing = Set(compactMap { if case .attribute(_, let vf, _, nil) = $0 { vf } else { nil } })
    let rest = filter { $0.vf.map { !missing.contains($0) } ?? true }.map(\.description)
    return rest + (missing.isEmpty ? [] : ["\(missing.sorted().asVFs): missing"])
  }
}

extension Difference: CustomStringConvertible {
  /// `VF 2: policy is Down, wanted Follow`
  package var description: String {
    let subject = vf.map { "VF \($0): " } ?? ""
    return "\(subject)\(name) is \(found), wanted \(wanted)"
  }
}
