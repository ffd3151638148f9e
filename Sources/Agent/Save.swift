import Checks
import Docker
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
    /// The GUIDs that were generated, which the host does not have yet.
    package let generatedGUIDs: GeneratedGUIDs
    package let warnings: [String]
  }

  /// - Parameters:
  ///   - names: PFs by PCI address, RDMA device or netdev; none means all of this host.
  ///   - acceptLoss: Whether fewer VFs than are saved, another card in a saved one's place, or what a failed restore left,
  ///     may become the snapshot.
  ///   - generateGUIDs: Whether VFs without GUIDs, or with such that no VF may have, are saved with others; a restore then
  ///     gives them those.
  ///   - withDocker: Whether Docker's networks are saved too.
  ///   - started: Containers that a restore is to start, whatever their policy.
  package func run(
    _ names: [String], acceptLoss: Bool, generateGUIDs: Bool = false, withDocker: Bool = true, started: [String] = []
  ) throws -> Result {
    guard host.isPrivileged else { throw Failure(.notPermitted, "only root may save", remedy: "run it with sudo") }
    let discovery = try Discovery(host.files, host.netlink)
    let all = try observe(try discovery.select(names))
    // A PF that nobody could tell again, and that has nothing to save, does not cost the others their save.
    let nameless = names.isEmpty ? all.filter { !$0.pf.isIdentified && $0.vfCount == 0 && $0.vfs.isEmpty } : []
    let observations = nameless.count == all.count ? all : all.filter { !nameless.map(\.pf).contains($0.pf) }
    let docker = SaveNetworks(isWanted: withDocker, started: started)
    let answer = try docker.ask(host)
    return try locks.withStore {
      let (current, damage) = try currentOrNothing()
      let failed = observations.map(\.pf).compactMap { pf in
        outcomes.load(pf).flatMap { $0.isFailure ? (pf: pf, outcome: $0) : nil }
      }
      if !acceptLoss { try refuseFailures(failed) }
      var generated = GeneratedGUIDs()
      let adapters = try observations.map { found in
        var adapter = try Adapter(
          saving: found, after: current?.snapshot.adapters ?? [], replacingGUIDs: generateGUIDs)
        if generateGUIDs { try adapter.generateGUIDs(for: found, &generated) }
        return adapter
      }
      let otherHost = current?.snapshot.otherHost(than: host, with: discovery.pfs)
      var kept: [Adapter] = []
      for old in current?.snapshot.adapters ?? [] {
        if let otherHost, !old.pf.isHere(among: discovery.pfs) {
          guard acceptLoss else { throw otherHost.about("not saved: the saved PF \(old.pf)") }
          continue
        }
        if let keeping = old.kept(beside: adapters, on: discovery.pfs) {
          kept.append(keeping)
        } else if !acceptLoss {
          try refuseLoss(of: old, for: adapters, generation: current?.number ?? 0)
        }
      }
      var snapshot = Snapshot(
        savedAt: host.tasks.date(), host: try host.files.readLine("/proc/sys/kernel/hostname"),
        machineID: host.machineID ?? (otherHost == nil ? current?.snapshot.machineID : nil),
        adapters: (kept + adapters).sorted { $0.pf.pciAddress < $1.pf.pciAddress })
      try refuseLostPlaces(among: snapshot.adapters.map(\.pf), here: discovery.pfs)
      let remarks = try docker.record(
        answer, in: &snapshot, after: current?.snapshot, acceptLoss: acceptLoss,
        hasSocket: DockerService.hasSocket(Configuration(host.disk).dockerSocket, on: host.disk))
      if let mistake = snapshot.mistake {
        throw Failure(.refused, "not saved: \(mistake)", remedy: "give each its own, then save again")
      }
      let unchanged = current.flatMap { $0.snapshot.isSame(as: snapshot) ? $0.number : nil }
      // Whose failures are accepted is locked first: nothing that comes after the writing may fail.
      let (number, unnoted) = try locks.withPFs(failed.map(\.pf)) {
        if let unchanged { try store.makeDurable(unchanged) }
        let number = try unchanged ?? store.save(snapshot, keeping: VerifiedGenerations(host.disk).worthKeeping)
        return (number, accept(failed, as: number))
      }
      docker.note(answer, pfs: discovery.pfs, host)
      let writes = BootWrite.all(on: host.disk)
      let skipped = nameless.map(\.pf)
      let absent = kept.map(\.pf).filter { old in
        names.isEmpty && !discovery.pfs.contains { $0.isSame(as: old) }
          && !skipped.contains { $0.pciAddress == old.pciAddress }
      }
      return Result(
        generation: number, path: store.path(of: number), snapshot: snapshot, isUnchanged: unchanged != nil,
        looked: observations.map(\.pf.pciAddress), generatedGUIDs: generated,
        warnings: damage
          + observations.flatMap { $0.warnings(areGUIDsGenerated: generateGUIDs, beside: writes, on: host) }
          + [snapshot.emptiness].compactMap(\.self) + unnoted
          + skipped.map { pf in
            "\(pf) is not saved: it has no VFs, and shows neither the node GUID nor the MAC by which to know it again"
              + (kept.contains { $0.pf.pciAddress == pf.pciAddress } ? "; what was saved at its address is kept" : "")
          }
          + snapshot.adapters.compactMap { $0.settingsLeftOut(of: observations) }
          + absent.map { "\($0) is not on this host now; what was saved of it is kept" } + remarks)
    }
  }

  /// A store of which nothing can be read does not keep a person from saving anew: nothing is overwritten.
  private func currentOrNothing() throws -> (generation: Generation?, damage: [String]) {
    do {
      let (current, damaged) = try store.current()
      return (current, damaged.map { "generation \($0.number) is damaged: \($0.problem)" })
    } catch let failure as Failure where failure.kind == .badSnapshot {
      return (nil, [failure.message])
    }
  }

  private func observe(_ pfs: [PhysicalFunction]) throws -> [Observation] {
    let wait = Wait(on: host)
    let limit = Configuration(host.disk).vfCountLimit
    let jobs = pfs.map { pf in
      Job("\(pf): reading", limit: limit, on: host.tasks, ringing: wait.bell) { (job: Job<Observation>) in
        try locks.withPF(pf) {
          var look = PatientLook(device: PFDevice(pf, on: host), host: host)
          look.probeLimit = Interpreter.limit(ofProbing: 0)
          look.begin = { job.begin($0, limit: $1) }
          return try look.observe()
        }
      }
    }
    wait.finish(jobs)
    if host.tasks.isTerminating { throw Failure(.terminated, "not saved: stopped by a signal") }
    return try jobs.map { try $0.result.get() }
  }

  /// What a person accepted is how the PF is to be from now on. The caller holds the PFs' locks.
  ///
  /// - Returns: What could not be noted: the generation is written, and stays.
  private func accept(_ failed: [(pf: PhysicalFunction, outcome: Outcome)], as generation: Int) -> [String] {
    failed.compactMap { pf, outcome in
      do {
        let error = try outcomes.save(
          Outcome(
            of: pf, generation: generation, result: .accepted, finishedAt: host.tasks.date(), seconds: 0, problem: nil,
            verifiedBefore: outcome.verifiedGenerations))
        return error.map { "\(pf): the failure of its last restore is cleared only until the next boot: \($0)" }
      } catch {
        return
          "\(pf): failed to clear the failure of its last restore: \(error); the next save needs --accept-loss again"
      }
    }
  }
}

