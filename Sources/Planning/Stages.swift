package import Model

/// How the steps of a plan may be run.
extension [Step] {
  /// The steps in order, as stages of chains: the chains of one stage may be run at once, the steps of a chain one after
  /// another. VFs that have no driver are bound at once. What is done to a VF from unbinding it to binding it is a chain,
  /// and all these are one stage.
  package var stages: [[[Step]]] {
    chains.reduce(into: []) { stages, chain in
      let before = stages.last?.last?.first
      let isNext = chain[0].isUnbind ? before?.isUnbind == true : chain[0].isBind && before?.isBind == true
      if isNext { stages[stages.count - 1].append(chain) } else { stages.append([chain]) }
    }
  }

  private var chains: [[Step]] {
    reduce(into: []) { chains, step in
      if let first = chains.last?.first, first.isUnbind, first.vf == step.vf {
        chains[chains.count - 1].append(step)
      } else {
        chains.append([step])
      }
    }
  }
}

extension Step {
  package var isUnbind: Bool {
    if case .unbind = self { true } else { false }
  }

  package var isBind: Bool {
    if case .bind = self { true } else { false }
  }

  /// Whether the firmware makes or removes VFs in it.
  package var isCount: Bool {
    switch self {
    case .setVFCount, .removeVFs: true
    default: false
    }
  }

  /// What of which VF it writes; nil for all other steps.
  package var written: VFSetting? {
    if case .setAttribute(let attribute, _, let vf, _) = self { VFSetting(vf: vf, attribute: attribute) } else { nil }
  }

  /// Whether it is ours to take with the eswitch in this mode.
  package func isOurs(in mode: ESwitchMode?) -> Bool { written?.attribute.isSettable(in: mode) ?? true }

  /// Whether a VF for which it failed must not be bound.
  package var isVital: Bool {
    written?.attribute.isKeptWhileHeld ?? false
  }

  package var isIdentity: Bool {
    written?.attribute.isIdentity ?? false
  }
}
