import HostInterface
import Mlx5
import Model
import Planning
import Storage
import SystemPackage

/// The restore of one PF: lock → observe → drift → plan → apply → observe → drift.
struct PFRestore: Sendable {
  private let host: Host
  let generation: Int
  private let authority: Authority
  private let countLimit: Duration
  private let outcomes: OutcomeStore
  private let locks: Locks

  /// - Parameter countLimit: How long a count write may take before it is called stuck.
  init(to generation: Int, on authority: Authority, within countLimit: Duration, _ host: Host) {
    self.host = host
    self.generation = generation
    self.authority = authority
    self.countLimit = countLimit
    outcomes = OutcomeStore(host.disk)
    locks = Locks(host.disk)
  }

  func run(_ pf: PhysicalFunction, to adapter: Adapter, note: String?, in job: Job<Report>) -> Report {
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
        if let error = try outcomes.save(outcome(of: report)) { report.notes.append(Self.remark(on: error)) }
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
    let device = PFDevice(report.pf, on: host)
    var look = PatientLook(device: device, host: host)
    look.probeLimit = Interpreter.limit(ofProbing: adapter.vfs.count)
    look.begin = { job.begin($0, limit: $1) }
    let planned = try Planned(adapter, seenBy: look, on: authority)
    let plan = planned.plan
    report.notes += planned.notes
    report.note(planned.drift, planned.found)
    if !plan.steps.isEmpty {
      // Recorded before the first write: a run that is killed counts as failed, and what it left is never saved. If /var
      // cannot be written, the record below /run is enough: no VFs outlive a boot.
      var begun = report
      begun.failure = Failure(
        .terminated, "the restore of \(report.pf) did not come to its end", remedy: "run: sriov-persist restore")
      _ = try outcomes.save(outcome(of: begun))
      if plan.steps.contains(where: \.isCount) { noteWhatPluginRead(of: planned.found) }
      let interpreter = Interpreter(device: device, host: host, countLimit: countLimit) {
        job.begin($0, limit: $1, isQuick: $2)
      }
      let trace = interpreter.apply(plan)
      report.steps = trace.records
      report.failure = trace.end
      job.begin("\(report.pf): verifying", limit: countLimit)
      look.bound = Set(report.steps.filter { $0.failure == nil }.compactMap(\.boundVF))
      let (found, drift) = try look.compare(with: adapter)
      report.note(drift, found)
      // Neither success of a write nor its failure proves anything: only what reads back counts.
      for step in trace.records {
        guard let failure = step.failure else { continue }
        if report.remaining.isEmpty && report.notVisible.unread.isEmpty && !report.isHidden(step) {
          report.notes.append("right all the same: \(report.pf.withoutName(failure.message))")
        } else {
          report.failure = report.failure ?? failure
        }
      }
    }
    report.failure =
      report.failure ?? plan.refusal ?? report.notVisible.failure(on: report.pf) ?? report.unverified
    report.result =
      switch report.failure?.kind {
      case nil: plan.steps.isEmpty ? .unchanged : .restored
      case .refused: .refused
      default: .failed
      }
  }

  /// The network plugin may have read how many VFs there were, and would give out those that are gone.
  private func noteWhatPluginRead(of found: Observation) {
    guard found.vfCount > 0, let seen = try? DockerNotes.Telling(on: found.pf, host) else { return }
    DockerNotes(host.disk).noteBeforeChange(seen, ofPF: found.pf.pciAddress.description)
  }

  // MARK: Outcomes

  private func outcome(of report: Report) -> Outcome {
    let before = outcomes.load(report.pf)
    return Outcome(
      of: report.pf, generation: report.generation, result: report.result, finishedAt: host.tasks.date(),
      seconds: (report.duration / .milliseconds(1)).rounded() / 1000, problem: report.failure.map(\.description),
      verifiedBefore: before?.verifiedGenerations ?? [])
  }

  private static func remark(on error: FileError) -> String {
    let remedy =
      [.noSpace, .diskQuotaExceeded].contains(error.errno)
      ? "free space there" : "make its file system writable"
    return "failed to record the outcome on disk: \(error); the next boot will not know it; \(remedy), "
      + "then run: sriov-persist restore"
  }

  /// Keeps the outcome of a PF that could not even be tried. Not being able to is no reason to fail once more.
  func remember(_ report: Report) {
    try? locks.withPF(report.pf) { _ = try outcomes.save(outcome(of: report)) }
  }
}

extension Report {
  /// A PF that nothing could be done for.
  init(pf: PhysicalFunction, generation: Int, failure: Failure, wanted: Adapter) {
    self.init(
      pf: pf, generation: generation, wantedVFs: wanted.vfs.count, foundVFs: nil,
      result: failure.kind == .refused ? .refused : .failed, failure: failure)
  }

  fileprivate mutating func note(_ drift: Drift, _ observation: Observation) {
    foundVFs = observation.vfCount
    remaining = drift.differences
    notVisible = drift.notVisible
    notes += drift.notes.filter { !notes.contains($0) }
  }

  /// Whether it cannot be seen what the step wrote.
  fileprivate func isHidden(_ step: StepRecord) -> Bool {
    notVisible.contains { $0.vf == step.written?.vf && $0.attribute == step.written?.attribute }
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
