package import Fabric
package import HostInterface
import Mlx5
package import Model
package import Planning
import Storage
import SystemPackage

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

    /// As it was found, or as it was saved where it is not there.
    package let pf: PhysicalFunction
    package let isPresent: Bool
    package let wantedVFs: Int
    /// Whether a port that is not ready is a problem.
    package let needsPort: Bool
    package let note: String?
    package let state: State
    private let reading: Reading

    /// What was read of it: nothing while a restore is under way.
    fileprivate struct Reading {
      var found: Observation?
      var port: PortReading?
      var outcome: Outcome?
      var outcomeOfThisBoot: Outcome?
    }

    /// What there is; nil where it was not read.
    package var found: Observation? { reading.found }
    /// Nil where the PF is not there, and while a restore is under way.
    package var port: PortReading? { reading.port }
    /// The last restore, of this boot or an earlier one; nil while one is under way.
    package var outcome: Outcome? { reading.outcome }
    package var outcomeOfThisBoot: Outcome? { reading.outcomeOfThisBoot }

    /// Nothing differs, and nobody is at work on it.
    package var isAsSaved: Bool { drift?.isAsSaved ?? false }
  }

  package let generation: Int
  package let warnings: [String]
  /// What is wrong with the configuration: no difference from what is saved.
  package let problems: [Problem]
  package let entries: [Entry]
  /// PFs with VFs of which nothing is saved.
  package let unsaved: [PhysicalFunction]
  let saved: Generation
  let discovery: Discovery

  /// - Parameters:
  ///   - last: A look before this one. What it read of the VFs of a PF stands as long as the PF is the same, and neither an
  ///     event nor a restore touched it.
  ///   - functions: The PCI functions that events named since then; nil means any.
  /// - Throws: `Failure` when there is nothing to compare with.
  package init(of host: Host, after last: Status? = nil, touched functions: Set<PCIAddress>? = nil) throws {
    let loaded = try LoadedGeneration(GenerationStore(host.disk))
    let discovery = try Discovery(host.files, host.netlink)
    let configuration = Configuration(host.disk)
    let untouched = functions.flatMap { functions in last?.entries(untouchedBy: functions, host.files) } ?? []
    let needsPort = configuration.subnetManagerLimit > .zero
    let entries = Target.all(of: loaded.generation.snapshot, on: discovery, host).map {
      Entry($0, needsPort: needsPort, after: untouched, host)
    }
    self.generation = loaded.generation.number
    warnings = loaded.warnings
    problems = configuration.mistakes.map { Problem([$0.message], remedy: $0.remedy) }
    self.entries = entries
    saved = loaded.generation
    self.discovery = discovery
    let known = Set(entries.filter(\.isPresent).map(\.pf.pciAddress))
    unsaved = discovery.pfs.filter { pf in
      !known.contains(pf.pciAddress) && (try? PFDevice(pf, on: host).hasVFs) == true
    }
  }

  /// Why what is saved is another host's, and nothing of it will be restored; nil while a card may still turn out to be one
  /// that was saved.
  func otherHost(than host: Host) -> Failure? {
    guard !entries.contains(where: \.isPresent), !discovery.pfs.isEmpty, discovery.pfs.allSatisfy(\.isIdentified)
    else { return nil }
    return saved.snapshot.otherHost(than: host, with: discovery.pfs)?.about("generation \(generation)")
  }

  /// The networks on the saved PFs. Asks Docker, and takes some seconds where that hangs.
  package func networks(on host: Host) -> NetworkStatus {
    NetworkStatus(of: saved, onPFs: saved.snapshot.adapters.map(\.pf.pciAddress), discovery: discovery, host)
  }
}

extension Status {
  /// Those of PFs of which neither the function itself nor one of its VFs is among `functions`.
  fileprivate func entries(untouchedBy functions: Set<PCIAddress>, _ files: any FileTree) -> [Entry] {
    // One that came since the look is known by its PF only.
    let pfs = functions.compactMap { function in
      (try? files.linkName(FilePath("/sys/bus/pci/devices/\(function)/physfn"))).flatMap { PCIAddress($0) }
    }
    let touched = functions.union(pfs)
    return entries.filter { entry in
      !touched.contains(entry.pf.pciAddress) && entry.found?.vfs.contains { touched.contains($0.pciAddress) } == false
    }
  }
}

