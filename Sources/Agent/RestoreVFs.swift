package import HostInterface
import Mlx5
package import Model
import Planning
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
  ///   - replacingVFs: Whether VFs may be removed, unbound or given another identity although they are in use.
  /// - Throws: `Failure` when there is nothing to restore from or a name is unknown. What happens to one PF is in its
  ///   report.
  package func run(_ names: [String], generation: Int? = nil, replacingVFs: Bool = false) throws -> Result {
    let loaded = try LoadedGeneration(GenerationStore(host.disk), number: generation)
    guard host.isPrivileged else {
      throw Failure(.notPermitted, "only root may restore VFs", remedy: "run it with sudo")
    }
    let isUnit = host.notifier.isConnected
    guard !(isUnit && replacingVFs) else {
      throw Failure(
        .usage, "a unit does not replace VFs", remedy: "run it by hand: sriov-persist restore --replace-vfs")
    }
    let configuration = Configuration(host.disk)
    let number = loaded.generation.number
    let restore = PFRestore(
      to: number, on: isUnit ? .unit : replacingVFs ? .replacing : .person, within: configuration.vfCountLimit, host)
    let wait = Wait(on: host)
    let targets = try Target.find(names, in: loaded.generation.snapshot, wait)
    let found = Set(targets.compactMap(\.found?.pciAddress))
    var reports: [Report] = []
    var jobs: [(adapter: Adapter, pf: PhysicalFunction, job: Job<Report>)] = []
    for target in targets {
      switch target.match {
      case .found(let pf, let note):
        let job = Job("\(pf): reading", limit: configuration.vfCountLimit, on: host.tasks, ringing: wait.bell) { job in
          restore.run(pf, to: target.adapter, note: note, in: job)
        }
        jobs.append((target.adapter, pf, job))
      case .absent(let failure), .refused(let failure):
        let report = Report(pf: target.adapter.pf, generation: number, failure: failure, wanted: target.adapter)
        // Where another saved card sits now, the outcome is that card's.
        if !found.contains(report.pf.pciAddress) { restore.remember(report) }
        reports.append(report)
      }
    }
    wait.finish(jobs.map(\.job))
    reports += jobs.map { adapter, pf, job in
      switch job.result {
      case .success(let report): report
      case .failure(let failure): Report(pf: pf, generation: number, failure: failure, wanted: adapter)
      }
    }
    return Result(
      generation: number, warnings: loaded.warnings + configuration.warnings,
      reports: reports.sorted { $0.pf.pciAddress < $1.pf.pciAddress })
  }
}
