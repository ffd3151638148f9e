package import HostInterface
import Mlx5
package import Model
import Storage

/// Lets this host's cards take the place of another host's, as on a clone of that host: it gets the VFs and all that is saved of
/// them, but not who they are.
package struct Takeover: Sendable {
  private let host: Host
  private let store: GenerationStore

  package init(on host: Host) {
    self.host = host
    store = GenerationStore(host.disk)
  }

  /// One PF of the other host.
  package struct Taken: Sendable {
    package let old: PhysicalFunction
    package let new: PhysicalFunction
    package let vfs: Int
  }

  package struct Result: Sendable {
    package let generation: Int
    /// Who saved it, by name.
    package let savedOn: String
    package let taken: [Taken]
    package let notes: [String]
  }

  /// - Parameters:
  ///   - name: The saved PF, by PCI address, RDMA device, netdev or node GUID; nil means all.
  ///   - newName: The PF that takes its place; nil means the one at the saved PCI address.
  ///   - keepsIdentities: Whether the GUIDs and MACs are taken over as well: that host is gone for good.
  /// - Throws: `Failure` where this host saved it, or has no PF to take over with.
  package func run(_ name: String?, as newName: String?, keepingIdentities keepsIdentities: Bool) throws -> Result {
    guard host.isPrivileged else {
      throw Failure(.notPermitted, "only root may change what is saved", remedy: "run it with sudo")
    }
    return try Locks(host.disk).withStore {
      let loaded = try LoadedGeneration(store)
      let old = loaded.generation.snapshot
      let discovery = try Discovery(host.files, host.netlink)
      guard old.otherHost(than: host, with: discovery.pfs) != nil else {
        throw Failure(
          .refused, "not adopted: generation \(loaded.generation.number) was saved on this host",
          remedy: "for a card that was replaced, run: sriov-persist adopt <saved PF>")
      }
      let chosen = try name.map { [try old.index(of: $0, on: discovery.pfs)] } ?? Array(old.adapters.indices)
      var snapshot = old
      var (taken, notes): ([Taken], [String]) = ([], loaded.warnings)
      snapshot.adapters = []
      for (index, saved) in old.adapters.enumerated() {
        if saved.pf.isHere(among: discovery.pfs) {
          snapshot.adapters.append(saved)
        } else if chosen.contains(index), let new = try successor(of: saved.pf, newName, discovery) {
          var adapter = saved
          adapter.pf = new
          if !keepsIdentities { notes += try adapter.renewIdentities() }
          notes += new.differences(from: saved.pf)
          snapshot.adapters.append(adapter)
          taken.append(Taken(old: saved.pf, new: new, vfs: saved.vfs.count))
        } else {
          notes.append("\(saved.pf) is left out: no PF of this host takes its place")
        }
      }
      guard !taken.isEmpty else {
        throw Failure(
          .notFound, "not adopted: this host has no PF where one is saved",
          remedy: "name both: sriov-persist adopt --from-other-host <saved PF> --as <PF>")
      }
      notes += snapshot.leaveNetworks(of: old)
      snapshot.savedAt = host.tasks.date()
      (snapshot.host, snapshot.machineID) = (host.name ?? "", host.machineID)
      snapshot.adapters.sort { $0.pf.pciAddress < $1.pf.pciAddress }
      if let mistake = snapshot.mistake {
        throw Failure(.refused, "nothing changed: \(mistake)", remedy: "see: sriov-persist show")
      }
      let number = try store.save(snapshot, keeping: VerifiedGenerations(host.disk).worthKeeping)
      return Result(generation: number, savedOn: old.host, taken: taken, notes: notes)
    }
  }

  /// The PF that takes the place of a saved one; nil where there is none.
  private func successor(
    of saved: PhysicalFunction, _ name: String?, _ discovery: Discovery
  ) throws -> PhysicalFunction? {
    let new =
      try name.map { try discovery.select([$0])[0] } ?? discovery.pfs.first { $0.pciAddress == saved.pciAddress }
    guard let new else { return nil }
    guard new.isIdentified else { throw Failure.unidentified("not adopted: the PF \(new)", bond: new.bond) }
    return new
  }
}

extension Adapter {
  /// Gives each VF GUIDs that are made from its new PF's own; a MAC cannot be made.
  ///
  /// - Returns: What a person should know.
  fileprivate mutating func renewIdentities() throws(Failure) -> [String] {
    let hadMACs = vfs.contains { $0.attributes[.mac] != nil }
    for position in vfs.indices {
      for attribute in VFAttribute.identity { vfs[position].attributes[attribute] = nil }
      guard pf.linkLayer != .ethernet else { continue }
      for attribute in VFAttribute.guids { _ = try generate(attribute, ofVF: position) }
    }
    return hadMACs ? ["\(pf): the VFs' MACs are left out: give the VFs MACs, then run: sriov-persist save"] : []
  }
}

extension Snapshot {
  /// Docker's networks stay with the cards that they are on: addresses in them are the other host's.
  ///
  /// - Returns: What a person should know.
  fileprivate mutating func leaveNetworks(of old: Snapshot) -> [String] {
    let here = old.networks(beside: adapters)
    let kept = here.contains { $0.netdevice != nil } ? here : []
    setNetworks(kept, plugin: plugin, containers: containers ?? [])
    let left = (old.networks ?? []).map(\.name).filter { name in !kept.contains { $0.name == name } }
    guard !left.isEmpty else { return [] }
    return [
      "Docker's networks are left out: \(left.joined(separator: ", ")); create them here, then run: sriov-persist save"
    ]
  }
}
