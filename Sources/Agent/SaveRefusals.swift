import Model

/// What is not saved without a word for exactly that.
extension Save {
  fileprivate static let remedyForLoss =
    "bring them back: sriov-persist restore; or give them up: sriov-persist save --accept-loss"

  /// Less than is saved must not become the snapshot unnoticed: a failed boot would wipe out what it could not bring back.
  func refuseLoss(of old: Adapter, for adapters: [Adapter], generation: Int) throws(Failure) {
    let remedy = Self.remedyForLoss
    guard let new = adapters.first(where: { $0.pf.isSame(as: old.pf) }) else {
      throw Failure(
        .refused,
        "not saved: another card is in the place of \(old.pf), with \(old.vfs.count.of("VF")) in generation \(generation)",
        remedy: "give the old card up: sriov-persist save --accept-loss")
    }
    if new.vfs.count < old.vfs.count {
      throw Failure(
        .refused,
        "not saved: \(new.pf) has \(new.vfs.count.of("VF")), generation \(generation) has \(old.vfs.count)",
        remedy: remedy)
    }
    for (vf, before) in zip(new.vfs, old.vfs) {
      for attribute in VFAttribute.allCases where before.attributes[attribute] != nil && vf.attributes[attribute] == nil
      {
        throw Failure(
          .refused,
          "not saved: VF \(vf.index) of \(new.pf) shows no \(attribute.name), and has one in generation \(generation)",
          remedy: remedy)
      }
    }
  }

  /// A card that is away keeps the address where it was, until another saved one is there.
  func refuseLostPlaces(among saved: [PhysicalFunction], here: [PhysicalFunction]) throws(Failure) {
    for pf in saved where !here.contains(where: { $0.isSame(as: pf) }) {
      guard let other = saved.first(where: { $0.pciAddress == pf.pciAddress && !$0.isSame(as: pf) }) else { continue }
      throw Failure(
        .refused, "not saved: the saved PF \(pf), which is not here, was where the saved PF \(other) is now",
        remedy: "if it is gone for good: sriov-persist forget \(pf.nodeGUID?.description ?? pf.pciAddress.description)")
    }
  }

  /// What a restore that failed left is not what is wanted.
  func refuseFailures(_ failed: [(pf: PhysicalFunction, outcome: Outcome)]) throws(Failure) {
    guard let (pf, outcome) = failed.first else { return }
    throw Failure(
      .refused, "not saved: the last restore of \(pf) ended \(outcome.result.rawValue)", remedy: Self.remedyForLoss)
  }
}
