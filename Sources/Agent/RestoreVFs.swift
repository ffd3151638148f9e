package import HostInterface
import Mlx5
package import Model
package import Planning
import Storage

/// Brings the VFs of the saved PFs back: lock → observe → drift → plan → apply → observe → drift, per PF.
package struct RestoreVFs: Sendable {
  private let host: Host
  private let outcomes: OutcomeStore
  private let locks: Locks

  /// How long reading a PF and its VFs may take before it is called stuck.
  private static let observationLimit = Duration.seconds(60)

  package init(on host: Host) {
    self.host = host
    outcomes = OutcomeStore(host.disk)
    locks = Locks(host.disk)
  }

  /// One saved adapter that a run is about, and the PF that it was found to be.
  fileprivate struct Target: Sendable {
    let adapter: Adapter
    let match: Match
  }

  package struct Result: Sendable {
    package let generation: Int
    package let warnings: [String]
    package let reports: [Report]
  }

  /// - Parameter names: PFs by PCI address, RDMA device or netdev; none means all that are saved.
  /// - Throws: `Failure` when there is nothing to restore from or a name is unknown. What happens to one PF is in its
  ///   report.
  package func run(_ names: [String]) throws -> Result {
    guard host.isPrivileged else {
      throw Failure(.notPermitted, "only root may restore VFs", remedy: "run it with sudo")
    }
    let loaded = try LoadedGeneration(GenerationStore(host.disk))
    let number = loaded.generation.number
    let wait = Wait(on: host)
    var reports: [Report] = []
    var jobs: [(target: Target, pf: PhysicalFunction, job: Job<Report>)] = []
    for target in try targets(names, in: loaded.generation.snapshot) {
      switch target.match {
      case .found(let pf, let note):
        let job = Job("\(pf): reading", limit: Self.observationLimit, on: host.tasks, ringing: wait.bell) { job in
          restore(pf, to: target.adapter, generation: number, note: note, in: job)
        }
        jobs.append((target, pf, job))
      case .absent(let failure), .refused(let failure):
        let report = Report(
          pf: target.adapter.pf, generation: number, failure: failure, wanted: target.adapter)
        remember(report)
        reports.append(report)
      }
    }
    wait.finish(jobs.map(\.job))
    for (target, pf, job) in jobs {
      switch job.result {
      case .success(let report): reports.append(report)
      case .failure(let failure):
        reports.append(Report(pf: pf, generation: number, failure: failure, wanted: target.adapter))
      }
    }
    return Result(
      generation: number, warnings: loaded.warnings, reports: reports.sorted { $0.pf.pciAddress < $1.pf.pciAddress })
  }

  // MARK: Dry run

  package struct Preview: Sendable {
    package let pf: PhysicalFunction
    package let note: String?
    package let drift: Drift
    package let plan: Plan
  }

  package struct DryRun: Sendable {
    package let generation: Int
    package let warnings: [String]
    package let previews: [Preview]
    /// Saved PFs that no plan can be made for, and why.
    package let failures: [Failure]
  }

  /// What `run` would do. Takes no lock and writes nothing.
  package func preview(_ names: [String]) throws -> DryRun {
    let loaded = try LoadedGeneration(GenerationStore(host.disk))
    var previews: [Preview] = []
    var failures: [Failure] = []
    for target in try targets(names, in: loaded.generation.snapshot) {
      switch target.match {
      case .found(let pf, let note):
        let observation = try PFDevice(pf, files: host.files).observe(holdingLock: false)
        let drift = Drift(wanted: target.adapter, found: observation)
        previews.append(Preview(pf: pf, note: note, drift: drift, plan: Plan(repairing: drift, of: observation)))
      case .absent(let failure), .refused(let failure): failures.append(failure)
      }
    }
    return DryRun(
      generation: loaded.generation.number, warnings: loaded.warnings, previews: previews, failures: failures)
  }

  // MARK: One PF

  /// The saved adapters that `names` mean, each with what it is on this host.
  private func targets(_ names: [String], in snapshot: Snapshot) throws -> [Target] {
    let discovery = try Discovery(host.files)
    let all = snapshot.adapters.map {
      Target(adapter: $0, match: discovery.locate($0.pf, files: host.files))
    }
    if names.isEmpty { return all }
    var chosen: Set<Int> = []
    for name in names {
      let meant = all.indices.filter { all[$0].isCalled(name) }
      if meant.isEmpty {
        let pf = try discovery.select([name])
        throw Failure(
          .notSaved, "the PF \(pf.map(\.description).joined()) was not saved",
          remedy: "set its VFs up, then run: sriov-persist save --pf \(name)")
      }
      chosen.formUnion(meant)
    }
    return chosen.sorted().map { all[$0] }
  }

  private func restore(
    _ pf: PhysicalFunction, to adapter: Adapter, generation: Int, note: String?, in job: Job<Report>
  ) -> Report {
    let start = host.tasks.now()
    var report = Report(
      pf: pf, generation: generation, wantedVFs: adapter.vfs.count, foundVFs: nil, result: .failed,
      notes: note.map { [$0] } ?? [])
    do {
      try locks.withPF(pf) {
        do {
          try restore(&report, to: adapter, in: job)
        } catch {
          report.failure = Failure(error)
        }
        report.duration = host.tasks.now() - start
        try outcomes.save(outcome(of: report))
      }
    } catch {
      // Another run has the PF, or this one's outcome could not be kept: either way the PF is not known to be right.
      report.result = .failed
      report.failure = report.failure ?? Failure(error)
      report.duration = host.tasks.now() - start
    }
    return report
  }

  private func restore(_ report: inout Report, to adapter: Adapter, in job: Job<Report>) throws {
    let device = PFDevice(report.pf, files: host.files)
    let observation = try device.observe(holdingLock: true)
    let drift = Drift(wanted: adapter, found: observation)
    report.note(drift, observation)
    switch Plan(repairing: drift, of: observation) {
    case .nothing:
      report.result = .unchanged
    case .refusal(let failure):
      report.result = .refused
      report.failure = failure
    case .steps(let steps):
      let trace = Interpreter(device: device, host: host, begin: { job.begin($0, limit: $1) }).apply(steps)
      report.steps = trace.records
      job.begin("\(report.pf): verifying", limit: Self.observationLimit)
      // Success of the writes proves nothing: only what reads back counts.
      let after = try device.observe(holdingLock: true)
      let rest = Drift(wanted: adapter, found: after)
      report.note(rest, after)
      report.failure = trace.end ?? trace.records.lazy.compactMap(\.failure).first ?? report.unverified
      report.result = report.failure == nil ? .restored : .failed
    }
  }

  // MARK: Outcomes

  private func outcome(of report: Report) -> Outcome {
    let address = report.pf.pciAddress
    let verified = [.restored, .unchanged].contains(report.result)
    return Outcome(
      pciAddress: address, nodeGUID: report.pf.nodeGUID, generation: report.generation, result: report.result,
      finishedAt: host.tasks.date(), seconds: (report.duration / .milliseconds(1)).rounded() / 1000,
      problem: report.failure.map(\.description),
      lastVerifiedGeneration: verified ? report.generation : outcomes.load(address)?.lastVerifiedGeneration)
  }

  /// Keeps the outcome of a PF that could not even be tried. Not being able to is no reason to fail once more.
  private func remember(_ report: Report) {
    try? locks.withPF(report.pf) { try outcomes.save(outcome(of: report)) }
  }
}

extension RestoreVFs.Target {
  /// Under a name of today, or the name of a saved PF that is not there.
  fileprivate func isCalled(_ name: String) -> Bool {
    switch match {
    case .found(let pf, _): pf.isCalled(name)
    case .absent, .refused: adapter.pf.isCalled(name)
    }
  }
}

extension Report {
  /// A PF that nothing could be done for.
  fileprivate init(pf: PhysicalFunction, generation: Int, failure: Failure, wanted: Adapter) {
    self.init(
      pf: pf, generation: generation, wantedVFs: wanted.vfs.count, foundVFs: nil,
      result: failure.kind == .refused ? .refused : .failed, failure: failure)
  }

  fileprivate mutating func note(_ drift: Drift, _ observation: Observation) {
    foundVFs = observation.vfCount
    remaining = drift.differences
    notVisible = drift.notVisible
  }

  /// Every write succeeded, and yet the PF is not as it should be.
  fileprivate var unverified: Failure? {
    guard let first = remaining.first else { return nil }
    let more = remaining.count > 1 ? " (and \(remaining.count - 1) more)" : ""
    return Failure(
      .writeFailed, "\(pf) did not read back as written: \(first)\(more)",
      remedy: "see what else differs: sriov-persist status")
  }
}
