import Foundation
import HostInterface
import Model
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
import Testing

/// The references, sriov-persist(5) first, and the code say the same.
@Suite struct ManualTests {
  private static func section(_ name: String) throws -> Substring {
    let page = try Documents.text(of: "docs/sriov-persist.5")
    let start = try #require(page.firstRange(of: ".Sh \(name)\n"))
    let rest = page[start.upperBound...]
    return rest[..<(rest.firstRange(of: "\n.Sh ")?.lowerBound ?? rest.endIndex)]
  }

  @Test func `every setting is in the manual, with its default, and no other`() throws {
    let inManual = try Self.section("CONFIGURATION").matches(of: /\.It Li (\w+)\n/).map { String($0.1) }
    let simulation = Simulation()
    func configuration(_ text: String) -> Configuration {
      simulation.disk.files[Configuration.path.string] = SimulatedDisk.File(contents: text)
      return Configuration(simulation.disk)
    }
    let settings = Mirror(reflecting: configuration("{}")).children.map(\.value)
    #expect(settings.count { $0 is Duration || $0 is FilePath } == inManual.count)
    for name in inManual {
      let warning = try #require(configuration("{\"\(name)\": true}").warnings.first)
      let fallback = try #require(warning.firstMatch(of: /using "?([^"]+)"?$/)?.1, "\(warning)")
      let text = try Self.section("CONFIGURATION").components(separatedBy: ".It Li \(name)\n")[1]
        .components(separatedBy: ".It Li ")[0]
      #expect(text.contains("\(fallback) if left out") || text.contains("\(fallback)\nif left out"), "\(name)")
    }
  }

  @Test func `every key of a generation and of an outcome is in the manual`() throws {
    let page = try Documents.text(of: "docs/sriov-persist.5")
    let words = Set(page.split { !($0.isLetter || $0.isNumber) }.map(String.init))
    let infiniBand = try DockerHost()
    try infiniBand.run(DockerContainer("a", on: "net0", ipv4: "10.10.1.7", policy: "always"))
    for simulation in [infiniBand.simulation, try Simulation.setUpEthernet()] {
      #expect(Run(simulation, "save").status == 0)
      #expect(Run(simulation, "restore vfs").status == 0)
      for (path, file) in simulation.disk.files where path.hasPrefix("/var/lib/sriov-persist/") {
        // What people named: networks, options, labels.
        let named: Set = ["net0", "owner", "prefix"]
        let keys = file.contents.matches(of: /"([^"\n]+)" :/).map { String($0.1) }
        #expect(!keys.isEmpty)
        #expect(Set(keys).subtracting(named).subtracting(words) == [], "\(path)")
      }
    }
  }

  @Test func `every key of a command's JSON is in its section, and no other`() throws {
    func keys(in text: some StringProtocol) -> Set<String> {
      Set(String(text).matches(of: /`…?(\w+)(?:\[\])?`/).map { String($0.1) })
    }
    let sections = try Documents.text(of: "docs/json.md").components(separatedBy: "\n## ")
    let inSeveral = keys(in: sections[0])
    let manual = try Documents.text(of: "docs/sriov-persist.5")
    // What people named is in a generation as well: networks, options, labels.
    let named = ["net0", "owner", "prefix"]
    let inGeneration = Set(manual.split { !($0.isLetter || $0.isNumber) }.map(String.init) + named)
    let status = try keys(in: Documents.text(of: "docs/status.md"))

    let host = try DockerHost()
    try host.run(DockerContainer("a", on: "net0", ipv4: "10.10.1.7", policy: "always"))
    /// Left out of the document are those in `absent` alone.
    func expect(_ command: String, absent: Set<String> = [], alsoIn others: Set<String> = []) throws {
      let name = command.replacing(" vfs", with: "")
      let section = try #require(sections.first { $0.hasPrefix("`\(name)`\n") }, "\(name)")
      let output = Run(host.simulation, "\(command) --json").output
      let document = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
      let firstCells = section.matches(of: /\n\| (`[^…|][^|]*) \|/).map { String($0.1) }.joined()
      #expect(keys(in: firstCells).subtracting(absent).union(["version"]) == Set(document.keys), "\(command)")
      let found = Set(output.matches(of: /"([^"\n]+)" :/).map { String($0.1) })
      #expect(found.subtracting(inSeveral.union(keys(in: section)).union(others)) == [], "\(command)")
    }
    try expect("save", alsoIn: inGeneration)
    host.simulation.kernel.update { $0.adapters[0].contexts[2].policy = .down }
    try expect("restore --dry-run", alsoIn: status)
    try expect("restore", absent: ["failure"])
    host.simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
    try expect("restore vfs", absent: ["failure"])
    try expect("check")
    try expect("show", alsoIn: inGeneration)
    try expect("history")
  }

  @Test func `every metric is in its table, and no other`() throws {
    let host = try DockerHost()
    for command in ["save", "restore", "status --metrics /run/metrics"] {
      #expect(Run(host.simulation, command).status == 0)
    }
    let written = try #require(host.simulation.disk.files["/run/metrics"]?.contents)
    let inFile = written.matches(of: /HELP (\w+)\s/).map { String($0.1) }
    let inTable = try Documents.text(of: "docs/status.md").split(separator: "\n")
      .filter { $0.hasPrefix("| `sriov_persist_") }
      .flatMap { row in row.split(separator: "|")[0].matches(of: /`(\w+)`/).map { String($0.1) } }
    #expect(inTable.sorted() == inFile.sorted() && inFile.count > 10)
  }
}
