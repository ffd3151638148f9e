import HostInterface
import Mlx5
import Model
import Planning
import Synchronization

/// Applies a plan to one PF. What is done to one VF is a chain of its own: it is begun or not, and a signal that comes
/// meanwhile does not leave the VF without its driver. Chains that change drivers run several at once.
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
  var begin: @Sendable (_ words: String, _ limit: Duration, _ isQuick: Bool) -> Void

  /// What was tried, in order, and the failure that ended it early, if one did.
  struct Trace: Sendable {
    var records: [Report.StepRecord] = []
    var end: Failure?
  }

  /// A VF that could not be unbound or given its identity or its VLAN is left alone from then on: a driver would take over
  /// the wrong one, or its user send into another's network. All else goes on after a failure, so that one bad VF does not
  /// cost the others. But VFs are taken from their drivers one by one until one has come through, and no more once one got
  /// no identity: so it may go with all.
  func apply(_ plan: Plan) -> Trace {
    var trace = Trace()
    var left: Set<Int> = []
    var mayUnbind = true
    var place = 1
    // That a PF is in switchdev mode may show only once it has VFs.
    var mode: ESwitchMode?
    for stage in plan.steps.stages where trace.end == nil {
      let isRebinding = stage[0][0].isUnbind
      var chains = stage.map { steps in
        defer { place += steps.count }
        return Chain(place: place, steps: steps.filter { $0.isOurs(in: mode) })
      }.filter { chain in chain.steps.first.map { $0.vf.map { !left.contains($0) } ?? true } ?? false }[...]
      var isProven = !isRebinding
      while !chains.isEmpty && (mayUnbind || !isRebinding) && !stopped(&trace) {
        let next = Array(isProven ? chains : chains.prefix(1))
        chains = chains.dropFirst(next.count)
        let outcomes =
          next.count == 1 ? [run(next[0], of: plan.steps.count)] : together(next)
        for (chain, records) in zip(next, outcomes) {
          trace.records += records
          for (step, record) in zip(chain.steps, records) where record.failure != nil {
            if step.vf == nil { trace.end = record.failure }
            if step.isUnbind || step.isVital, let vf = step.vf { left.insert(vf) }
            if step.isIdentity || step.isVital && isRebinding { mayUnbind = false }
          }
          isProven = isProven || !records.isEmpty && records.allSatisfy { $0.failure == nil }
        }
        if outcomes.contains(where: \.isEmpty) { _ = stopped(&trace) }
      }
      if stage[0][0].isCount { mode = (try? device.eswitchMode) ?? nil }
    }
    if trace.end != nil { trace.records += plan.cleanUp.map { attempt($0) } }
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

  /// What is done to one VF, or to the PF, one after another.
  private struct Chain {
    /// Of its first step in the plan, counted from 1.
    let place: Int
    let steps: [Step]
  }

  /// Up to the first step on which the rest of the chain stands.
  ///
  /// - Parameter total: The number of the plan's steps.
  private func run(_ chain: Chain, of total: Int) -> [Report.StepRecord] {
    var records: [Report.StepRecord] = []
    for (number, step) in zip(chain.place..., chain.steps) {
      let record = attempt(step, ", step \(number) of \(total)")
      records.append(record)
      if record.failure != nil && (step.isUnbind || step.isVital) { break }
    }
    return records
  }

  /// What came of each chain; nothing for those that a signal came before.
  private func together(_ chains: [Chain]) -> [[Report.StepRecord]] {
    let outcomes = Mutex((records: [[Report.StepRecord]](repeating: [], count: chains.count), finished: 0))
    @Sendable func tell(_ finished: Int) {
      let limit = Self.stepLimit + Self.probeTime * (chains.count - finished)
      begin("\(device.pf): binding VFs, \(finished) of \(chains.count) done", limit, false)
    }
    tell(0)
    host.tasks.concurrently(chains.count, atMost: Self.driversAtOnce) { [self] index in
      guard !host.tasks.isTerminating else { return }
      var quiet = self
      quiet.begin = { _, _, _ in }
      let records = quiet.run(chains[index], of: chains[index].steps.count)
      outcomes.withLock { outcomes in
        outcomes.records[index] = records
        outcomes.finished += 1
        tell(outcomes.finished)
      }
    }
    return outcomes.withLock(\.records)
  }

  /// - Parameter place: Where in the plan it is, for people.
  private func attempt(_ step: Step, _ place: String = "") -> Report.StepRecord {
    begin("\(device.pf): \(step)\(place)", step.isCount ? countLimit : Self.stepLimit, step.written != nil)
    let start = host.tasks.now()
    var failure: Failure?
    do {
      switch step {
      case .setDriversAutoprobe(let isOn): try device.setDriversAutoprobe(isOn)
      case .removeVFs(let evenIfHeld): try device.removeVFs(evenIfHeld: evenIfHeld)
      case .setVFCount(let count): try device.setVFCount(count)
      case .unbind(let vf, let driver, let next, let evenIfHeld):
        try device.unbind(vf: vf, from: driver, next: next, evenIfHeld: evenIfHeld)
      case .setAttribute(let attribute, let value, let vf, let evenIfHeld):
        let reading = try device.set(attribute, to: value, vf: vf, evenIfHeld: evenIfHeld)
        if !reading.allows(value) { failure = Failure(of: step, on: device.pf, readBack: reading) }
      case .takeBack(let attribute, let value, let vf):
        let reading = try device.takeBack(attribute, to: value, vf: vf)
        if !reading.allows(value) { failure = Failure(of: step, on: device.pf, readBack: reading) }
      case .bind(let vf, let driver, let overriding): try device.bind(vf: vf, to: driver, overriding: overriding)
      }
    } catch let error as FileError {
      failure = Failure(of: step, on: device.pf, error)
    } catch let error as NetlinkError {
      failure = Failure(of: step, on: device.pf, error)
    } catch {
      failure = Failure(error)
    }
    return Report.StepRecord(
      words: step.description, duration: host.tasks.now() - start, failure: failure,
      boundVF: step.isBind ? step.vf : nil, written: step.written)
  }
}
