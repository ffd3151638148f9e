import Model

/// What the rules forbid, and what a person can do about it.
extension Plan {
  /// What keeps a PF from being touched at all; nil when nothing does.
  static func refusal(ofAll drift: Drift, _ found: Observation, _ authority: Authority) -> Failure? {
    // Before the first write: VFs without their identity would be bound, and then be in the way of it.
    if let reason = found.attributesHidden, drift.differences.contains(where: \.isAttribute) {
      return Failure(
        .unavailable, "VF attributes of \(found.pf) are saved and cannot be written: \(reason)",
        remedy:
          "load the driver that was there when they were saved, or save again with: sriov-persist save --accept-loss")
    }
    for case .vfCount(let wanted, let count) in drift.differences {
      return refusal(ofCount: wanted, over: count, found, authority)
    }
    return nil
  }

  private static func refusal(
    ofCount wanted: Int, over count: Int, _ found: Observation, _ authority: Authority
  ) -> Failure? {
    let pf = found.pf
    if wanted > found.totalVFs {
      return Failure(
        .refused, "cannot create \(wanted) VFs on \(pf): the firmware allows \(found.totalVFs) (NUM_OF_VFS)",
        remedy: "run: mstconfig -d \(pf.pciAddress.short) set NUM_OF_VFS=\(wanted), then reboot")
    }
    let what = "\(pf) has \(count) VFs, wanted \(wanted)"
    let replacing = "sriov-persist restore --replace-vfs --pf \(pf.pciAddress)"
    guard authority != .replacing else { return nil }
    if let bond = pf.bond, pf.linkLayer != .infiniBand {
      return Failure(
        .refused, "\(pf) is in the bond \(bond): making VFs takes the bond's RDMA device away",
        remedy: "take it out of the bond, then restore; or do it all the same: \(replacing)")
    }
    guard found.vfCount > 0 || !found.vfs.isEmpty else { return nil }
    if let held = found.vfs.first(where: { $0.holder != nil }) {
      return Failure(
        .refused, "\(what), and VF \(held.index) is in use: \(held.holder ?? "")",
        remedy: "set it free, then restore again; or replace it, in use or not: \(replacing)")
    }
    if !found.otherOwners.isEmpty {
      return Failure(
        .refused, "\(what); others are set up to make VFs here: \(found.otherOwners.joined(separator: ", "))",
        remedy: "let one of the two do it; or replace the VFs now: \(replacing)")
    }
    guard authority == .unit else { return nil }
    return Failure(
      .refused, "\(what): a unit does not remove VFs",
      remedy: """
        to make them anew, run: sriov-persist restore; or keep the \(count): sriov-persist save --accept-loss
        """)
  }

  /// The VFs that keep what they have, those with one holder together.
  static func refusal(ofHeld vfs: [VirtualFunction], on pf: PhysicalFunction) -> Failure? {
    guard !vfs.isEmpty else { return nil }
    let holders = vfs.compactMap(\.holder).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let uses = holders.map { holder in
      let held = vfs.filter { $0.holder == holder }
      let words = held.count == 1 ? "VF \(held[0].index) is" : "VFs \(held.map(\.index).ranges) are"
      return "\(words) in use: \(holder)"
    }
    return Failure(
      .refused, "\(pf): not as saved, and kept so: \(uses.joined(separator: "; "))",
      remedy: """
        set them free, then restore again; or take them away, in use or not: \
        sriov-persist restore --replace-vfs --pf \(pf.pciAddress)
        """)
  }
}
