package import Model

/// One write. Names a VF by its index on the plan's PF, never by an address or a name that does not exist yet.
package enum Step: Hashable, Sendable {
  case setDriversAutoprobe(Bool)
  case setVFCount(Int)
  case setAttribute(VFAttribute, VFValue, vf: Int)
  case bind(vf: Int, driver: String, overriding: Bool)
}

extension Step {
  package var vf: Int? {
    switch self {
    case .setDriversAutoprobe, .setVFCount: nil
    case .setAttribute(_, _, let vf), .bind(let vf, _, _): vf
    }
  }
}

extension Step: CustomStringConvertible {
  package var description: String {
    switch self {
    case .setDriversAutoprobe(let isOn): "drivers autoprobe \(isOn ? "on" : "off")"
    case .setVFCount(let count): "create \(count) VFs"
    case .setAttribute(let attribute, let value, let vf): "VF \(vf): \(attribute.name) \(value)"
    case .bind(let vf, let driver, _): "VF \(vf): bind to \(driver)"
    }
  }
}

/// What to do about one PF's drift.
package enum Plan: Equatable, Sendable {
  case nothing
  case steps(Steps)
  /// A rule forbids it.
  case refusal(Failure)

  package struct Steps: Equatable, Sendable {
    /// In order.
    package var steps: [Step]
    /// To be run when the steps were not all done, and harmless to run again.
    package var cleanUp: [Step]

    package init(steps: [Step], cleanUp: [Step]) {
      self.steps = steps
      self.cleanUp = cleanUp
    }
  }
}

extension Plan {
  /// Orders what `drift` lists, or refuses it. Pure: it looks at nothing but its arguments.
  package init(repairing drift: Drift, of found: Observation) {
    if drift.isEmpty {
      self = .nothing
    } else if let refusal = Self.refusal(of: drift, found: found) {
      self = .refusal(refusal)
    } else {
      self = .steps(Self.order(drift, found: found))
    }
  }

  /// autoprobe off → count → per VF: its attributes → autoprobe as saved → bind. So each VF is probed once, after it
  /// has its identity (mlx5.md 7).
  private static func order(_ drift: Drift, found: Observation) -> Steps {
    var creation: [Step] = []
    var attributes: [Step] = []
    var binding: [Step] = []
    for difference in drift.differences {
      switch difference {
      case .vfCount(let wanted, _):
        if found.driversAutoprobe { creation.append(.setDriversAutoprobe(false)) }
        creation.append(.setVFCount(wanted))
      case .attribute(let attribute, let vf, let wanted, _):
        attributes.append(.setAttribute(attribute, wanted, vf: vf))
      case .driver(let vf, let wanted?, _):
        let overriding = !drift.driversAutoprobe || wanted != VirtualFunction.ownDriver
        binding.append(.bind(vf: vf, driver: wanted, overriding: overriding))
      case .driversAutoprobe, .driver(_, nil, _), .probed:
        break  // Autoprobe gets its saved value below; the other two are refused.
      }
    }
    let saved = Step.setDriversAutoprobe(drift.driversAutoprobe)
    let isSwitchedOff = creation.contains(.setDriversAutoprobe(false))
    let isAsSaved = drift.driversAutoprobe == (isSwitchedOff ? false : found.driversAutoprobe)
    return Steps(
      steps: creation + attributes + (isAsSaved ? [] : [saved]) + binding, cleanUp: isAsSaved ? [] : [saved])
  }

  private static func refusal(of drift: Drift, found: Observation) -> Failure? {
    // Before the first write: VFs without their identity would be bound, and then be in the way of it.
    if let reason = found.attributesHidden, drift.differences.contains(where: \.isAttribute) {
      return Failure(
        .unavailable, "VF attributes of \(found.pf) are saved and cannot be written: \(reason)",
        remedy:
          "load the driver that was there when they were saved, or save again with: sriov-persist save --accept-loss")
    }
    for difference in drift.differences {
      switch difference {
      case .vfCount(let wanted, let count):
        if let refusal = countRefusal(wanted: wanted, count: count, found: found) { return refusal }
      case .attribute(let attribute, let vf, _, _) where attribute.isIdentity,
        .probed(let attribute, let vf, _, _):
        guard let function = found.vfs.first(where: { $0.index == vf }), let driver = function.driver else { continue }
        return Failure(
          .refused,
          "VF \(vf) of \(found.pf) (\(function.pciAddress)) is bound to \(driver) with another identity: \(difference)",
          remedy: """
            a VF that may be in use keeps its identity; when nothing uses it, run: \
            echo \(function.pciAddress) > /sys/bus/pci/drivers/\(driver)/unbind, then restore again
            """)
      case .driver(let vf, let wanted, let driver?):
        return Failure(
          .refused, "VF \(vf) of \(found.pf) is bound to \(driver), wanted \(wanted ?? "no driver")",
          remedy: "a VF that may be in use is not unbound; unbind it yourself, then restore again")
      case .attribute, .driver, .driversAutoprobe:
        continue
      }
    }
    return nil
  }

  private static func countRefusal(wanted: Int, count: Int, found: Observation) -> Failure? {
    let address = found.pf.pciAddress.short
    if wanted > found.totalVFs {
      return Failure(
        .refused,
        "cannot create \(wanted) VFs on \(found.pf): the firmware allows \(found.totalVFs) (NUM_OF_VFS)",
        remedy: "run: mstconfig -d \(address) set NUM_OF_VFS=\(wanted), then reboot")
    }
    if count > 0 {
      return Failure(
        .refused, "\(found.pf) has \(count) VFs, wanted \(wanted): changing that would destroy VFs that may be in use",
        remedy: """
          when nothing uses them, run: echo 0 > /sys/bus/pci/devices/\(found.pf.pciAddress)/sriov_numvfs, \
          then restore; or keep the \(count): sriov-persist save --accept-loss
          """)
    }
    return nil
  }
}
