package import HostInterface
import Synchronization
import SystemPackage

/// Shows a person at a terminal what a service manager would be told: one line, once something takes longer than a second,
/// that is written over and gone before anything else is said. Where lines cannot be written over, it shows only that a signal
/// came and what is still waited for.
package final class TerminalProgress: Notifier {
  /// No manager listens: what is done for a person is done as for a person.
  package let isConnected = false
  private let tasks: any Tasks
  private let movesCursor: Bool
  private let state = Mutex(State())
  private let write: @Sendable (String) -> Void

  private struct State {
    var start: Duration?
    var isShown = false
    var hasToldOfSignal = false
  }

  package init(tasks: any Tasks, movesCursor: Bool, write: @escaping @Sendable (String) -> Void) {
    self.tasks = tasks
    self.movesCursor = movesCursor
    self.write = write
  }

  package func send(_ assignments: [String]) {
    guard let status = assignments.first(where: { $0.hasPrefix("STATUS=") })?.dropFirst("STATUS=".count) else { return }
    let now = tasks.now()
    let isTerminating = tasks.isTerminating
    state.withLock { state in
      if isTerminating && !state.hasToldOfSignal {
        state.hasToldOfSignal = true
        erase(&state)
        write(Self.wordsOnSignal)
      }
      let start = state.start ?? now
      state.start = start
      guard movesCursor, now - start >= .seconds(1) else { return }
      state.isShown = true
      write("\r\u{1b}[K\(status.prefix(78))")
    }
  }

  package func flush() {}

  /// Makes room for what is said in earnest.
  package func clear() { state.withLock { erase(&$0) } }

  private func erase(_ state: inout State) {
    if state.isShown { write("\r\u{1b}[K") }
    state.isShown = false
  }

  private static let wordsOnSignal = """
    stopping after the current step: a write to the driver cannot be cancelled; press Ctrl-C again to quit without waiting

    """
}
