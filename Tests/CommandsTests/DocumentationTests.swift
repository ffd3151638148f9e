import Checks
import Foundation
import HostInterface
import Model
import SimulatedHost
import Synchronization
import TestSupport
import Testing

@testable import Commands

/// Files of the project, read where it was built.
enum Documents {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func text(of file: String) throws -> String {
    try String(contentsOf: root.appending(path: file), encoding: .utf8)
  }

  static func files(below folder: String) -> [String] {
    FileManager.default.enumerator(atPath: root.appending(path: folder).path)?
      .compactMap { $0 as? String }.map { "\(folder)/\($0)" } ?? []
  }
}

/// The documents and the code say the same.
@Suite struct DocumentationTests {
  @Test func `every test that docs/traps.md names is there`() throws {
    let tests = try Documents.files(below: "Tests").filter { $0.hasSuffix(".swift") || $0.hasSuffix(".py") }
      .map(Documents.text).joined()
    let page = try Documents.text(of: "docs/traps.md")
    let rows = page.matches(of: /\| "([^"]+)"|, "([^"]+)"/).compactMap { $0.1 ?? $0.2 }
    let scenarios = page.matches(of: /\*([a-z_]+)\*/).map(\.1)
    #expect(rows.count > 40 && scenarios.count > 15)
    #expect(rows.filter { !tests.contains("`\($0)`") && !tests.contains("\"\($0)\"") }.isEmpty)
    #expect(scenarios.filter { !tests.contains("def \($0)(machine") && !tests.contains("def \($0)(self") }.isEmpty)
  }

