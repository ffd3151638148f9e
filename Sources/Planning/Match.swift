package import Model

/// Which PF of this host a saved adapter is. The device is known by what it is, its node GUID, never by a name.
package enum Match: Equatable, Sendable {
  /// The PF has the saved identity, even if it does not show all of it now. `note` tells what a person should know of
  /// it, such as another slot.
  case found(PhysicalFunction, note: String?)
  case absent(Failure)
  /// Something is there, and must not be taken for it.
  case refused(Failure)

  package init(_ saved: PhysicalFunction, among pfs: [PhysicalFunction]) {
    let same = pfs.filter { $0.nodeGUID != nil && $0.nodeGUID == saved.nodeGUID }
    if same.count > 1 {
      let places = same.map(\.description).joined(separator: " and ")
      self = .refused(
        Failure(
          .refused, "\(places) both have the node GUID of the saved PF \(saved)",
          remedy: "two adapters with one GUID break the subnet: give one of them its own, then restore again"))
    } else if let pf = same.first {
      let moved = pf.pciAddress == saved.pciAddress ? nil : "\(saved.pciAddress) has moved to \(pf.pciAddress)"
      self = .found(pf.identified(by: saved), note: moved)
    } else if let pf = pfs.first(where: { $0.isSameByIdentity(as: saved) == true }) {
      let place = pf.pciAddress == saved.pciAddress ? "" : "\(saved.pciAddress) has moved to \(pf.pciAddress); "
      let guid = pf.nodeGUID == nil ? "cannot be read" : "was not saved"
      self = .found(
        pf.identified(by: saved), note: "\(place)\(pf.pciAddress) is known by its MAC; its node GUID \(guid)")
    } else if let pf = pfs.first(where: { $0.pciAddress == saved.pciAddress }) {
      self = Self.judge(pf, inPlaceOf: saved)
    } else {
      self = .absent(
        Failure(
          .notFound, "the saved PF \(saved) is not on this host",
          remedy: "look whether the adapter is there and its driver loaded: lspci -d 15b3: -k"))
    }
  }

  /// The address alone proves nothing: only while a GUID cannot be read, and for the same model.
  private static func judge(_ pf: PhysicalFunction, inPlaceOf saved: PhysicalFunction) -> Match {
    let replaced = "if the card was replaced on purpose, run: sriov-persist adopt \(saved.pciAddress)"
    if let guid = pf.nodeGUID, let savedGUID = saved.nodeGUID {
      return .refused(
        Failure(
          .refused, "the PF \(pf) is another adapter than the saved one: node GUID \(guid), saved \(savedGUID)",
          remedy: replaced))
    }
    if pf.isSameByIdentity(as: saved) == false {
      return .refused(
        Failure(
          .refused, "the PF \(pf) is another adapter than the saved one: its MAC is another", remedy: replaced))
    }
    guard let board = pf.boardID, let savedBoard = saved.boardID else {
      return .absent(.unidentified("cannot tell whether the PF \(pf) is the saved one", bond: pf.bond))
    }
    guard board == savedBoard, pf.deviceID == saved.deviceID else {
      return .refused(
        Failure(
          .refused, "the PF \(pf) is another model than the saved one: board \(board), saved \(savedBoard)",
          remedy: replaced))
    }
    return .found(
      pf.identified(by: saved),
      note: "\(pf.pciAddress) is known by its address and model only; its node GUID cannot be read")
  }
}
