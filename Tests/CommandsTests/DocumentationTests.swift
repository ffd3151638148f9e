import Checks
import Foundation
import HostInterface
import Model
import SimulatedHost
import Synchronization
import TestSupport
import Testing

@testable import Commands

/// The documents and the code say the same.
@Suite struct DocumentationTests {
  private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func text(of file: String) throws -> String {
    try String(contentsOf: root.appending(path: file), encoding: .utf8)
  }

  @Test func `every test that docs/traps.md names is there`() throws {
    let files =
      FileManager.default.enumerator(atPath: root.appending(path: "Tests").path)?
      .compactMap { $0 as? String } ?? []
    let tests = try files.filter { $0.hasSuffix(".swift") || $0.hasSuffix(".py") }
      .map { try text(of: "Tests/\($0)") }.joined()
    let page = try text(of: "docs/traps.md")
    let rows = page.matches(of: /\| "([^"]+)"|, "([^"]+)"/).compactMap { $0.1 ?? $0.2 }
    let scenarios = page.matches(of: /\*([a-z_]+)\*/).map(\.1)
    #expect(rows.count > 40 && scenarios.count > 15)
    #expect(rows.filter { !tests.contains("`\($0)`") && !tests.contains("\"\($0)\"") }.isEmpty)
    #expect(scenarios.filter { !tests.contains("def \($0)(machine") }.isEmpty)
  }

  @Test func `every finding of check is in the table and the manual, and every row of the guide has one`() throws {
    let page = try text(of: "docs/checks.md")
    let manual = try text(of: "docs/sriov-persist.1")
    let rows = page.matches(of: /\| `([a-z-]+)` \| (\w+) \| ([0-9, ]+) \| .+ \|/)
    #expect(rows.map { "\($0.1)" } == Finding.ID.allCases.map(\.rawValue))
    #expect(rows.map { "\($0.2)" } == Finding.ID.allCases.map(\.layer.rawValue))
    #expect(Set(rows.flatMap { $0.3.split(separator: ", ").compactMap { Int($0) } }) == Set(1...14))
    let words = Set(manual.split { !($0.isLetter || $0 == "-") }.map(String.init))
    #expect(Finding.ID.allCases.map(\.rawValue).filter { !words.contains($0) } == [])
    for verdict in Finding.Verdict.allCases { #expect(page.contains("| `\(verdict.rawValue)` |")) }
  }

  @Test func `every kind of event and every field is in the table`() throws {
    let page = try text(of: "docs/journal.md")
    for id in MessageID.all {
      #expect(page.contains(id), "\(id)")
      #expect(id.count == 32 && id.allSatisfy(\.isHexDigit))
    }
    #expect(
      page.components(separatedBy: "\n").filter { $0.contains(/\| [0-9a-f]{32} \|/) }.count == MessageID.all.count)
    #expect(Set(MessageID.all).count == MessageID.all.count)

    let simulation = try Simulation.setUp(isService: true)
    let context = Context(
      host: simulation.host, console: Console(isTerminal: false, output: { _ in }, errors: { _ in }))
    _ = SRIOVPersistCommand.run(["save"], in: context)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.deadVF = 1 }
    for command in ["restore", "wait --timeout 0", "save"] {
      _ = SRIOVPersistCommand.run(command.split(separator: " ").map(String.init), in: context)
    }
    let fields = Set(simulation.journal.recorded.flatMap(\.fields.keys))
    #expect(fields.count == 7)
    for field in fields { #expect(page.contains("`\(field)`"), "\(field)") }
  }
}
