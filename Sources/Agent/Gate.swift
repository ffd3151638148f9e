import Fabric
package import HostInterface
import Model
import Planning
import Storage

/// Waits until what the current generation promises is in place. Changes nothing.
package struct Gate: Sendable {
  package enum Extent: Sendable {
    /// The VFs of the PFs that Docker's networks are on: what Docker has to wait for. Docker is not asked.
    case vfsOfNetworks
    /// VFs, ports, networks.
    case everything
  }

  private let host: Host
  private let extent: Extent

  package init(_ extent: Extent = .everything, on host: Host) {
    self.host = host
    self.extent = extent
  }

  /// Returns, in words, what is in place.
  ///
  /// - Throws: `Failure` (`unavailable`) that names each PF and network that is not as saved when `limit` has passed, and
  ///   why; (`refused`) at once where another host saved it; or what keeps the generations from being read.
  package func pass(within limit: Duration) throws -> String {
    let start = host.tasks.now()
    let wait = Wait(on: host)
    let touched = TouchedFunctions(on: host, ringing: wait.bell)
    // Each restore ends by writing there. That is only the moment to look: what counts is what is there.
    // Without it, as for somebody who is not root, the slow look is what is left.
    try? host.disk.watch(StateFolders.bootOutcomes, for: .files, ringing: wait.bell)
    // A restore has its PF's lock for a moment longer, and then it may seem to be under way.
    try? host.disk.watch(StateFolders.locks, for: .locks, ringing: wait.bell)
    var last: Look?
    var lastOfAll = start
    let isMet = try wait(
      for: { "waiting for \((last?.unmet ?? []).map(\.what).joined(separator: ", "))" },
      deadline: { start + limit },
      until: {
        // What no event tells, such as a policy that a person writes, is seen in time by a look at everything.
        let isForAll = host.tasks.now() >= lastOfAll + Wait.safetyPeriod
        if isForAll { lastOfAll = host.tasks.now() }
        let functions = touched.take()
        let now = try self.look(after: isForAll ? nil : last?.status, touched: functions)
        last = now
        if host.tasks.isTerminating { throw Failure(.terminated, "stopped by a signal while waiting") }
        return now.unmet.isEmpty
      })
    // The wait has looked at least once.
    let look = try last ?? self.look(after: nil, touched: nil)
    guard isMet else {
      throw Failure(
        .unavailable,
        "not as saved after \(limit.components.seconds) s: \(look.unmet.map(\.why).joined(separator: "; "))",
        remedy: "see: sriov-persist status")
    }
    return look.words
  }

  private struct Look {
    /// What is not in place, and why.
    var unmet: [(what: String, why: String)] = []
    var words = ""
    let status: Status
  }

  /// - Parameters:
  ///   - last: The look before.
  ///   - functions: Which PCI functions were touched since; nil means any.
  private func look(after last: Status?, touched functions: Set<PCIAddress>?) throws -> Look {
    let status = try Status(of: host, after: last, touched: functions)
    if let otherHost = status.otherHost(than: host) { throw otherHost }
    let entries = extent == .everything ? status.entries : status.entriesBelowNetworks
    var look = Look(status: status)
    for entry in entries where !entry.isAsSaved {
      look.unmet.append((entry.pf.pciAddress.description, entry.reason(in: status.generation)))
    }
    let count = entries.map(\.wantedVFs).reduce(0, +)
    look.words = "\(entries.count.of("PF")) with \(count.of("VF")) as in generation \(status.generation)"
    guard extent == .everything else {
      if entries.isEmpty { look.words = "no network of Docker's is saved in generation \(status.generation)" }
      return look
    }
    for entry in entries where entry.isAsSaved && entry.needsPort {
      guard let port = entry.port, !port.isReady else { continue }
      let words = port.words(of: entry.pf.pciAddress)
      look.unmet.append((words, words))
    }
    // Docker is asked last: nothing of its is usable before.
    guard look.unmet.isEmpty else { return look }
    let networks = status.networks(on: host).entries
    // Whoever has one, its PF or Docker is not done with it.
    for entry in networks where !entry.isUsable || entry.holder != nil {
      look.unmet.append(("network \(entry.network.name)", entry.reason))
    }
    if !networks.isEmpty { look.words += ", \(networks.count.of("network")) usable" }
    return look
  }
}

extension NetworkStatus.Entry {
  /// Why it is not usable.
  fileprivate var reason: String {
    if let holder { return "network \(network.name): restore in progress (\(holder))" }
    let why = problem?.message ?? "to be done: \(plan?.steps.first.map(\.description) ?? "nothing")"
    return "network \(network.name): \(why)"
  }
}

extension Status {
  fileprivate var entriesBelowNetworks: [Entry] {
    let devices = Set((saved.snapshot.networks ?? []).filter { !$0.isPassthrough }.compactMap(\.netdevice?.pf))
    return zip(saved.snapshot.adapters, entries).filter { devices.contains($0.0.pf.pciAddress) }.map(\.1)
  }
}

extension Status.Entry {
  /// Why it is not as saved.
  fileprivate func reason(in generation: Int) -> String {
    switch state {
    case .failed(let failure): return failure.message
    case .restoring(let holder): return "\(pf): restore in progress (\(holder))"
    case .compared(let drift):
      if drift.isEmpty, let failure = drift.notVisible.failure(on: pf) { return failure.message }
      let what = "\(pf): \(drift.differences.lines.joined(separator: ", "))"
      switch outcomeOfThisBoot {
      case nil:
        return "\(what); no restore was started: udev sent no event, or sriov-persist@\(pf.pciAddress) is masked"
      case let outcome? where outcome.generation != generation:
        return "\(what); it was restored to generation \(outcome.generation), and \(generation) is the current one"
      case let outcome? where !outcome.isFailure: return "\(what); that was changed after its restore of this boot"
      case let outcome?:
        return "\(pf): its restore \(outcome.result.rawValue): \(pf.withoutName(outcome.problem ?? ""))"
      }
    }
  }
}
