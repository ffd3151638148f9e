import SimulatedHost
import TestSupport
import Testing

@Suite struct PluralTests {
  @Test func `one is one VF, and not 1 VFs`() throws {
    let simulation = try Simulation.setUp(vfs: 1)
    var told = ""
    for command in ["save --generate-guids", "show", "restore --dry-run", "restore", "status", "check", "history"] {
      let run = Run(simulation, command)
      told += run.output + run.errors
    }
    simulation.reboot()
    for command in ["status", "restore --dry-run", "restore", "save", "adopt 0000:b1:00.0", "forget 0000:b1:00.0"] {
      let run = Run(simulation, command)
      told += run.output + run.errors
    }
    #expect(told.contains("1 VF"))
    let wrong = told.split(separator: "\n").filter {
      $0.contains(/\b1 (VFs|PFs|GUIDs|networks|containers|steps|writes|generations)\b/)
    }
    #expect(wrong == [])
  }

  /// `\(count.of("VF"))` puts the noun in the right number.
  @Test func `no message puts a plural behind a count that may be one`() throws {
    let plural = /\\\((?!.*\.ranges\)).*\) (VFs|PFs|GUIDs|networks|containers|steps)\b/
    let files = Documents.files(below: "Sources").filter {
      $0.hasSuffix(".swift") && !$0.contains("Simulated") && !$0.contains("PersistSim")
    }
    let wrong = try files.flatMap { file in
      try Documents.text(of: file).split(separator: "\n").filter { $0.contains(plural) }.map { "\(file): \($0)" }
    }
    #expect(wrong == [])
  }
}
