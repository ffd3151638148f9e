package import HostInterface
package import Model
import SystemPackage

/// How the last restore of each PF ended, recorded for this boot and durably. The record of this boot takes precedence:
/// /var may be full or read-only. With early generations there is no durable record: /var may not be mounted yet.
package struct OutcomeStore: Sendable {
  private let disk: any Disk
  /// Nil beside early generations.
  private let durable: FilePath?

  package init(_ disk: any Disk) {
    self.disk = disk
    durable = StateFolders.isEarly(on: disk) ? nil : StateFolders.outcomes
  }

  /// Nil when the PF was never restored, when it was another card that was, or when the file cannot be understood: it is a
  /// record, not a promise, and the next restore writes it anew.
  package func load(_ pf: PhysicalFunction) -> Outcome? {
    loadOfThisBoot(pf) ?? durable.flatMap { load(pf, from: $0) }
  }

  /// The same, of this boot only.
  package func loadOfThisBoot(_ pf: PhysicalFunction) -> Outcome? { load(pf, from: StateFolders.bootOutcomes) }

  /// By who it is, as it may sit in another slot than then: the last of all.
  private func load(_ pf: PhysicalFunction, from folder: FilePath) -> Outcome? {
    all(in: folder).filter { $0.isSame(as: pf) }.max { $0.finishedAt < $1.finishedAt }
  }

  package func all() -> [Outcome] {
    let ofThisBoot = all(in: StateFolders.bootOutcomes)
    let others = durable.map { all(in: $0) } ?? []
    return ofThisBoot + others.filter { old in !ofThisBoot.contains { $0.isSame(as: old) } }
  }

  private func all(in folder: FilePath) -> [Outcome] { files(in: folder).map(\.outcome) }

  private func files(in folder: FilePath) -> [(path: FilePath, outcome: Outcome)] {
    let names = ((try? disk.listIfPresent(folder)) ?? []).filter { $0.hasSuffix(".json") }.sorted()
    return names.map { folder.appending($0) }.compactMap { path in
      (try? disk.read(path)).flatMap { try? JSONText.decode(Outcome.self, from: $0.contents) }.map { (path, $0) }
    }
  }

  /// The caller holds the PF's lock. The record of this boot is written first: it must never report success while a run
  /// that may be killed is under way.
  ///
  /// - Returns: The error that kept the outcome off the disk; nil if none did.
  /// - Throws: `FileError` if the outcome cannot be recorded even for this boot.
  package func save(_ outcome: Outcome) throws -> FileError? {
    let text = try JSONText.encode(outcome)
    try write(text, of: outcome, in: StateFolders.bootOutcomes)
    do throws(FileError) {
      if let durable { try write(text, of: outcome, in: durable) }
      return nil
    } catch {
      return error
    }
  }

  private func write(_ text: String, of outcome: Outcome, in folder: FilePath) throws(FileError) {
    let path = folder.appending("\(outcome.pciAddress).json")
    let others = files(in: folder)
    try keepOther(others, at: path, besides: outcome, in: folder)
    try disk.replace(path, with: text)
    // In place first: a power cut in between must not lose what it was verified against.
    for (other, old) in others where other != path && old.isSame(as: outcome) { try disk.removeIfPresent(other) }
  }

  /// Rings those who wait for outcomes: the network's phase keeps none.
  package func announceNetwork() { try? disk.replace(StateFolders.bootOutcomes.appending("network"), with: "") }

  /// A card that was in this slot before, and is in another one now, keeps its own.
  private func keepOther(
    _ others: [(path: FilePath, outcome: Outcome)], at path: FilePath, besides outcome: Outcome, in folder: FilePath
  ) throws(FileError) {
    guard let old = others.first(where: { $0.path == path })?.outcome, !old.isSame(as: outcome),
      let identity = old.identity
    else { return }
    try disk.rename(path, to: folder.appending("\(identity).json"))
  }

  /// Forgets how the restores of a PF ended. The caller holds the PF's lock.
  package func remove(_ pf: PhysicalFunction) {
    for folder in [StateFolders.bootOutcomes, durable].compactMap(\.self) {
      for (path, outcome) in files(in: folder) where outcome.isSame(as: pf) {
        try? disk.removeIfPresent(path)
      }
    }
  }
}
