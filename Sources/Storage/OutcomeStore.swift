package import HostInterface
package import Model
import SystemPackage

/// How the last restore of each PF ended: durable, and once more for this boot.
package struct OutcomeStore: Sendable {
  private let disk: any Disk

  package init(_ disk: any Disk) { self.disk = disk }

  /// Nil when the PF was never restored, or its file cannot be understood: it is a record, not a promise, and the next
  /// restore writes it anew.
  package func load(_ address: PCIAddress) -> Outcome? {
    guard let file = try? disk.read(path(of: address, in: StateFolders.outcomes)) else { return nil }
    return try? SnapshotDocument.decode(Outcome.self, from: file.contents)
  }

  package func all() -> [Outcome] {
    let names = (try? disk.listIfPresent(StateFolders.outcomes)) ?? []
    return names.compactMap { $0.hasSuffix(".json") ? PCIAddress($0.dropLast(".json".count)) : nil }.sorted()
      .compactMap(load)
  }

  /// The caller holds the PF's lock.
  package func save(_ outcome: Outcome) throws {
    let text = try SnapshotDocument.encode(outcome)
    for folder in [StateFolders.outcomes, StateFolders.bootOutcomes] {
      try disk.replace(path(of: outcome.pciAddress, in: folder), with: text)
    }
  }

  private func path(of address: PCIAddress, in folder: FilePath) -> FilePath {
    folder.appending("\(address).json")
  }
}
