package import HostInterface
import Mlx5
package import Model
package import Planning
import Storage

/// Brings the VFs of the saved PFs back, side by side.
package struct RestoreVFs: Sendable {
  private let host: Host

  package init(on host: Host) { self.host = host }

  package struct Result: Sendable {
    package let generation: Int
    package let warnings: [String]
    package let reports: [Report]
  }

  /// - Parameters:
  ///   - names: PFs by PCI address, RDMA device or netdev; none means all that are saved.
  ///   - generation: What is restored; nil means the newest that can be read.
  ///   - authority: Whether VFs may be removed, and whether those in use may be.
  /// - Throws: `Failure` when there is nothing to restore from or a name is unknown. What happens to one PF is in its
  ///   report.
  package func run(_ names: [String], generation: Int? = nil, on authority: Authority = .person) throws -> Result {
    let loaded = try LoadedGeneration(GenerationStore(host.disk), number: generation)
    guard host.isPrivileged else {
      throw Failure(.notPermitted, "only root may restore VFs", remedy: "run it with sudo")
    }
    let configuration = Configuration(host.disk)
    let wait = Wait(on: host)
    let targets = try Target.find(names, in: loaded.generation.snapshot, wait)
    try Target.awaitNetdevs(of: targets, within: configuration.netdevLimit, wait)
    let limit = configuration.vfCountLimit(among: loaded.generation.snapshot)
    let restore = PFRestore(to: loaded.generation.number, on: authority, within: limit, host)
    let reports = run(restore, on: targets, within: limit, wait) + absences(of: targets, restore)
    return Result(
      generation: loaded.generation.number, warnings: loaded.warnings,
      reports: reports.sorted { $0.pf.pciAddress < $1.pf.pciAddress })
  }

  /// All at once, each in a thread of its own.
  private func run(_ restore: PFRestore, on targets: [Target], within limit: Duration, _ wait: Wait) -> [Report] {
    let jobs = targets.compactMap { target -> (adapter: Adapter, pf: PhysicalFunction, job: Job<Report>)? in
      guard case .found(let pf, let note) = target.match else { return nil }
      let job = Job("\(pf): reading", limit: limit, on: host.tasks, ringing: wait.bell) { job in
        restore.run(pf, to: target.adapter, note: note, in: job)
      }
      return (target.adapter, pf, job)
    }
    wait.finish(jobs.map(\.job))
    return jobs.map { adapter, pf, job in
      switch job.result {
      case .success(let report): report
      case .failure(let failure): Report(pf: pf, generation: restore.generation, failure: failure, wanted: adapter)
      }
    }
  }

  private func absences(of targets: [Target], _ restore: PFRestore) -> [Report] {
    let found = Set(targets.compactMap(\.found?.pciAddress))
    return targets.compactMap { target in
      guard let failure = target.absence else { return nil }
      let report = Report(
        pf: target.adapter.pf, generation: restore.generation, failure: failure, wanted: target.adapter)
      // Where another saved card sits now, the outcome is that card's.
      if !found.contains(report.pf.pciAddress) { restore.remember(report) }
      return report
    }
  }
}
