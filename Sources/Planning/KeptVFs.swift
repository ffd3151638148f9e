import Model

/// The VFs that keep their identity and driver although they are not as saved, and why.
struct KeptVFs {
  private var reasons: [Int: String] = [:]
  /// What is wrong and nothing that we write could mend.
  private var beyondUs: [String] = []

  /// A held VF is kept. And so is one whose saved GUID another VF has and keeps: two functions with one GUID break the
  /// subnet, and hurt the one in use. Each VF that is kept may be the reason for the next.
  init(_ drift: Drift, _ found: Observation, _ authority: Authority) {
    let disturbed = Set(drift.differences.filter(\.isDisturbing).compactMap(\.vf))
    if authority != .replacing {
      for vf in found.vfs where disturbed.contains(vf.index) { reasons[vf.index] = vf.holder.map { "in use, \($0)" } }
    }
    var hasGrown = true
    while hasGrown {
      hasGrown = false
      for vf in drift.wanted.vfs where disturbed.contains(vf.index) && !contains(vf.index) {
        guard let obstacle = obstacle(to: vf, drift, found) else { continue }
        reasons[vf.index] = obstacle
        hasGrown = true
      }
    }
    for case .shared(let attribute, let vf, _, let other) in drift.differences where !contains(vf) {
      beyondUs.append(
        "VF \(vf): VF \(other), of which none is saved, has its \(attribute.name) too; give VF \(other) its own")
    }
  }

  func contains(_ vf: Int) -> Bool { reasons[vf] != nil }

  /// Which other VF has a GUID that this one is to get, and will have it still.
  private func obstacle(to vf: SavedVF, _ drift: Drift, _ found: Observation) -> String? {
    for attribute in VFAttribute.identity {
      guard let value = vf.attributes[attribute] else { continue }
      for other in found.vfs where other.index != vf.index {
        let saved = drift.wanted.vfs.first { $0.index == other.index }?.attributes ?? [:]
        let hasIt = other.attributes.contains { name, reading in
          reading == .value(value) && (contains(other.index) || saved[name] == nil)
        }
        if hasIt { return "VF \(other.index) has its \(attribute.name)" }
      }
    }
    return nil
  }

  /// All of them in one sentence, those with one reason together; nil when there are none.
  func refusal(on pf: PhysicalFunction) -> Failure? {
    guard !reasons.isEmpty || !beyondUs.isEmpty else { return nil }
    let byReason = Dictionary(grouping: reasons.keys.sorted()) { reasons[$0] ?? "" }
    let lines = byReason.sorted { ($0.value.first ?? 0) < ($1.value.first ?? 0) }.map { reason, vfs in
      "\(vfs.count == 1 ? "VF" : "VFs") \(vfs.ranges): \(reason)"
    }
    return Failure(
      .refused, "\(pf): not as saved, and kept so: \((lines + beyondUs).joined(separator: "; "))",
      remedy: """
        set them free, then restore again; or take them away, in use or not: \
        sriov-persist restore --replace-vfs --pf \(pf.pciAddress)
        """)
  }
}
