package import HostInterface
package import Model
import SystemPackage

/// How the last restore of each PF ended: durable, and once more for this boot.
package struct OutcomeStore: Sendable {
  private let disk: any Disk

  package init(_ disk: any Disk) { self.disk = disk }

  /// Nil when the PF was never restored, when it was another card that was, or when the file cannot be understood: it is a
  /// record, not a promise, and the next restore writes it anew.
  package func load(_ pf: PhysicalFunction) -> Outcome? { load(pf, from: StateFolders.outcomes) }

  /// The same, of this boot only.
  package func loadOfThisBoot(_ pf: PhysicalFunction) -> Outcome? { load(pf, from: StateFolders.bootOutcomes) }

  /// By who it is, as it may sit in another slot than then: the last of all.
  private func load(_ pf: PhysicalFunction, from folder: FilePath) -> Outcome? {
    all(in: folder).filter { $0.isSame(as: pf) }.max { $0.finishedAt < $1.finishedAt }
  }

  package func all() -> [Outcome] { all(in: StateFolders.outcomes) }

  private func all(in folder: FilePath) -> [Outcome] { files(in: folder).map(\.outcome) }

  private func files(in folder: FilePath) -> [(path: FilePath, outcome: Outcome)] {
    let names = ((try? disk.listIfPresent(folder)) ?? []).filter { $0.hasSuffix(".json") }.sorted()
    return names.map { folder.appending($0) }.compactMap { path in
      (try? disk.read(path)).flatMap { try? JSONText.decode(Outcome.self, from: $0.contents) }.map { (path, $0) }
    }
  }

  /// The caller holds the PF's lock.
  package func save(_ outcome: Outcome) throws {
    let text = try JSONText.encode(outcome)
    for folder in [StateFolders.outcomes, StateFolders.bootOutcomes] {
      let path = folder.appending("\(outcome.pciAddress).json")
      try makeRoom(for: outcome, at: path, in: folder)
      try disk.replace(path, with: text)
    }
  }

  /// Rings those who wait for outcomes: the network's phase keeps none.
  package func announceNetwork() { try? disk.replace(StateFolders.bootOutcomes.appending("network"), with: "") }

  /// A card that was in this slot before, and is in another one now, keeps its own; this one's from other slots goes.
  private func makeRoom(for outcome: Outcome, at path: FilePath, in folder: FilePath) throws {
    for (other, old) in files(in: folder) {
      let isSame = old.isSame(as: outcome)
      if other == path, !isSame, let identity = old.identity {
        try disk.rename(other, to: folder.appending("\(identity).json"))
      } else if other != path, isSame {
        try disk.removeIfPresent(other)
      }
    }
  }

  /// Forgets how the restores of a PF ended. The caller holds the PF's lock.
  package func remove(_ pf: PhysicalFunction) {
    for folder in [StateFolders.outcomes, StateFolders.bootOutcomes] {
      for (path, outcome) in files(in: folder) where outcome.isSame(as: pf) {
        try? disk.removeIfPresent(path)
      }
    }
  }
}
