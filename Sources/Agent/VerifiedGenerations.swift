package import HostInterface
package import Model
package import Storage

/// Which generations a host was seen to be in, PF by PF, as the outcomes of restores tell.
package struct VerifiedGenerations: Sendable {
  private let store: GenerationStore
  private let outcomes: [Outcome]

  package init(_ disk: any Disk) {
    store = GenerationStore(disk)
    outcomes = OutcomeStore(disk).all()
  }

  /// Those of its PFs that were seen to be as it has them.
  package func pfs(in generation: Generation) -> [PhysicalFunction] {
    generation.snapshot.adapters.map(\.pf).filter { pf in
      outcomes.contains { $0.isSame(as: pf) && $0.verifiedGenerations.contains(generation.number) }
    }
  }

  /// Whether all its PFs were: the state to go back to when later ones prove wrong.
  package func isGood(_ generation: Generation) -> Bool {
    !generation.snapshot.adapters.isEmpty && pfs(in: generation).count == generation.snapshot.adapters.count
  }

  /// What must not be removed although it is old: the last good generation, and the last that each PF was seen in.
  var worthKeeping: Set<Int> {
    let good = try? store.numbers().last { number in (try? store.load(number)).map(isGood) ?? false }
    return Set(outcomes.compactMap(\.verifiedGenerations.last) + (good.map { [$0] } ?? []))
  }
}