extension Status.Entry {
  /// - Parameter untouched: Entries of an earlier look that may still be right.
  fileprivate init(
    _ target: Target, needsPort: Bool, after untouched: [Status.Entry], _ host: Host
  ) {
    let adapter = target.adapter
    wantedVFs = adapter.vfs.count
    self.needsPort = needsPort
    switch target.match {
    case .found(let pf, let remark):
      (self.pf, isPresent, note) = (pf, true, remark)
      (state, reading) = Self.look(at: pf, wanted: adapter, after: untouched.first { $0.pf == pf }?.reading, on: host)
    case .absent(let failure), .refused(let failure):
      (pf, isPresent, note) = (adapter.pf, false, nil)
      (state, reading) = (.failed(failure), Reading(outcomesOf: adapter.pf, host))
    }
  }

  /// A PF that cannot be read is that PF's failure, not the others'. A restore that began while it was read makes what was
  /// read worthless: VFs, and the outcome, which is that of a failure until its end.
  private static func look(
    at pf: PhysicalFunction, wanted: Adapter, after last: Reading?, on host: Host
  ) -> (State, Reading) {
    let locks = Locks(host.disk)
    var reading = Reading()
    do {
      if let holder = try locks.holder(ofPF: pf.pciAddress) { return (.restoring(holder), Reading()) }
      reading = Reading(outcomesOf: pf, host)
      reading.port = PortFiles(of: pf.pciAddress, files: host.files).read()
      let known = last?.foundUnlessRestored(since: reading)
      let found =
        if let known { known } else {
          try PatientLook(device: PFDevice(pf, on: host), host: host, holdingLock: false).observe()
        }
      if let holder = try locks.holder(ofPF: pf.pciAddress) { return (.restoring(holder), Reading()) }
      reading.found = found
      return (.compared(Drift(wanted: wanted, found: found)), reading)
    } catch {
      return (.failed(Failure(error)), reading)
    }
  }
}

extension Status.Entry.Reading {
  fileprivate init(outcomesOf pf: PhysicalFunction, _ host: Host) {
    let outcomes = OutcomeStore(host.disk)
    outcome = outcomes.load(pf)
    outcomeOfThisBoot = outcomes.loadOfThisBoot(pf)
  }

  /// What was found, unless a restore of the PF ended since, or not all of it could be seen.
  fileprivate func foundUnlessRestored(since now: Self) -> Observation? {
    guard outcome == now.outcome, outcomeOfThisBoot == now.outcomeOfThisBoot, let found, found.isWhole,
      !found.vfs.contains(where: { $0.missingDevice != nil })
    else { return nil }
    return found
  }
}

extension Status.Entry {
  /// What keeps VFs from being used although they are as saved; nil where nothing is known to.
  package var remark: String? {
    guard let found, found.pf.linkLayer == .infiniBand else { return nil }
    let remedy = "run: sriov-persist save --generate-guids; then: sriov-persist restore"
    return found.sentence("have no GUID of their own, so the port stays down; \(remedy)") { vf in
      VFAttribute.guids.contains { vf.attributes[$0] == .unset || vf.probed[$0] == .unset }
    }.map(pf.withoutName)
  }

  package var foundVFs: Int? { found?.vfCount }

  package var drift: Drift? {
    if case .compared(let drift) = state { drift } else { nil }
  }

  package var failure: Failure? {
    if case .failed(let failure) = state { failure } else { nil }
  }

  package var holder: LockHolder? {
    if case .restoring(let holder) = state { holder } else { nil }
  }

  /// How many VFs read back in all that is saved of them; nil where they were not read.
  package var verifiedVFs: Int? {
    guard let drift, let found else { return nil }
    return Report.Verdict.all(wanted: wantedVFs, found: found.vfCount, drift.differences, drift.notVisible)
      .count { $0 == .verified }
  }
}
