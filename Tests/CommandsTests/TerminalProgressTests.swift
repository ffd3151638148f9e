import Commands
import HostInterface
import SimulatedHost
import Synchronization
import Testing

@Suite struct TerminalProgressTests {
  @Test func `what takes longer than a second is shown on one line, which is gone before anything else is said`() {
    let tasks = SimulatedTasks()
    let shown = Mutex("")
    let progress = TerminalProgress(tasks: tasks) { text in shown.withLock { $0 += text } }
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
}
