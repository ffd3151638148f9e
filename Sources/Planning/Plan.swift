package import Model

/// What to do about one PF's drift.
package struct Plan: Equatable, Sendable {
  /// In order. Empty where there is nothing to do, or nothing that may be done.
  package var steps: [Step] = []
  /// To be run when the steps were not all done, and harmless to run again.
  package var cleanUp: [Step] = []
  /// What a rule forbids. The steps are what it leaves.
  package var refusal: Failure?

  /// Orders what `drift` lists, or refuses it. Pure: it looks at nothing but its arguments.
  package init(repairing drift: Drift, of found: Observation, on authority: Authority) {
    if let refusal = Self.refusal(ofAll: drift, found, authority) {
      self.refusal = refusal
    } else if drift.foundCount != nil || Self.mustStartOver(drift, found, authority) {
      recreate(drift.wanted, found, authority)
    } else {
      repair(drift, found, authority)
    }
  }

  /// autoprobe off → count → per VF: its attributes → autoprobe as saved → bind. So each VF is probed once, after it
  /// has its identity (mlx5.md 7). What attributes the VFs had before counts for nothing.
  private mutating func recreate(_ wanted: Adapter, _ found: Observation, _ authority: Authority) {
    if found.driversAutoprobe && !wanted.vfs.isEmpty { steps.append(.setDriversAutoprobe(false)) }
    if found.hasVFs { steps.append(.removeVFs(evenIfHeld: authority == .replacing)) }
    if !wanted.vfs.isEmpty { steps.append(.setVFCount(wanted.vfs.count)) }
    for vf in wanted.vfs {
      for attribute in VFAttribute.allCases where attribute.isSettable(in: found.eswitchMode) {
        guard let value = vf.attributes[attribute] else { continue }
        steps.append(.setAttribute(attribute, value, vf: vf.index, evenIfHeld: authority == .replacing))
      }
    }
    // The end of every plan is the saved value, not the one found, so that a run that was killed heals.
    let isOn = steps.contains(.setDriversAutoprobe(false)) ? false : found.driversAutoprobe
    if wanted.driversAutoprobe != isOn {
      steps.append(.setDriversAutoprobe(wanted.driversAutoprobe))
      cleanUp = [.setDriversAutoprobe(wanted.driversAutoprobe)]
    }
    steps += wanted.vfs.compactMap { Self.bind($0, of: wanted) }
  }

  /// VFs that have each other's GUIDs cannot be mended one by one. A person may have all made anew, if nobody uses one.
  private static func mustStartOver(_ drift: Drift, _ found: Observation, _ authority: Authority) -> Bool {
    let isEntangled = drift.clashes.contains(where: \.isOthersSaved)
    let mayRemove = authority == .replacing || authority == .person && found.vfs.allSatisfy { $0.holder == nil }
    return isEntangled && mayRemove && refusal(ofComingBack: drift, found.pf) == nil
  }

  /// The VFs there are keep what is right, and those that may not be disturbed what they have. One that is bound, and whose
  /// identity or driver must change, is unbound, written and bound.
  private mutating func repair(_ drift: Drift, _ found: Observation, _ authority: Authority) {
    let kept = KeptVFs(drift, found, authority)
    let replacing = authority == .replacing
    if drift.wanted.driversAutoprobe != found.driversAutoprobe {
      steps.append(.setDriversAutoprobe(drift.wanted.driversAutoprobe))
    }
    if found.isPluginAway {
      steps += drift.leftByContainers.map { .takeBack($0.attribute, $0.value, vf: $0.vf) }
    }
    var binding: [Step] = []
    var rebinding: [Step] = []
    for wanted in drift.wanted.vfs {
      guard let vf = found.vfs.first(where: { $0.index == wanted.index }) else { continue }
      let differences = drift.differences.filter { $0.vf == vf.index }
      let isDisturbed = differences.contains(where: \.isDisturbing) && !kept.contains(vf.index)
      var attributes: [Step] = []
      for (attribute, value) in differences.toBeWritten(byNetlink: found.netlinkNetdev != nil) {
        let isAllowed = attribute.isIdentity ? isDisturbed : !attribute.isKeptWhileHeld || !kept.contains(vf.index)
        if isAllowed { attributes.append(.setAttribute(attribute, value, vf: vf.index, evenIfHeld: replacing)) }
      }
      let bind = isDisturbed ? [Self.bind(wanted, of: drift.wanted)].compactMap(\.self) : []
      if isDisturbed, let driver = vf.driver {
        rebinding.append(.unbind(vf: vf.index, driver: driver, next: wanted.driver, evenIfHeld: replacing))
        rebinding += attributes + bind
      } else {
        steps += attributes
        binding += bind
      }
    }
    steps += binding + rebinding
    refusal = kept.refusal(on: found.pf)
  }

  private static func bind(_ vf: SavedVF, of wanted: Adapter) -> Step? {
    vf.driver.map { driver in
      .bind(
        vf: vf.index, driver: driver,
        overriding: !wanted.driversAutoprobe || driver != VirtualFunction.ownDriver)
    }
  }
}

extension Difference {
  /// Whether the VF must lose its driver for it to be mended.
  var isDisturbing: Bool {
    if case .driver = self { true } else { isIdentity }
  }

  /// Whether it is left as it is while the VF may be in use.
  var isKeptWhileHeld: Bool {
    if case .attribute(let attribute, _, _, _) = self { attribute.isKeptWhileHeld } else { isDisturbing }
  }
}

extension [Difference] {
  /// What netlink says of a GUID is what the driver was told, not what the firmware made of it (mlx5.md 5.2): if the VF's
  /// own RDMA device has another one, the driver is told once more.
  fileprivate func toBeWritten(byNetlink: Bool) -> [(VFAttribute, VFValue)] {
    reduce(into: []) { writes, difference in
      switch difference {
      case .attribute(let attribute, _, let value, _): writes.append((attribute, value))
      case .probed(let attribute, _, let value, _) where byNetlink && VFAttribute.guids.contains(attribute):
        if !writes.contains(where: { $0.0 == attribute }) { writes.append((attribute, value)) }
      default: break
      }
    }
  }
}

extension Observation {
  /// The two can disagree while VFs come and go.
  package var hasVFs: Bool { vfCount > 0 || !vfs.isEmpty }
}
