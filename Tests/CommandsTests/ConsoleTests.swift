import Commands
import Foundation
import HostInterface
import Model
import SimulatedHost
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite struct ConsoleTests {
  @Test(arguments: [
    (["TERM": "xterm"], true, true), (["TERM": "xterm", "NO_COLOR": ""], true, true),
    (["TERM": "xterm", "NO_COLOR": "0"], true, false), (["TERM": "dumb"], false, false), ([:], false, false),
  ]) func `NO_COLOR and TERM=dumb are honoured`(
    environment: [String: String], movesCursor: Bool, hasColour: Bool
  ) {
    let terminal = TerminalCapabilities(isTerminal: true, environment: environment)
    #expect(terminal.movesCursor == movesCursor && terminal.hasColour == hasColour)
    let file = TerminalCapabilities(isTerminal: false, environment: environment)
    #expect(!file.movesCursor && !file.hasColour)
  }

  @Test func `what is redirected to a file has no colours, whatever the other stream is`() throws {
    let simulation = try Simulation.setUp()
    let errors = Mutex("")
    let console = Console(
      output: Console.Stream(hasColour: true) { _ in },
      errors: Console.Stream(hasColour: false) { text in errors.withLock { $0 += text } })
    _ = SRIOVPersistCommand.run(["show"], in: Context(host: simulation.host, console: console))
    #expect(errors.withLock(\.self).hasPrefix("error: nothing was saved"))
  }

  @Test(arguments: ["show --json", "show", "history", "status", "save", "restore", "check", "--help", "help save"])
  func `a failed write to standard output is an error of the command`(command: String) throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "save --generate-guids").status == 0)
    let wanted = Run(simulation, command).status
    let run = Run(simulation, command, outputError: .noSpace)
    #expect(run.status == (wanted == 0 ? 74 : wanted), "\(run.errors)")
    let words = "error: cannot write to standard output: ENOSPC (no space is left on the device)\n"
    #expect(run.errors.hasSuffix(words), "\(run.errors)")
  }

  @Test func `a reader that has seen enough is no failure`() throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "save --generate-guids").status == 0)
    let run = Run(simulation, "show", outputError: .brokenPipe)
    #expect(run.status == 0 && run.errors == "")
  }

  /// What others write: an escape sequence, an 8-bit one, a line that looks like ours, and text from right to left.
  private static let hostile = "a\u{1b}[2J\u{9b}2Jb\nerror: c\u{202e}d\u{7f}\r"
  private static let shown = #"a\x1b[2J\x9b2Jb\nerror: c\u202ed\x7f\r"#

  @Test(arguments: [false, true]) func `no control character of others reaches a terminal`(isTerminal: Bool) throws {
    let host = try DockerHost()
    #expect(Run(host.simulation, "save").status == 0)
    let newest = try #require(host.simulation.disk.files.keys.filter { $0.contains("generations/") }.max())
    let contents = try #require(host.simulation.disk.files[newest]?.contents)
    let name = String(decoding: try JSONEncoder().encode(Self.hostile), as: UTF8.self)
    host.simulation.disk.files[newest]?.contents = contents.replacing(
      /"host" : "[^"]*"/, with: "\"host\" : \(name)")
    host.simulation.disk.files["/etc/sriov-persist/config.json"] = .init(contents: "{\(name): 1}")
    host.simulation.kernel.update { $0.platform.kernelLog = ["mlx5_core 0000:b1:00.0: \(Self.hostile)"] }
    for command in [
      "show", "show --json", "status", "status --json", "check", "restore --dry-run", "restore", "history",
    ] {
      let run = Run(host.simulation, command, isTerminal: isTerminal)
      for text in [run.output, run.errors] {
        let ours = text.replacing(/\u{1b}\[(0|31|32|33)m/, with: "")
        let controls = ours.unicodeScalars.filter {
          $0 != "\n" && [.control, .format].contains($0.properties.generalCategory)
        }
        #expect(controls.isEmpty, "\(command): \(text.debugDescription)")
        #expect(!text.contains("\nerror: c"), "\(command): \(text)")
      }
      if command == "show" { #expect(run.output.contains(Self.shown), "\(run.output)") }
      if command == "show --json" { #expect(run.output.contains(#"a\u001b[2J\u009b2Jb\nerror: c\u202ed\u007f\r"#)) }
    }
    let arguments = Run(host.simulation, "--\u{1b}[31mx", isTerminal: isTerminal)
    #expect(arguments.status == 64 && arguments.errors.contains(#"--\x1b[31mx"#), "\(arguments.errors)")
  }

  @Test func `neither the journal nor the service manager is sent a control character`() throws {
    let simulation = try Simulation.setUp(isService: true)
    simulation.disk.files["/etc/sriov-persist/config.json"] = .init(
      contents: "{\(String(decoding: try JSONEncoder().encode(Self.hostile), as: UTF8.self)): 1}")
    _ = Run(simulation, "restore vfs --pf 0000:b1:00.0")
    let messages = simulation.journal.recorded.map(\.message)
    #expect(messages.contains { $0.contains(Self.shown) }, "\(messages)")
    #expect(simulation.notifier.sent.joined().contains { $0.contains(Self.shown) }, "\(simulation.notifier.sent)")
  }
}
