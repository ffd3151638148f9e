import Model
import SimulatedHost
import SystemPackage
import Testing

/// The READMEs say the same, and show what is so.
@Suite struct ReadmeTests {
  private static let readmes = ["README.md", "README.zh-CN.md"]

  private static func lines(of readme: String) throws -> [Substring] {
    try Documents.text(of: readme).split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// The indented blocks of a page, without their indentation.
  private static func blocks(of readme: String) throws -> [[Substring]] {
    try lines(of: readme).split { !$0.hasPrefix("    ") }.map { $0.map { $0.dropFirst(4) } }
  }

  @Test func `both have the same sections, tables and blocks`() throws {
    let shapes = try Self.readmes.map { try Self.lines(of: $0).compactMap { $0.prefixMatch(of: /#+\s|\||-\s/)?.0 } }
    #expect(shapes[0] == shapes[1] && shapes[0].count > 30)
    // What is typed and printed is the same; comments and the picture of the boot are in each one's own language.
    let blocks = try Self.readmes.map { readme in
      try Self.blocks(of: readme).filter { !$0.joined().contains(/udev:|READY|docker\.service\s/) }.map { block in
        block.map { String($0.prefix(upTo: $0.firstRange(of: "  # ")?.lowerBound ?? $0.endIndex)) }
      }
    }
    #expect(blocks[0] == blocks[1] && blocks[0].count > 5)
    for readme in Self.readmes { #expect(try Self.lines(of: readme).count < 250) }
  }

  /// Each command of the session is typed on the simulated host of the guide.
  @Test(arguments: readmes) func `the session is what a host prints`(readme: String) throws {
    let session = try #require(Self.blocks(of: readme).first)
    let simulation = Simulation()
    var printed: [Substring] = []
    for line in session where line.hasPrefix("# ") {
      printed.append(line)
      let text = try Self.type(String(line.dropFirst(2)), on: simulation)
      printed += text.split(separator: "\n").map { $0[...] }
    }
    #expect(printed == session)
  }

  private static func type(_ line: String, on simulation: Simulation) throws -> String {
    if line == "reboot" {
      simulation.reboot()
      _ = Run(simulation, "restore vfs --pf 0000:b1:00.0")  // as the unit does
      return ""
    }
    if let echo = line.wholeMatch(of: /(?:for vf in ([0-9 ]+); do )?echo (\w+) > ([^; ]+)(?:; done)?/) {
      for vf in (echo.1 ?? "0").split(separator: " ") {
        try simulation.kernel.store("\(echo.2)\n", in: FilePath(String(echo.3.replacing("$vf", with: vf))))
      }
      return ""
    }
    let command = try #require(line.wholeMatch(of: /sriov-persist (.+)/), "\(line)")
    let run = Run(simulation, String(command.1))
    return run.output + run.errors
  }
}
