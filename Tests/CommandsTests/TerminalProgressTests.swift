import Commands
import HostInterface
import SimulatedHost
import Synchronization
import TestSupport
import Testing

@Suite struct TerminalProgressTests {
  @Test func `what takes longer than a second is shown on one line, which is gone before anything else is said`() {
    let tasks = SimulatedTasks()
    let shown = Mutex("")
    let progress = TerminalProgress(tasks: tasks, movesCursor: true) { text in shown.withLock { $0 += text } }
    progress.tell("making VFs")
    progress.clear()
    #expect(shown.withLock(\.self).isEmpty, "no flicker")
    tasks.pass(.seconds(1))
    progress.tell("making VFs (1 s)", ["EXTEND_TIMEOUT_USEC=10000000"])
    tasks.pass(.seconds(1))
    progress.tell(String(repeating: "x", count: 200))
    progress.send(["READY=1"])
    #expect(shown.withLock(\.self) == "\r\u{1b}[Kmaking VFs (1 s)\r\u{1b}[K" + String(repeating: "x", count: 78))
    progress.clear()
    progress.clear()
    #expect(shown.withLock(\.self).hasSuffix("x\r\u{1b}[K"))
  }

  @Test(arguments: [true, false]) func `whoever interrupts a restore is told what it waits for, and how not to`(
    movesCursor: Bool
  ) {
    let tasks = SimulatedTasks()
    let shown = Mutex("")
    let progress = TerminalProgress(tasks: tasks, movesCursor: movesCursor) { text in shown.withLock { $0 += text } }
    progress.tell("making VFs")
    tasks.pass(.seconds(1))
    progress.tell("making VFs (1 s)")
    tasks.terminate()
    for second in 2...3 { progress.tell("making VFs (\(second) s)") }
    let words = """
      stopping after the current step: a write to the driver cannot be cancelled; press Ctrl-C again to quit without waiting

      """
    let erase = "\r\u{1b}[K"
    #expect(
      shown.withLock(\.self)
        == (movesCursor
          ? "\(erase)making VFs (1 s)\(erase)\(words)\(erase)making VFs (2 s)\(erase)making VFs (3 s)" : words))
  }

  /// All that a person at a terminal is shown in one command.
  private func shown(_ simulation: Simulation, _ arguments: String) -> [Substring] {
    let text = Mutex("")
    var host = simulation.host
    host.notifier = TerminalProgress(tasks: simulation.tasks, movesCursor: true) { line in text.withLock { $0 += line }
    }
    _ = Run(simulation, arguments, on: host)
    return text.withLock(\.self).split(separator: "\r\u{1b}[K")
  }

  @Test func `a slow restore shows which VF it is at, and what it waits for`() throws {
    let simulation = try Simulation.setUp(vfs: 8)
    _ = Run(simulation, "save")
    simulation.kernel.stopSubnetManager()
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].timing.create = 1 }
    let told = simulation.notifier.sent.count
    let lines = shown(simulation, "restore")
    #expect(lines.contains("0000:b1:00.0 (mlx5_0): create 8 VFs, step 2 of 35 (5 s)"))
    #expect(lines.contains { $0.hasPrefix("0000:b1:00.0 (mlx5_0): binding VFs, ") && $0.contains(" of 8 done") })
    #expect(lines.contains { $0.contains("no subnet manager yet (60 s)") })
    #expect(simulation.notifier.sent.count == told, "no manager was told")
  }

  @Test func `a save that waits for a Docker that is still starting says so`() throws {
    let host = try DockerHost()
    host.docker.update { $0.daemon = .starting }
    #expect(shown(host.simulation, "save").contains("asking Docker for its networks (5 s)"))
  }
}
