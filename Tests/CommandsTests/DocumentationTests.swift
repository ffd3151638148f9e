import Foundation
import HostInterface
import Model
import SimulatedHost
import Synchronization
import TestSupport
import Testing

@testable import Commands

/// docs/journal.md and the code say the same.
@Suite struct DocumentationTests {
  private func journalPage() throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "docs/journal.md"), encoding: .utf8)
  }

  @Test func `every kind of event and every field is in the table`() throws {
    let page = try journalPage()
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