  @Test func `every link of a page leads to a file`() throws {
    let pages = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md"] + Documents.files(below: "docs")
    for page in pages where page.hasSuffix(".md") {
      let folder = Documents.root.appending(path: page).deletingLastPathComponent()
      for link in try Documents.text(of: page).matches(of: /\]\(([^)]+)\)/).map({ String($0.1) }) {
        #expect(FileManager.default.fileExists(atPath: folder.appending(path: link).path), "\(page): \(link)")
      }
    }
  }

  @Test func `every finding of check is in the table and the manual, and every row of the guide has one`() throws {
    let page = try Documents.text(of: "docs/checks.md")
    let manual = try Documents.text(of: "docs/sriov-persist.1")
    let rows = page.matches(of: /\| `([a-z-]+)` \| (\w+) \| ([0-9, ]+) \| .+ \|/)
    #expect(rows.map { "\($0.1)" } == Finding.ID.allCases.map(\.rawValue))
    #expect(rows.map { "\($0.2)" } == Finding.ID.allCases.map(\.layer.rawValue))
    #expect(Set(rows.flatMap { $0.3.split(separator: ", ").compactMap { Int($0) } }) == Set(1...14))
    let words = Set(manual.split { !($0.isLetter || $0 == "-") }.map(String.init))
    #expect(Finding.ID.allCases.map(\.rawValue).filter { !words.contains($0) } == [])
    for verdict in Finding.Verdict.allCases { #expect(page.contains("| `\(verdict.rawValue)` |")) }
  }

  @Test func `docs, catalog and code have the same ids of events, and no others`() throws {
    let page = try Documents.text(of: "docs/journal.md")
    let catalog = try Documents.text(of: "units/sriov-persist.catalog")
    let inCode = MessageID.allCases.map(\.rawValue)
    #expect(inCode.allSatisfy { $0.count == 32 && $0.allSatisfy(\.isHexDigit) && $0 == $0.lowercased() })
    let inPage = page.matches(of: /\| ([0-9a-f]{32}) \|/).map { String($0.1) }
    let inCatalog = catalog.matches(of: /\n-- (\S+)\n/).map { String($0.1) }
    #expect(inPage.sorted() == inCode.sorted())
    #expect(inCatalog.sorted() == inCode.sorted())
    // Nobody makes an entry past the two lists.
    let sources = try Documents.files(below: "Sources").filter { $0.hasSuffix(".swift") }.map { file in
      (file: file, text: try Documents.text(of: file))
    }
    #expect(
      sources.filter { $0.text.contains(/"[0-9a-f]{32}"|"SRIOV_(?!SIM_HOST|EN\b)/) }.map(\.file) == [
        "Sources/Commands/JournalKeys.swift"
      ])
    for id in MessageID.allCases {
      let isUsed = sources.contains { source in
        !source.file.hasSuffix("JournalKeys.swift") && source.text.contains(try! Regex("\\.\(id)\\b"))
      }
      #expect(isUsed, "\(id)")
    }
  }

  @Test func `docs, catalog and code have the same fields, and no others`() throws {
    let inCode = Set(JournalField.allCases.map(\.rawValue))
    let inPage = try Documents.text(of: "docs/journal.md").matches(of: /`(SRIOV_[A-Z_]+)`/).map { String($0.1) }
    let inCatalog = try Documents.text(of: "units/sriov-persist.catalog").matches(of: /@(SRIOV_[A-Z_]+)@/)
      .map { String($0.1) }
    #expect(Set(inPage) == inCode && inPage.count == inCode.count)
    #expect(Set(inCatalog) == inCode)
  }

  /// Each kind of event, provoked; and what its explanation stands on.
  @Test func `every entry has the fields that its explanation names, and one about a PF has its address`() throws {
    var recorded = try entriesOfVFs() + entriesOfNetworks()
    recorded.append(contentsOf: try entriesOfNothing())
    let blocks = Dictionary(
      uniqueKeysWithValues: try Documents.text(of: "units/sriov-persist.catalog").components(separatedBy: "\n-- ")
        .dropFirst().map { (String($0.prefix(32)), $0) })
    for entry in recorded {
      let block = try #require(blocks[entry.messageID], "\(entry)")
      let named = block.matches(of: /@([A-Z_]+)@/).map { String($0.1) }
      #expect(named.filter { entry.fields[$0] == nil } == [], "\(entry)")
      let isAboutPF = entry.message.contains(/^(port 1 of )?0000:b1:00\.0/)
      #expect(!isAboutPF || entry.fields["SRIOV_PCI"] == "0000:b1:00.0", "\(entry)")
    }
    #expect(Set(recorded.map(\.messageID)) == Set(MessageID.allCases.map(\.rawValue)))
    #expect(Set(recorded.flatMap(\.fields.keys)) == Set(JournalField.allCases.map(\.rawValue)))
  }

  private func entriesOfVFs() throws -> [JournalEntry] {
    let simulation = try Simulation.setUp(isService: true)
    _ = Run(simulation, "save")
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.deadVF = 1 }
    for command in ["restore", "status --log", "wait --timeout 0", "save"] { _ = Run(simulation, command) }
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.deadVF = nil }
    _ = Run(simulation, "restore vfs --pf 0000:b1:00.0 --unattended")
    simulation.kernel.stopSubnetManager()
    simulation.kernel.pullCable(of: simulation.kernel.machine.adapters[0].address)
    _ = Run(simulation, "restore network --pf 0000:b1:00.0 --unattended")
    simulation.kernel.startSubnetManager(after: .zero)
    simulation.kernel.plugCable(of: simulation.kernel.machine.adapters[0].address)
    simulation.kernel.update { $0.subnetManager.knowsVirtualPorts = false }
    for command in ["restore network --pf 0000:b1:00.0 --unattended", "status --log", "wait --timeout 60"] {
      _ = Run(simulation, command)
    }
    simulation.kernel.update { $0.adapters = [] }
    for command in ["restore vfs --pf 0000:b1:00.0 --unattended", "restore network --pf 0000:b1:00.0 --unattended"] {
      _ = Run(simulation, command)
    }
    return simulation.journal.recorded
  }

  private func entriesOfNetworks() throws -> [JournalEntry] {
    let host = try DockerHost(isService: true)
    try host.run(DockerContainer("a", on: "net0", ipv4: "10.10.1.7", policy: "always"))
    _ = Run(host.simulation, "save")
    host.simulation.reboot()
    for command in ["status --log", "restore", "status --log"] { _ = Run(host.simulation, command) }
    host.docker.update { $0.networks[0].labels = [:] }
    for command in ["restore network", "status --log"] { _ = Run(host.simulation, command) }
    return host.simulation.journal.recorded
  }

  private func entriesOfNothing() throws -> [JournalEntry] {
    let simulation = try Simulation.setUp(isService: true)
    _ = Run(simulation, "restore vfs --pf 0000:b1:00.0 --unattended")
    return simulation.journal.recorded
  }
}