extension Adapter {
  /// - Parameters:
  ///   - saved: Tells who the PF is, where it does not show all of it now.
  ///   - replacesGUIDs: Whether GUIDs that no VF may have are left out, and not refused.
  /// - Throws: `Failure` (`refused`) for an identity that must not be brought back.
  fileprivate init(
    saving found: Observation, after saved: [Adapter], replacingGUIDs replacesGUIDs: Bool
  ) throws(Failure) {
    guard found.pf.isIdentified else {
      throw Failure.unidentified("not saved: the PF \(found.pf) is known by nothing but its place", bond: found.pf.bond)
    }
    guard found.vfCount == found.vfs.count else {
      throw Failure(
        .busy,
        "not saved: \(found.pf) has \(found.vfCount.of("VF")) and shows \(found.vfs.count): they come or go just now",
        remedy: "save again when that is over")
    }
    var vfs: [SavedVF] = []
    for vf in found.vfs {
      var attributes: [VFAttribute: VFValue] = [:]
      for (attribute, reading) in vf.attributes {
        switch reading {
        case .value(let value): attributes[attribute] = value
        case .invalid(let why) where attribute.isIdentity && !(attribute.isGUID && replacesGUIDs):
          throw Failure(
            .refused, "not saved: the \(attribute.name) of VF \(vf.index) of \(found.pf): \(why)",
            remedy: attribute.isGUID
              ? "to save generated GUIDs in place of such, run: sriov-persist save --generate-guids"
              : "give the VF one of its own, then save again")
        case .unset, .invalid, .unreadable, .notVisible: break
        }
      }
      vfs.append(SavedVF(index: vf.index, driver: vf.driver, attributes: attributes))
    }
    let before = saved.first { $0.pf.isSameByIdentity(as: found.pf) == true }
    var pf = before.map { found.pf.identified(by: $0.pf) } ?? found.pf
    // A container may have it: Docker goes on to call it by that name.
    pf.netdev = pf.netdev ?? before?.pf.netdev
    self.init(
      pf: pf, driversAutoprobe: found.driversAutoprobe, vfs: vfs)
    eswitchMode = found.eswitchMode ?? (found.vfs.isEmpty ? nil : before?.eswitchMode)
  }

  /// What is kept of this adapter when `adapters` are saved: nil when one of them takes its place.
  ///
  /// - Parameter pfs: The PFs of the host: a card that is in another slot now is kept there.
  fileprivate func kept(beside adapters: [Adapter], on pfs: [PhysicalFunction]) -> Adapter? {
    if adapters.contains(where: { $0.pf.isSame(as: pf) }) { return nil }
    if let here = pfs.first(where: { $0.isSame(as: pf) }) {
      var moved = self
      moved.pf = here.identified(by: pf)
      return moved
    }
    return adapters.contains { $0.pf.pciAddress == pf.pciAddress } ? nil : self
  }
}

extension Snapshot {
  /// What a person should know who saved before there was anything to save; nil where there is a VF.
  fileprivate var emptiness: String? {
    guard let pf = adapters.first?.pf, adapters.allSatisfy(\.vfs.isEmpty) else { return nil }
    return "no PF has VFs, and a restore of this generation makes none; "
      + "to save VFs, make them first: echo <number> > /sys/bus/pci/devices/\(pf.pciAddress)/sriov_numvfs; "
      + "then run: sriov-persist save"
  }

  /// Whether both say the same of the hardware and of Docker. Names are hints that each boot may change.
  fileprivate func isSame(as other: Snapshot) -> Bool {
    func withoutNames(_ adapters: [Adapter]) -> [Adapter] {
      adapters.map { adapter in
        var adapter = adapter
        (adapter.pf.rdmaDevice, adapter.pf.netdev) = (nil, nil)
        return adapter
      }
    }
    return machineID == other.machineID && withoutNames(adapters) == withoutNames(other.adapters)
      && networks == other.networks
      && plugin == other.plugin && containers == other.containers
  }
}
