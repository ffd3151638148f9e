package import ArgumentParser
import FoundationEssentials
import Agent
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
    let verified = VerifiedGenerations(context.host.disk)
    let entries = try store.numbers().reversed().map { Entry($0, in: store, verified) }
    guard !entries.isEmpty else { throw store.nothingSaved }
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
    /// How many of its PFs were seen to be as it has them, after a restore.
    let verifiedPfs: Int?
    /// Whether all were.
    let good: Bool
    /// Why it cannot be used.
    let problem: String?

    init(_ number: Int, in store: GenerationStore, _ verified: VerifiedGenerations) {
      generation = number
      do {
        let generation = try store.load(number)
        let snapshot = generation.snapshot
        verifiedPfs = verified.pfs(in: generation).count
        good = verified.isGood(generation)
        savedAt = snapshot.savedAt
        host = snapshot.host
        pfs = snapshot.adapters.count
        vfs = snapshot.adapters.map(\.vfs.count).reduce(0, +)
        problem = nil
      } catch {
        (savedAt, host, pfs, vfs, verifiedPfs) = (nil, nil, nil, nil, nil)
        good = false
        problem = error.description
      }
    }

    var cells: [String] {
      [
        String(generation), savedAt?.formatted(.iso8601) ?? "?", host ?? "?", pfs.map(String.init) ?? "?",
        vfs.map(String.init) ?? "?", problem.map { "damaged: \($0)" } ?? remark,
      ]
    }

    private var remark: String {
      guard let verifiedPfs, verifiedPfs > 0 else { return "-" }
      return good ? "good" : "verified on \(verifiedPfs.of("PF"))"
    }
  }
}
