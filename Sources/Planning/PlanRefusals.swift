import Model

/// What the rules forbid, and what a person can do about it.
extension Plan {
  /// What keeps a PF from being touched at all; nil when nothing does.
  static func refusal(ofAll drift: Drift, _ found: Observation, _ authority: Authority) -> Failure? {
    if let layer = found.pf.linkLayer, let saved = drift.wanted.pf.linkLayer, layer != saved {
      return Failure(
        .refused, "\(found.pf) is \(layer.rawValue) now, and its VFs were saved as \(saved.rawValue)",
        remedy: "run: mstconfig -d \(found.pf.pciAddress.short) query LINK_TYPE_P1; or save anew")
    }
    // Before the first write: VFs without their identity would be bound, and then be in the way of it.
    if let reason = found.attributesHidden, drift.needsAttributes {
      return Failure(
        .unavailable, "VF attributes of \(found.pf) are saved and cannot be written: \(reason)",
        remedy: """
          \(found.pf.linkLayer == .ethernet ? "see: ip link" : "run: modprobe ib_ipoib, as rdma-core does at each boot"); then restore again; \
          or give them up: sriov-persist save --accept-loss
          """)
    }
    guard let count = drift.foundCount else { return nil }
    return refusal(ofCount: drift.wanted.vfs.count, over: count, found, authority)
      ?? refusal(ofComingBack: drift, found.pf)
  }

  /// Over a count of zero the driver gives each VF the GUIDs that it was told before (mlx5.md 4.3).
  static func refusal(ofComingBack drift: Drift, _ pf: PhysicalFunction) -> Failure? {
    guard let clash = drift.clashes.first(where: { !$0.isOthersSaved && $0.other < drift.wanted.vfs.count }) else {
      return nil
    }
    return Failure(
      .refused, "\(pf): VF \(clash.other) has the GUID \(clash.value), which is saved as VF \(clash.vf)'s",
      remedy: "give VF \(clash.other) its own, then save; or let one be made: sriov-persist save --generate-guids")
  }

  private static func refusal(
    ofCount wanted: Int, over count: Int, _ found: Observation, _ authority: Authority
  ) -> Failure? {
    let pf = found.pf
    if wanted > found.totalVFs {
      return Failure(
        .refused, "cannot create \(wanted.of("VF")) on \(pf): the firmware allows \(found.totalVFs) (NUM_OF_VFS)",
        remedy: wanted > VirtualFunction.mostPerPF
          ? """
          NVIDIA states \(VirtualFunction.mostPerPF.of("VF")) for a port at most; make no more, then run: \
          sriov-persist save --accept-loss
          """ : "run: mstconfig -d \(pf.pciAddress.short) set NUM_OF_VFS=\(wanted), then reboot")
    }
    let what = "\(pf) has \(count.of("VF")), wanted \(wanted)"
    let replacing = "sriov-persist restore --replace-vfs --pf \(pf.pciAddress)"
    guard authority != .replacing else { return nil }
    if let bond = pf.bond, pf.linkLayer != .infiniBand {
      return Failure(
        .refused, "\(pf) is in the bond \(bond): making VFs takes the bond's RDMA device away",
        remedy: "take it out of the bond, then restore; or do it all the same: \(replacing)")
    }
    guard found.hasVFs else { return nil }
    if let held = found.vfs.first(where: { $0.holder != nil }) {
      return Failure(
        .refused, "\(what), and VF \(held.index) is in use: \(held.holder ?? "")",
        remedy: "set it free, then restore again; or replace it, in use or not: \(replacing)")
    }
    if !found.otherOwners.isEmpty {
      return Failure(
        .refused, "\(what); other software creates VFs here: \(found.otherOwners.joined(separator: ", "))",
        remedy: "configure only one of them to create VFs; or replace the VFs now: \(replacing)")
    }
    guard authority == .unattended else { return nil }
    return Failure(
      .refused, "\(what): an unattended restore does not remove VFs",
      remedy: """
        to make them anew, run: sriov-persist restore; or keep the \(count): sriov-persist save --accept-loss
        """)
  }
}

extension Drift {
  /// Whether attributes are to be written, or VFs given to a driver of which it cannot be told who they are.
  fileprivate var needsAttributes: Bool {
    differences.contains { difference in
      switch difference {
      case .attribute: true
      case .vfCount: wanted.vfs.contains { !$0.attributes.isEmpty }
      case .driver(let vf, _, _): notVisible.contains { $0.vf == vf && $0.attribute?.isKeptWhileHeld == true }
      case .probed(let attribute, let vf, _, _):
        notVisible.contains { $0.vf == vf && $0.attribute == attribute }
      case .driversAutoprobe, .shared: false
      }
    }
  }
}
