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
  ///
  /// As long as somebody else may take to make all VFs: reading the count waits for that.
  private static let observationLimit = Duration.seconds(300)
  /// How long a PF's RDMA device may come after the PF's other devices.
  private static let rdmaDeviceLimit = Duration.seconds(30)

  package init(on host: Host) {
    self.host = host
    outcomes = OutcomeStore(host.disk)
    locks = Locks(host.disk)
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
    let discovery = try discover(names, wait)
    let targets = try Target.choose(names, in: loaded.generation.snapshot, on: discovery, files: host.files)
    let taken = Set(targets.compactMap(\.found?.pciAddress))
    var reports: [Report] = []
    var jobs: [(target: Target, pf: PhysicalFunction, job: Job<Report>)] = []
    for target in targets {
      switch target.match {
      case .found(let pf, let note):
        let job = Job("\(pf): reading", limit: Self.observationLimit, on: host.tasks, ringing: wait.bell) { job in
          restore(pf, to: target.adapter, generation: number, note: note, in: job)
        }
        jobs.append((target, pf, job))
      case .absent(let failure), .refused(let failure):
        let report = Report(pf: target.adapter.pf, generation: number, failure: failure, wanted: target.adapter)
        if !taken.contains(report.pf.pciAddress) { remember(report) }
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
    let discovery = try Discovery(host.files)
    for target in try Target.choose(names, in: loaded.generation.snapshot, on: discovery, files: host.files) {
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

  /// Looks at the host, and waits a while for the RDMA devices of PFs that are there already: without them nobody can tell
  /// which card it is.
  private func discover(_ names: [String], _ wait: Wait) throws -> Discovery {
    var discovery = try Discovery(host.files)
    func nameless() -> [PhysicalFunction] {
      discovery.pfs.filter { pf in pf.nodeGUID == nil && (names.isEmpty || names.contains { pf.isCalled($0) }) }
    }
    guard !nameless().isEmpty else { return discovery }
    host.devices.watch(ringing: wait.bell)
    let deadline = host.tasks.now() + Self.rdmaDeviceLimit
    _ = try wait(
      for: { "waiting for the RDMA device of \(nameless().map(\.description).joined(separator: ", "))" },
      deadline: { deadline },
      until: {
        discovery = try Discovery(host.files)
        return nameless().isEmpty || host.tasks.isTerminating
      })
    return discovery
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
          report.failure = report.steps.isEmpty ? Failure(error) : report.failure ?? Failure(error)
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
      // Durable before the first write: a run that is killed leaves its mark, and what it left is never saved.
      report.failure = Failure(
        .terminated, "the restore of \(report.pf) did not come to its end", remedy: "run: sriov-persist restore")
      try outcomes.save(outcome(of: report))
      let trace = Interpreter(device: device, host: host, begin: { job.begin($0, limit: $1) }).apply(steps)
      report.steps = trace.records
      report.failure = trace.end ?? trace.records.lazy.compactMap(\.failure).first
      job.begin("\(report.pf): verifying", limit: Self.observationLimit)
      // Success of the writes proves nothing: only what reads back counts.
      let after = try device.observe(holdingLock: true)
      let rest = Drift(wanted: adapter, found: after)
      report.note(rest, after)
      report.failure = report.failure ?? report.unverified
      report.result = report.failure == nil ? .restored : .failed
    }
  }

  // MARK: Outcomes

  private func outcome(of report: Report) -> Outcome {
    let before = outcomes.load(report.pf)
    return Outcome(
      pciAddress: report.pf.pciAddress, nodeGUID: report.pf.nodeGUID, generation: report.generation,
      result: report.result,
      finishedAt: host.tasks.date(), seconds: (report.duration / .milliseconds(1)).rounded() / 1000,
      problem: report.failure.map(\.description), verifiedBefore: before?.lastVerifiedGeneration)
  }

  /// Keeps the outcome of a PF that could not even be tried. Not being able to is no reason to fail once more.
  private func remember(_ report: Report) {
    try? locks.withPF(report.pf) { try outcomes.save(outcome(of: report)) }
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
