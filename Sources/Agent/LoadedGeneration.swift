import Model
package import Storage

/// The generation that a command works from, and what a person should know of its file.
package struct LoadedGeneration: Sendable {
  package let generation: Generation
  package let warnings: [String]

  /// - Throws: `Failure`: `badSnapshot` when none can be read, `notSaved` when nothing was ever
  ///   saved, `notFound` when there is no generation with this number.
  package init(_ store: GenerationStore, number: Int? = nil) throws {
    if let number {
      generation = try Self.load(number, from: store)
      warnings = Self.warnings(of: generation, damaged: [], in: store)
    } else {
      let (current, damaged) = try store.current()
      guard let current else {
        throw store.nothingSaved
      }
      generation = current
      warnings = Self.warnings(of: current, damaged: damaged, in: store)
    }
  }

  private static func load(_ number: Int, from store: GenerationStore) throws(Failure) -> Generation {
    do throws(GenerationStore.DamageOrAbsence) {
      return try store.load(number)
    } catch {
      switch error {
      case .absent:
        throw Failure(.notFound, "there is no generation \(number)", remedy: "see: sriov-persist history")
      case .damaged(let problem):
        throw Failure(.badSnapshot, "generation \(number), \(store.path(of: number)): \(problem)")
      }
    }
  }

  private static func warnings(
    of generation: Generation, damaged: [DamagedGeneration], in store: GenerationStore
  ) -> [String] {
    damaged.map {
      "generation \($0.number) is damaged, \(store.path(of: $0.number)): \($0.problem); using \(generation.number)"
    } + generation.leftOut.map { "generation \(generation.number), \(store.path(of: generation.number)): \($0)" }
  }
}
