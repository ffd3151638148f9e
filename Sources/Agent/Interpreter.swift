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
  static let stepLimit = Duration.seconds(60)
  /// Some drivers probe one VF at a time, however many are bound at once: half a second each was seen (peers.md 2).
  private static let probeTime = Duration.seconds(2)

  /// How long that many VFs may take to be probed.
  static func limit(ofProbing count: Int) -> Duration { stepLimit + probeTime * count }

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
  /// the wrong one, or its user send into another's network. One that was taken from its driver gets it back if its identity
  /// was written and only could not be read back: its own RDMA device will tell. All else goes on after a failure, so that one bad VF does not
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
            if step.breaksChain(record, isRebinding: isRebinding), let vf = step.vf { left.insert(vf) }
            if step.isIdentity || step.isVital && isRebinding { mayUnbind = false }
          }
          isProven = isProven || !records.isEmpty && records.allSatisfy { $0.failure == nil }
        }
        if outcomes.contains(where: \.isEmpty) { _ = stopped(&trace) }
      }
      guard stage[0][0].isCount else { continue }
      mode = (try? device.eswitchMode) ?? nil
      for (vf, failure) in remembered(in: plan) {
        left.insert(vf)
        trace.records.append(
          Report.StepRecord(words: "VF \(vf): leave without a driver", duration: .zero, failure: failure))
      }
    }
    if trace.end != nil { trace.records += plan.cleanUp.map { attempt($0) } }
    return trace
  }

  /// VFs that the driver gave a GUID that it remembers (mlx5.md 4.3), where the plan gives it to another VF. Two functions
  /// with one GUID break the subnet.
  private func remembered(in plan: Plan) -> [(vf: Int, failure: Failure)] {
    var owners: [VFValue: Int] = [:]
    var written: Set<VFSetting> = []
    for case .setAttribute(let attribute, let value, let vf, _) in plan.steps
    where VFAttribute.guids.contains(attribute) {
      owners[value] = vf
      written.insert(VFSetting(vf: vf, attribute: attribute))
    }
    guard !owners.isEmpty, let guids = try? device.guids else { return [] }
    return guids.compactMap { vf, guids in
      let other = guids.lazy.compactMap { attribute, value -> (Int, VFValue)? in
        guard let owner = owners[value], owner != vf,
          !written.contains(VFSetting(vf: vf, attribute: attribute))
        else { return nil }
        return (owner, value)
      }.first
      return other.map { owner, value in
        (
          vf,
          Failure(
            .refused, "\(device.pf): VF \(vf) came back with the GUID \(value), which is saved as VF \(owner)'s",
            remedy: "give VF \(vf) its own GUIDs, then save; or generate them: sriov-persist save --generate-guids")
        )
      }
    }.sorted { $0.vf < $1.vf }
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
      if step.breaksChain(record, isRebinding: chain.steps[0].isUnbind) { break }
    }
    return records
  }

  /// What came of each chain; nothing for those that a signal came before.
  private func together(_ chains: [Chain]) -> [[Report.StepRecord]] {
    let outcomes = Mutex((records: [[Report.StepRecord]](repeating: [], count: chains.count), finished: 0))
    @Sendable func tell(_ finished: Int) {
      let limit = Self.limit(ofProbing: chains.count - finished)
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
    var isUnverified = false
    do {
      switch step {
      case .setDriversAutoprobe(let isOn): try device.setDriversAutoprobe(isOn)
      case .removeVFs(let evenIfHeld): try device.removeVFs(evenIfHeld: evenIfHeld)
      case .setVFCount(let count): try device.setVFCount(count)
      case .unbind(let vf, let driver, let next, let evenIfHeld):
        try device.unbind(vf: vf, from: driver, next: next, evenIfHeld: evenIfHeld)
      case .setAttribute(let attribute, let value, let vf, let evenIfHeld):
        let reading = try device.set(attribute, to: value, vf: vf, evenIfHeld: evenIfHeld)
        isUnverified = reading.isUnreadable
        if isUnverified || !reading.allows(value) { failure = Failure(of: step, on: device.pf, readBack: reading) }
      case .takeBack(let attribute, let value, let vf):
        let reading = try device.takeBack(attribute, to: value, vf: vf)
        isUnverified = reading.isUnreadable
        if isUnverified || !reading.allows(value) { failure = Failure(of: step, on: device.pf, readBack: reading) }
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
      boundVF: step.isBind ? step.vf : nil, written: step.written, isUnverified: isUnverified)
  }
}

extension Step {
  /// Whether nothing more may be done to its VF after what came of it.
  fileprivate func breaksChain(_ record: Report.StepRecord, isRebinding: Bool) -> Bool {
    guard record.failure != nil else { return false }
    return isUnbind || isVital && !(record.isUnverified && isIdentity && isRebinding)
  }
}
