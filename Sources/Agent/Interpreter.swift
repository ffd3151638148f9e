import HostInterface
import Mlx5
import Model
import Planning
import Synchronization

/// Applies the steps of a plan to one PF, one after another; VFs are bound several at once.
struct Interpreter: Sendable {
  /// How many VFs are bound at once.
  private static let bindsAtOnce = 8
  /// How long a write that the firmware answers may take.
  private static let stepLimit = Duration.seconds(60)
  /// Some drivers probe one VF at a time, however many are bound at once: half a second each was seen (peers.md 2).
  private static let probeTime = Duration.seconds(2)
  /// How long all VFs of a PF may take to be made: 125 of them were seen to take 65 s (mlx5.md 3.5).
  private static let countLimit = Duration.seconds(300)

  let device: PFDevice
  let host: Host
  let begin: @Sendable (_ words: String, _ limit: Duration) -> Void

  /// What was tried, in order, and the failure that ended it early, if one did.
  struct Trace: Sendable {
    var records: [Report.StepRecord] = []
    var end: Failure?
  }

  /// A VF whose identity could not be written is not bound: its driver would take over the wrong one. All else goes on
  /// after a failure, so that one bad VF does not cost the others.
  func apply(_ plan: Plan.Steps) -> Trace {
    var trace = Trace()
    var withoutIdentity: Set<Int> = []
    let (sequential, binds) = plan.steps.split { if case .bind = $0 { true } else { false } }
    for step in sequential {
      guard !stopped(&trace) else { break }
      let record = attempt(step)
      trace.records.append(record)
      guard let failure = record.failure else { continue }
      switch step {
      case .setAttribute(let attribute, _, let vf):
        if attribute.isIdentity { withoutIdentity.insert(vf) }
      case .setVFCount, .setDriversAutoprobe, .bind:
        trace.end = failure
      }
    }
    let bindable = binds.filter { step in step.vf.map { !withoutIdentity.contains($0) } ?? true }
    if !bindable.isEmpty && !stopped(&trace) {
      let records = bind(bindable)
      trace.records += records
      if records.count < bindable.count { _ = stopped(&trace) }
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

  private func bind(_ steps: [Step]) -> [Report.StepRecord] {
    let records = Mutex([Int: Report.StepRecord]())
    begin("\(device.pf): binding \(steps.count) VFs", Self.stepLimit + Self.probeTime * steps.count)
    host.tasks.concurrently(steps.count, atMost: Self.bindsAtOnce) { [self] index in
      guard !host.tasks.isTerminating else { return }
      let record = attempt(steps[index])
      records.withLock { $0[index] = record }
    }
    return records.withLock { records in records.sorted { $0.key < $1.key }.map(\.value) }
  }

  private func attempt(_ step: Step) -> Report.StepRecord {
    if case .bind = step {} else { begin("\(device.pf): \(step)", step.isCount ? Self.countLimit : Self.stepLimit) }
    let start = host.tasks.now()
    var failure: Failure?
    do throws(FileError) {
      switch step {
      case .setDriversAutoprobe(let isOn): try device.setDriversAutoprobe(isOn)
      case .setVFCount(let count): try device.setVFCount(count)
      case .setAttribute(let attribute, let value, let vf):
        let reading = try device.set(attribute, to: value, vf: vf)
        if reading != .value(value) { failure = Failure(of: step, on: device.pf, readBack: reading) }
      case .bind(let vf, let driver, let overriding): try device.bind(vf: vf, to: driver, overriding: overriding)
      }
    } catch {
      failure = Failure(of: step, on: device.pf, error)
    }
    return Report.StepRecord(words: step.description, duration: host.tasks.now() - start, failure: failure)
  }
}

extension Step {
  fileprivate var isCount: Bool {
    if case .setVFCount = self { true } else { false }
  }
}

extension Array {
  /// The elements that do not satisfy the condition, and those that do.
  fileprivate func split(_ isSecond: (Element) -> Bool) -> (first: [Element], second: [Element]) {
    (filter { !isSecond($0) }, filter(isSecond))
  }
}
