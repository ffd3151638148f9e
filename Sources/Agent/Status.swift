package import HostInterface
import Mlx5
package import Model
package import Planning
import Storage

/// How the host differs from what is saved. Read-only: takes no lock and never reads what a running restore blocks.
package struct Status: Sendable {
  /// One saved PF.
  package struct Entry: Sendable {
    package enum State: Sendable {
      case compared(Drift)
      case restoring(LockHolder)
      /// It cannot be told, or the PF is not there.
      case failed(Failure)
    }

    package let pf: PhysicalFunction
    package let wantedVFs: Int
    package let foundVFs: Int?
    package let state: State
    package let note: String?
    /// The last restore, of this boot or an earlier one.
    package let outcome: Outcome?
    package let outcomeOfThisBoot: Outcome?

    /// Nothing differs, and nobody is at work on it.
    package var isAsSaved: Bool {
      if case .compared(let drift) = state { drift.isEmpty } else { false }
    }
  }

  package let generation: Int
  package let warnings: [String]
  package let entries: [Entry]
  /// PFs with VFs of which nothing is saved.
  package let unsaved: [PhysicalFunction]
  let saved: Generation
  let discovery: Discovery

  /// - Throws: `Failure` when there is nothing to compare with.
  package init(of host: Host) throws {
    let loaded = try LoadedGeneration(GenerationStore(host.disk))
    let discovery = try Discovery(host.files, host.netlink)
    let outcomes = OutcomeStore(host.disk)
    var entries: [Entry] = []
    var known: Set<PCIAddress> = []
    for adapter in loaded.generation.snapshot.adapters {
      var pf = adapter.pf
      var note: String?
      var foundVFs: Int?
      let state: Entry.State
      switch discovery.locate(adapter.pf, files: host.files) {
      case .found(let found, let remark):
        (pf, note) = (found, remark)
        known.insert(found.pciAddress)
        (state, foundVFs) = Self.look(at: found, wanted: adapter, on: host)
      case .absent(let failure), .refused(let failure): state = .failed(failure)
      }
      entries.append(
        Entry(
          pf: pf, wantedVFs: adapter.vfs.count, foundVFs: foundVFs, state: state, note: note,
          outcome: outcomes.load(pf), outcomeOfThisBoot: outcomes.loadOfThisBoot(pf)))
    }
    self.generation = loaded.generation.number
    self.warnings = loaded.warnings
    self.entries = entries
    saved = loaded.generation
    self.discovery = discovery
    unsaved = discovery.pfs.filter { pf in
      !known.contains(pf.pciAddress) && (try? PFDevice(pf, on: host).hasVFs) == true
    }
  }

  /// The networks on the saved PFs. Asks Docker, and takes some seconds where that hangs.
  package func networks(on host: Host) -> NetworkStatus {
    NetworkStatus(of: saved, onPFs: saved.snapshot.adapters.map(\.pf.pciAddress), discovery: discovery, host)
  }

  /// A PF that cannot be read is that PF's failure, not the others'.
  private static func look(
    at pf: PhysicalFunction, wanted: Adapter, on host: Host
  ) -> (Entry.State, foundVFs: Int?) {
    do throws(FileError) {
      if let holder = try Locks(host.disk).holder(ofPF: pf.pciAddress) { return (.restoring(holder), nil) }
      let observation = try PFDevice(pf, on: host).observe(holdingLock: false)
      return (.compared(Drift(wanted: wanted, found: observation)), observation.vfCount)
    } catch {
      return (.failed(Failure(error)), nil)
    }
  }
}
