package import ArgumentParser
import FoundationEssentials
import HostInterface
import Model
import Storage

package struct HistoryCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "history", abstract: "List the generations that are kept.")

  @Flag(help: "Print JSON.")
  var json = false

  package init() {}

  package func run(in context: Context) throws -> ExitStatus {
    let store = GenerationStore(context.host.disk)
    let verified = Set(OutcomeStore(context.host.disk).all().compactMap(\.lastVerifiedGeneration))
    let entries = try store.numbers().reversed().map { Entry($0, in: store, verified: verified) }
    guard !entries.isEmpty else { throw Failure.nothingSaved }
    if json {
      try context.console.print(Document(generations: entries))
    } else {
      var table = Table(header: ["GENERATION", "SAVED", "HOST", "PFS", "VFS", "REMARKS"])
      for entry in entries { table.add(entry.cells) }
      for line in table.lines() { context.console.print(line) }
    }
    return .done
  }

  private struct Document: Encodable {
    let version = 1
    /// Newest first.
    let generations: [Entry]
  }

  private struct Entry: Encodable {
    let generation: Int
    let savedAt: Date?
    let host: String?
    let pfs: Int?
    let vfs: Int?
    /// Whether a PF was last verified against it.
    let verified: Bool
    /// Why it cannot be used.
    let problem: String?

    init(_ number: Int, in store: GenerationStore, verified: Set<Int>) {
      generation = number
      self.verified = verified.contains(number)
      do {
        let snapshot = try store.load(number).snapshot
        savedAt = snapshot.savedAt
        host = snapshot.host
        pfs = snapshot.adapters.count
        vfs = snapshot.adapters.map(\.vfs.count).reduce(0, +)
        problem = nil
      } catch {
        (savedAt, host, pfs, vfs) = (nil, nil, nil, nil)
        problem = error.description
      }
    }

    var cells: [String] {
      [
        String(generation), savedAt?.formatted(.iso8601) ?? "?", host ?? "?", pfs.map(String.init) ?? "?",
        vfs.map(String.init) ?? "?", problem.map { "damaged: \($0)" } ?? (verified ? "verified" : "-"),
      ]
    }
  }
}
