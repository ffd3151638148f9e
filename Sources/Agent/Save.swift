package import HostInterface
import Mlx5
package import Model
import Storage
package import SystemPackage

/// Writes down what the host has, as a new generation.
package struct Save: Sendable {
  private let host: Host
  private let store: GenerationStore
  private let outcomes: OutcomeStore
  private let locks: Locks

  private static let observationLimit = Duration.seconds(60)

  package init(on host: Host) {
    self.host = host
    store = GenerationStore(host.disk)
    outcomes = OutcomeStore(host.disk)
    locks = Locks(host.disk)
  }

  package struct Result: Sendable {
    package let generation: Int
    package let path: FilePath
    package let snapshot: Snapshot
    /// Whether the current generation said the same already, and nothing was written.
    package let isUnchanged: Bool
    /// PFs that were looked at; the others are as they were in the generation before.
    package let looked: [PCIAddress]
    package let warnings: [String]
  }

  /// - Parameters:
  ///   - names: PFs by PCI address, RDMA device or netdev; none means all of this host.
  ///   - acceptLoss: Whether fewer VFs than are saved, or what a failed restore left, may become the snapshot.
  package func run(_ names: [String], acceptLoss: Bool) throws -> Result {
    guard host.isPrivileged else { throw Failure(.notPermitted, "only root may save", remedy: "run it with sudo") }
    let pfs = try Discovery(host.files).select(names)
    let observations = try observe(pfs)
    return try locks.withStore {
      let (current, damaged) = try currentOrNothing()
      let adapters = try observations.map { try Adapter(saving: $0) }
      var snapshot = Snapshot(
        savedAt: host.tasks.date(), host: try host.files.readLine("/proc/sys/kernel/hostname"), adapters: [])
      let kept = (current?.snapshot.adapters ?? []).filter { old in !adapters.contains { $0.replaces(old) } }
      snapshot.adapters = (kept + adapters).sorted { $0.pf.pciAddress < $1.pf.pciAddress }
      if let mistake = snapshot.mistake {
        throw Failure(.refused, "not saved: \(mistake)", remedy: "give each function its own GUID, then save again")
      }
      if !acceptLoss {
        for adapter in adapters { try refuseLoss(adapter, compared: current) }
      }
      var warnings = damaged.map { "generation \($0.number) is damaged: \($0.problem)" }
      warnings += observations.flatMap(\.warnings)
      let absent = kept.filter { old in !pfs.contains { $0.pciAddress == old.pf.pciAddress } && names.isEmpty }
      warnings += absent.map { "\($0.pf) is not on this host now; what was saved of it is kept" }
      let unchanged = current.flatMap { $0.snapshot.adapters == snapshot.adapters ? $0.number : nil }
      let number = try unchanged ?? store.save(snapshot, keeping: verifiedGenerations)
      return Result(
        generation: number, path: store.path(of: number), snapshot: snapshot, isUnchanged: unchanged != nil,
        looked: pfs.map(\.pciAddress), warnings: warnings)
    }
  }

  /// A store that cannot be read at all does not keep a person from saving anew: nothing is overwritten.
  private func currentOrNothing() throws -> (generation: Generation?, damaged: [DamagedGeneration]) {
    do {
      return try store.current()
    } catch let failure as Failure where failure.kind == .badSnapshot {
      return (nil, [])
    }
  }

  private func observe(_ pfs: [PhysicalFunction]) throws -> [Observation] {
    let wait = Wait(on: host)
    let jobs = pfs.map { pf in
      Job("\(pf): reading", limit: Self.observationLimit, on: host.tasks, ringing: wait.bell) { _ in
        try locks.withPF(pf) { try PFDevice(pf, files: host.files).observe(holdingLock: true) }
      }
    }
    wait.finish(jobs)
    return try jobs.map { try $0.result.get() }
  }

  /// A restore that failed must never become the snapshot (a failed boot would wipe out what it could not bring back).
  private func refuseLoss(_ adapter: Adapter, compared current: Generation?) throws(Failure) {
    let remedy = "bring them back: sriov-persist restore; or give them up: sriov-persist save --accept-loss"
    if let old = current?.snapshot.adapters.first(where: adapter.replaces), adapter.vfs.count < old.vfs.count {
      throw Failure(
        .refused,
        "not saved: \(adapter.pf) has \(adapter.vfs.count) VFs, generation \(current?.number ?? 0) has \(old.vfs.count)",
        remedy: remedy)
    }
    if let outcome = outcomes.load(adapter.pf.pciAddress), !outcome.isVerified,
      outcome.nodeGUID == adapter.pf.nodeGUID, current != nil
    {
      throw Failure(
        .refused, "not saved: the last restore of \(adapter.pf) ended \(outcome.result.rawValue)", remedy: remedy)
    }
  }

  /// The newest that each PF was verified against: whatever is removed, the way back stays.
  private var verifiedGenerations: Set<Int> { Set(outcomes.all().compactMap(\.lastVerifiedGeneration)) }
}

extension Adapter {
  /// - Throws: `Failure` (`refused`) for an identity that must not be brought back.
  fileprivate init(saving found: Observation) throws(Failure) {
    var vfs: [SavedVF] = []
    for vf in found.vfs {
      var attributes: [VFAttribute: VFValue] = [:]
      for (attribute, reading) in vf.attributes {
        switch reading {
        case .value(let value): attributes[attribute] = value
        case .invalid(let why) where attribute.isIdentity:
          throw Failure(
            .refused, "not saved: the \(attribute.name) of VF \(vf.index) of \(found.pf): \(why)",
            remedy: "give the VF a GUID of its own, then save again")
        case .unset, .invalid, .unreadable, .notVisible: break
        }
      }
      vfs.append(SavedVF(index: vf.index, driver: vf.driver, attributes: attributes))
    }
    self.init(pf: found.pf, driversAutoprobe: found.driversAutoprobe, vfs: vfs)
  }

  /// Whether this is what `old` was, or what now sits in its place.
  fileprivate func replaces(_ old: Adapter) -> Bool {
    pf.pciAddress == old.pf.pciAddress || (pf.nodeGUID != nil && pf.nodeGUID == old.pf.nodeGUID)
  }
}
