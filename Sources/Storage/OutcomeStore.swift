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
    all(in: folder)
      .filter { $0.nodeGUID == pf.nodeGUID && (pf.nodeGUID != nil || $0.pciAddress == pf.pciAddress) }
      .max { $0.finishedAt < $1.finishedAt }
  }

  private func read(_ address: PCIAddress, from folder: FilePath) -> Outcome? {
    guard let file = try? disk.read(path(of: address, in: folder)) else { return nil }
    return try? JSONText.decode(Outcome.self, from: file.contents)
  }

  package func all() -> [Outcome] { all(in: StateFolders.outcomes) }

  private func all(in folder: FilePath) -> [Outcome] {
    let names = (try? disk.listIfPresent(folder)) ?? []
    return names.compactMap { $0.hasSuffix(".json") ? PCIAddress($0.dropLast(".json".count)) : nil }.sorted()
      .compactMap { read($0, from: folder) }
  }

  /// The caller holds the PF's lock.
  package func save(_ outcome: Outcome) throws {
    let text = try JSONText.encode(outcome)
    for folder in [StateFolders.outcomes, StateFolders.bootOutcomes] {
      try disk.replace(path(of: outcome.pciAddress, in: folder), with: text)
    }
  }

  /// Forgets how the restores of a PF ended. The caller holds the PF's lock.
  package func remove(_ pf: PhysicalFunction) {
    for folder in [StateFolders.outcomes, StateFolders.bootOutcomes] {
      for outcome in all(in: folder) where outcome.nodeGUID == pf.nodeGUID {
        try? disk.removeIfPresent(path(of: outcome.pciAddress, in: folder))
      }
    }
  }

  private func path(of address: PCIAddress, in folder: FilePath) -> FilePath {
    folder.appending("\(address).json")
  }
}
