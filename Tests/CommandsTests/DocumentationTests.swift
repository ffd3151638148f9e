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
