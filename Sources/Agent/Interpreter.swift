import HostInterface
import Mlx5
import Model
import Planning
import Synchronization

/// Applies a plan to one PF, one step after another; VFs are unbound and bound several at once.
struct Interpreter: Sendable {
  /// How many VFs change their driver at once.
  private static let driversAtOnce = 8
  /// How long a write that the firmware answers may take.
  private static let stepLimit = Duration.seconds(60)
  /// Some drivers probe one VF at a time, however many are bound at once: half a second each was seen (peers.md 2).
  private static let probeTime = Duration.seconds(2)

  let device: PFDevice
  let host: Host
  /// How long the firmware may take to make or remove all VFs.
  let countLimit: Duration
  let begin: @Sendable (_ words: String, _ limit: Duration) -> Void

  /// What was tried, in order, and the failure that ended it early, if one did.
  struct Trace: Sendable {
    var records: [Report.StepRecord] = []
    var end: Failure?
  }

  /// A VF that could not be unbound or given its identity is left alone from then on: a driver would take over the wrong
  /// one. All else goes on after a failure, so that one bad VF does not cost the others.
  func apply(_ plan: Plan) -> Trace {
    var trace = Trace()
    var left: Set<Int> = []
    for steps in plan.steps.stages {
      let steps = steps.filter { step in step.vf.map { !left.contains($0) } ?? true }
      guard !stopped(&trace) else { break }
      guard !steps.isEmpty else { continue }
      let records = steps.count == 1 ? [attempt(steps[0])] : together(steps)
      trace.records += records.compactMap(\.self)
      for (step, record) in zip(steps, records) {
        guard let failure = record?.failure else { continue }
        switch (step, step.vf) {
        case (.setAttribute(let attribute, _, _), _) where !attribute.isIdentity: break
        case (_, let vf?): left.insert(vf)
        case (_, nil): trace.end = failure
        }
      }
      if records.contains(where: { $0 == nil }) { _ = stopped(&trace) }
    }
    if trace.end != nil { trace.records += plan.cleanUp.map(attempt) }
    return trace
  }

  /// Whether nothing more may be done, because a step failed on which the others stand, or because SIGTERM came.
  private func stopped(_ trace: inout Trace) -> Bool {
    if trace.end == nil && host.tasks.isTerminating {
      trace.end = Failure(
        .terminated, "stopped by a signal before the work on \(device.pf) was done",
        remedy: "run: sriov-persist restore")
    }
    return trace.end != nil
  }

  /// What came of each step; nil for those that a signal came before.
  private func together(_ steps: [Step]) -> [Report.StepRecord?] {
    let records = Mutex([Report.StepRecord?](repeating: nil, count: steps.count))
    begin("\(device.pf): \(steps[0].verb ?? "") \(steps.count) VFs", Self.stepLimit + Self.probeTime * steps.count)
    host.tasks.concurrently(steps.count, atMost: Self.driversAtOnce) { [self] index in
      guard !host.tasks.isTerminating else { return }
      let record = run(steps[index])
      records.withLock { $0[index] = record }
    }
    return records.withLock(\.self)
  }

  private func attempt(_ step: Step) -> Report.StepRecord {
    begin("\(device.pf): \(step)", step.isCount ? countLimit : Self.stepLimit)
    return run(step)
  }

  private func run(_ step: Step) -> Report.StepRecord {
    let start = host.tasks.now()
    var failure: Failure?
    do {
      switch step {
      case .setDriversAutoprobe(let isOn): try device.setDriversAutoprobe(isOn)
      case .removeVFs(let evenIfHeld): try device.removeVFs(evenIfHeld: evenIfHeld)
      case .setVFCount(let count): try device.setVFCount(count)
      case .unbind(let vf, let driver, let evenIfHeld):
        try device.unbind(vf: vf, from: driver, evenIfHeld: evenIfHeld)
      case .setAttribute(let attribute, let value, let vf):
        let reading = try device.set(attribute, to: value, vf: vf)
        if reading != .value(value) { failure = Failure(of: step, on: device.pf, readBack: reading) }
      case .bind(let vf, let driver, let overriding): try device.bind(vf: vf, to: driver, overriding: overriding)
      }
    } catch let error as FileError {
      failure = Failure(of: step, on: device.pf, error)
    } catch {
      failure = Failure(error)
    }
    return Report.StepRecord(words: step.description, duration: host.tasks.now() - start, failure: failure)
  }
}

extension Step {
  fileprivate var isCount: Bool {
    switch self {
    case .setVFCount, .removeVFs: true
    default: false
    }
  }

  /// What several VFs may undergo at once; nil for all other steps.
  fileprivate var verb: String? {
    switch self {
    case .unbind: "unbinding"
    case .bind: "binding"
    default: nil
    }
  }
}

extension [Step] {
  /// The steps in order; neighbours that may be done at once are one stage.
  fileprivate var stages: [[Step]] {
    reduce(into: []) { stages, step in
      if step.verb != nil, stages.last?.first?.verb == step.verb {
        stages[stages.count - 1].append(step)
      } else {
        stages.append([step])
      }
    }
  }
}
