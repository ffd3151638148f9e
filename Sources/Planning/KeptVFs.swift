import Model

/// The VFs that keep their identity and driver although they are not as saved, and why.
struct KeptVFs {
  /// Of which something failed to be read. What differs of them may not be all, and may be read wrong as well.
  private var unread: Set<Int> = []
  private var reasons: [Int: String] = [:]
  /// What is wrong although the VF itself is right.
  private var remarks: [String] = []
  private var remedies: [String] = []

  /// A held VF is kept. And so is one whose saved GUID another VF has now, even if that one is to get another: in between
  /// both would have it, and the other may come into use.
  init(_ drift: Drift, _ found: Observation, _ authority: Authority) {
    let disturbed = Set(drift.differences.filter(\.isKeptWhileHeld).compactMap(\.vf))
    if authority != .replacing { unread = Set(drift.notVisible.unread.map(\.vf)) }
    let replacing = "sriov-persist restore --replace-vfs --pf \(found.pf.pciAddress)"
    for vf in found.vfs where disturbed.contains(vf.index) && authority != .replacing {
      guard let holder = vf.holder else { continue }
      reasons[vf.index] = "in use, \(holder)"
      advise("set free what is in use, then restore again; or take it away, in use or not: \(replacing)")
    }
    for clash in drift.clashes where !clash.isOthersSaved && disturbed.contains(clash.other) {
      // One that has no driver gets none while it has another's GUID.
      reasons[clash.other] =
        reasons[clash.other] ?? "it has the \(clash.attribute.name) that is saved as VF \(clash.vf)'s"
    }
    for clash in drift.clashes where reasons[clash.vf] == nil {
      if disturbed.contains(clash.vf) {
        reasons[clash.vf] = "VF \(clash.other) has its \(clash.attribute.name)"
      } else if !clash.isOthersSaved {
        remarks.append("VF \(clash.vf): VF \(clash.other) has its \(clash.attribute.name) too")
      } else {
        continue
      }
      advise(
        clash.isOthersSaved
          ? "to make all VFs anew: sriov-persist restore --pf \(found.pf.pciAddress)"
          : "give VF \(clash.other) its own GUIDs, or let them be made: sriov-persist save --generate-guids")
    }
  }

  private mutating func advise(_ remedy: String) {
    if !remedies.contains(remedy) { remedies.append(remedy) }
  }

  func contains(_ vf: Int) -> Bool { reasons[vf] != nil || unread.contains(vf) }

  /// All of them in one sentence, those with one reason together; nil when there are none.
  func refusal(on pf: PhysicalFunction) -> Failure? {
    guard !reasons.isEmpty || !remarks.isEmpty else { return nil }
    let byReason = Dictionary(grouping: reasons.keys.sorted()) { reasons[$0] ?? "" }
    let lines = byReason.sorted { ($0.value.first ?? 0) < ($1.value.first ?? 0) }.map { reason, vfs in
      "\(vfs.asVFs): \(reason)"
    }
    return Failure(
      .refused, "\(pf): not as saved, and kept so: \((lines + remarks).joined(separator: "; "))",
      remedy: remedies.joined(separator: "; "))
  }
}
