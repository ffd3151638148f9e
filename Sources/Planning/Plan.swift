package import Model

/// On whose word a PF is restored, which decides how far a plan may go.
package enum Authority: Sendable {
  /// A unit: never through zero.
  case unit
  /// A person: through zero, if nothing is held.
  case person
  /// A person who said that VFs in use may be replaced.
  case replacing
}

/// What to do about one PF's drift.
package struct Plan: Equatable, Sendable {
  /// In order. Empty where there is nothing to do, or nothing that may be done.
  package var steps: [Step] = []
  /// To be run when the steps were not all done, and harmless to run again.
  package var cleanUp: [Step] = []
  /// What a rule forbids. The steps are what it leaves.
  package var refusal: Failure?

  package init(steps: [Step] = [], cleanUp: [Step] = [], refusal: Failure? = nil) {
    self.steps = steps
    self.cleanUp = cleanUp
    self.refusal = refusal
  }

  /// Orders what `drift` lists, or refuses it. Pure: it looks at nothing but its arguments.
  package init(repairing drift: Drift, of found: Observation, on authority: Authority) {
    if let refusal = Self.refusal(ofAll: drift, found, authority) {
      self.refusal = refusal
      return
    }
    let isRecreation = drift.differences.contains { if case .vfCount = $0 { true } else { false } }
    if isRecreation {
      recreate(drift.wanted, found, authority)
    } else {
      repair(drift, found, authority)
    }
  }

  /// autoprobe off → count → per VF: its attributes → autoprobe as saved → bind. So each VF is probed once, after it
  /// has its identity (mlx5.md 7). What attributes the VFs had before counts for nothing.
  private mutating func recreate(_ wanted: Adapter, _ found: Observation, _ authority: Authority) {
    if found.driversAutoprobe && !wanted.vfs.isEmpty { steps.append(.setDriversAutoprobe(false)) }
    if found.vfCount > 0 || !found.vfs.isEmpty {
      steps.append(.removeVFs(evenIfHeld: authority == .replacing))
    }
    if !wanted.vfs.isEmpty { steps.append(.setVFCount(wanted.vfs.count)) }
    for vf in wanted.vfs {
      for attribute in VFAttribute.allCases {
        if let value = vf.attributes[attribute] { steps.append(.setAttribute(attribute, value, vf: vf.index)) }
      }
    }
    settleAutoprobe(as: wanted, found)
    steps += wanted.vfs.compactMap { Self.bind($0, of: wanted) }
  }

  /// The VFs there are keep what is right. One whose identity or driver must change is taken from its driver first, and
  /// stays as it is if it is held; all else of it is repaired all the same.
  private mutating func repair(_ drift: Drift, _ found: Observation, _ authority: Authority) {
    var unbinding: [Step] = []
    var attributes: [Step] = []
    var binding: [Step] = []
    var kept: [VirtualFunction] = []
    let byVF = Dictionary(grouping: drift.differences.filter { $0.vf != nil }) { $0.vf ?? 0 }
    for wanted in drift.wanted.vfs {
      guard let differences = byVF[wanted.index], let vf = found.vfs.first(where: { $0.index == wanted.index })
      else { continue }
      let isDisturbed = differences.contains { $0.isIdentity || $0.isDriver }
      let isKept = isDisturbed && vf.holder != nil && authority != .replacing
      if isKept {
        kept.append(vf)
      } else if isDisturbed {
        if let driver = vf.driver {
          unbinding.append(.unbind(vf: vf.index, driver: driver, evenIfHeld: authority == .replacing))
        }
        if let step = Self.bind(wanted, of: drift.wanted) { binding.append(step) }
      }
      for case .attribute(let attribute, _, let value, _) in differences where !(isKept && attribute.isIdentity) {
        attributes.append(.setAttribute(attribute, value, vf: vf.index))
      }
    }
    steps = unbinding + attributes
    settleAutoprobe(as: drift.wanted, found)
    steps += binding
    refusal = Self.refusal(ofHeld: kept, on: found.pf)
  }

  /// The end of every plan is the saved value, not the one found, so that a run that was killed heals.
  private mutating func settleAutoprobe(as wanted: Adapter, _ found: Observation) {
    let isSwitchedOff = steps.contains(.setDriversAutoprobe(false))
    guard wanted.driversAutoprobe != (isSwitchedOff ? false : found.driversAutoprobe) else { return }
    steps.append(.setDriversAutoprobe(wanted.driversAutoprobe))
    cleanUp = [.setDriversAutoprobe(wanted.driversAutoprobe)]
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
  fileprivate var isDriver: Bool {
    if case .driver = self { true } else { false }
  }
}
