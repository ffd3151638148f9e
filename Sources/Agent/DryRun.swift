package import HostInterface
import Mlx5
package import Model
package import Planning
import Storage

/// What a restore would do. Takes no lock and writes nothing.
package struct DryRun: Sendable {
  /// One PF that a plan can be made for.
  package struct Preview: Sendable {
    package let pf: PhysicalFunction
    package let notes: [String]
    package let drift: Drift
    package let plan: Plan
  }

  package let generation: Int
  package let warnings: [String]
  package let previews: [Preview]
  /// Saved PFs that no plan can be made for, and why.
  package let failures: [Failure]

  /// - Throws: `Failure`, as `RestoreVFs.run`.
  package init(
    of names: [String], generation: Int? = nil, for authority: Authority = .person, on host: Host
  ) throws {
    let loaded = try LoadedGeneration(GenerationStore(host.disk), number: generation)
    let discovery = try Discovery(host.files, host.netlink)
    var previews: [Preview] = []
    var failures: [Failure] = []
    for target in try Target.choose(names, in: loaded.generation.snapshot, on: discovery, host) {
      switch target.match {
      case .found(let pf, let note):
        // What somebody is just changing cannot be planned for, and reading it may block as long as that takes.
        if let holder = try Locks(host.disk).holder(ofPF: pf.pciAddress) {
          failures.append(Failure(.busy, "another run has the PF \(pf) (\(holder))", remedy: "wait for it to end"))
          continue
        }
        let look = PatientLook(device: PFDevice(pf, on: host), host: host, holdingLock: false)
        let planned = try Planned(target.adapter, seenBy: look, on: authority)
        if let failure = planned.drift.notVisible.failure(on: pf) { failures.append(failure) }
        let notes = (note.map { [$0] } ?? []) + planned.notes
        previews.append(Preview(pf: pf, notes: notes, drift: planned.drift, plan: planned.plan))
      case .absent(let failure), .refused(let failure): failures.append(failure)
      }
    }
    self.generation = loaded.generation.number
    warnings = loaded.warnings
    self.previews = previews
    self.failures = failures
  }
}
