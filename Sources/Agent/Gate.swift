package import HostInterface
import Model
import Planning
import Storage

/// Waits until everything that the current generation promises is in place. Writes nothing.
package struct Gate: Sendable {
  private let host: Host

  package init(on host: Host) { self.host = host }

  /// Returns, in words, what is in place.
  ///
  /// - Throws: `Failure` (`unavailable`) that names each PF that is not as saved when `limit` has passed, and why; or what
  ///   keeps the generations from being read.
  package func pass(within limit: Duration) throws -> String {
    let start = host.tasks.now()
    let wait = Wait(on: host)
    host.devices.watch(ringing: wait.bell)
    // Each restore ends by writing its outcome. That is only the moment to look: what counts is what is there.
    // Without it, as for somebody who is not root, the slow look is what is left.
    try? host.disk.watch(StateFolders.bootOutcomes, ringing: wait.bell)
    var last: Status?
    let isMet = try wait(
      for: { "waiting for \((last?.unmet ?? []).map(\.pf.pciAddress.description).joined(separator: ", "))" },
      deadline: { start + limit },
      until: {
        let now = try Status(of: host)
        last = now
        if host.tasks.isTerminating { throw Failure(.terminated, "stopped by a signal while waiting") }
        return now.unmet.isEmpty
      })
    // The wait has looked at least once.
    let status = try last ?? Status(of: host)
    guard isMet else {
      throw Failure(
        .unavailable,
        "not as saved after \(limit.components.seconds) s: \(status.unmet.map { $0.reason(in: status.generation) }.joined(separator: "; "))",
        remedy: "see: sriov-persist status")
    }
    let count = status.entries.map(\.wantedVFs).reduce(0, +)
    return "\(status.entries.count.of("PF")) with \(count.of("VF")) as in generation \(status.generation)"
  }
}

extension Status {
  fileprivate var unmet: [Entry] { entries.filter { !$0.isAsSaved } }
}

extension Status.Entry {
  /// Why it is not as saved.
  fileprivate func reason(in generation: Int) -> String {
    switch state {
    case .failed(let failure): return failure.message
    case .restoring(let holder): return "\(pf): restore in progress (\(holder))"
    case .compared(let drift):
      let what = "\(pf): \(drift.differences.lines.joined(separator: ", "))"
      switch outcomeOfThisBoot {
      case nil:
        return "\(what); no restore was started: udev sent no event, or sriov-persist@\(pf.pciAddress) is masked"
      case let outcome? where outcome.generation != generation:
        return "\(what); it was restored to generation \(outcome.generation), and \(generation) is the current one"
      case let outcome? where !outcome.isFailure: return "\(what); that was changed after its restore of this boot"
      case let outcome?: return "\(pf): its restore \(outcome.result.rawValue): \(outcome.problem ?? "")"
      }
    }
  }
}
