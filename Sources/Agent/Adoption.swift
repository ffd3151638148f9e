package import HostInterface
import Mlx5
package import Model
import Storage

/// Changes which cards the snapshot is about, knowingly: a new one takes over from one that was replaced, or one that is
/// gone for good is dropped. Either is a new generation, and nothing is written to a card.
package struct Adoption: Sendable {
  private let host: Host
  private let store: GenerationStore

  package init(on host: Host) {
    self.host = host
    store = GenerationStore(host.disk)
  }

  package struct Result: Sendable {
    package let generation: Int
    /// The PF that was saved.
    package let old: PhysicalFunction
    /// The PF that takes its place; nil when there is none.
    package let new: PhysicalFunction?
    package let vfs: Int
    package let notes: [String]
  }

  /// Lets a card of this host take the place of a saved one: from now on the saved VFs are its VFs.
  ///
  /// - Parameters:
  ///   - name: The saved PF, by PCI address, RDMA device, netdev or node GUID.
  ///   - newName: The PF that takes its place; nil means the one at the saved PCI address.
  package func adopt(_ name: String, as newName: String?) throws -> Result {
    let former = (try? store.current())?.generation.flatMap { formerName(in: $0.snapshot) } ?? []
    return try change(name, refusingOtherHosts: true) { adapters, index, discovery in
      let old = adapters[index].pf
      let new = try discovery.select([newName ?? old.pciAddress.description])[0]
      guard new.nodeGUID != nil else { throw Failure.unidentified("not adopted: the PF \(new)", bond: new.bond) }
      if let here = discovery.pfs.first(where: { $0.isSame(as: old) }) {
        throw Failure(
          .refused, "not adopted: the saved PF \(old) is on this host, as \(here)",
          remedy: "to restore it: sriov-persist restore --pf \(here.pciAddress)")
      }
      if let other = adapters.first(where: { $0.pf.isSame(as: new) }) {
        throw Failure(
          .refused, "not adopted: \(new) has VFs of its own in the snapshot",
          remedy: "give those up first: sriov-persist forget \(other.pf.pciAddress)")
      }
      adapters[index].pf = new
      return (old, new, new.differences(from: old) + former)
    }
  }

  /// What a person should know whose host has another name than when it was saved: clones may have one machine-id.
  private func formerName(in snapshot: Snapshot) -> [String] {
    guard let name = host.name, name != snapshot.host else { return [] }
    return [
      "saved when this host was called \(snapshot.host), and it is \(name) now: if \(snapshot.host) still runs, "
        + "both have the same GUIDs"
    ]
  }

  /// Drops a saved PF.
  package func forget(_ name: String) throws -> Result {
    let result = try change(name) { adapters, index, discovery in
      let old = adapters.remove(at: index).pf
      let isHere = discovery.pfs.contains { $0.isSame(as: old) }
      let note = "\(old) is on this host: its VFs stay as they are, and are not restored any more"
      return (old, nil, isHere ? [note] : [])
    }
    // Whoever works on it now writes it anew: a record that stays is not worth a failure.
    try? Locks(host.disk).withPF(result.old) { OutcomeStore(host.disk).remove(result.old) }
    return result
  }

  private func change(
    _ name: String, refusingOtherHosts: Bool = false,
    _ body: (inout [Adapter], Int, Discovery) throws -> (old: PhysicalFunction, new: PhysicalFunction?, notes: [String])
  ) throws -> Result {
    guard host.isPrivileged else {
      throw Failure(.notPermitted, "only root may change what is saved", remedy: "run it with sudo")
    }
    return try Locks(host.disk).withStore {
      let loaded = try LoadedGeneration(store)
      var snapshot = loaded.generation.snapshot
      let discovery = try Discovery(host.files, host.netlink)
      if refusingOtherHosts, let other = snapshot.otherHost(than: host, with: discovery.pfs) {
        throw other.about("not adopted: generation \(loaded.generation.number)")
      }
      let index = try snapshot.index(of: name, on: discovery.pfs)
      let vfs = snapshot.adapters[index].vfs.count
      let (old, new, notes) = try body(&snapshot.adapters, index, discovery)
      snapshot.moveNetworks(from: old.pciAddress, to: new?.pciAddress)
      snapshot.savedAt = host.tasks.date()
      snapshot.adapters.sort { $0.pf.pciAddress < $1.pf.pciAddress }
      if let mistake = snapshot.mistake {
        throw Failure(.refused, "nothing changed: \(mistake)", remedy: "see: sriov-persist show")
      }
      let number = try store.save(snapshot, keeping: VerifiedGenerations(host.disk).worthKeeping)
      return Result(generation: number, old: old, new: new, vfs: vfs, notes: loaded.warnings + notes)
    }
  }
}

extension Snapshot {
  /// By the name that it had, that it has today, or its node GUID.
  ///
  /// - Throws: `Failure` (`notFound`) when it has no such PF; (`refused`) when the name means two of them.
  func index(of name: String, on pfs: [PhysicalFunction]) throws(Failure) -> Int {
    let guid = try? GUID(name)
    let called = pfs.first { $0.isCalled(name) }
    let indexes = adapters.indices.filter { index in
      let pf = adapters[index].pf
      return pf.isCalled(name) || guid != nil && pf.nodeGUID == guid || called?.isSameByIdentity(as: pf) == true
    }
    guard let index = indexes.first else {
      throw Failure(
        .notFound, "no saved PF is called \(name)",
        remedy: "saved are: \(adapters.map(\.pf.description).joined(separator: ", "))")
    }
    guard indexes.count == 1 else {
      throw Failure(
        .refused, "\(name) means \(indexes.map { adapters[$0].pf.description }.joined(separator: " and ")): names move",
        remedy: "say which by its node GUID, see: sriov-persist show")
    }
    return index
  }
}

extension PhysicalFunction {
  /// What a person should know who thinks that the two are of one kind.
  func differences(from old: PhysicalFunction) -> [String] {
    var notes: [String] = []
    if boardID != old.boardID {
      notes.append("another model: board \(boardID ?? "unknown"), saved \(old.boardID ?? "unknown")")
    }
    if let linkLayer, let before = old.linkLayer, linkLayer != before {
      notes.append("another link layer: \(linkLayer.rawValue), saved \(before.rawValue)")
    }
    return notes
  }
}
