package import HostInterface
import Synchronization
import SystemPackage

/// Shows a person at a terminal what a service manager would be told: one line, once something takes longer than a second,
/// that is written over and gone before anything else is said.
package final class TerminalProgress: Notifier {
  /// No manager listens: what is done for a person is done as for a person.
  package let isConnected = false
  private let tasks: any Tasks
  private let state: Mutex<(start: Duration?, isShown: Bool)>
  private let write: @Sendable (String) -> Void

  package init(tasks: any Tasks, write: @escaping @Sendable (String) -> Void) {
    self.tasks = tasks
    self.write = write
    state = Mutex((nil, false))
  }

  package func send(_ assignments: [String]) {
    guard let status = assignments.first(where: { $0.hasPrefix("STATUS=") })?.dropFirst("STATUS=".count) else { return }
    let now = tasks.now()
    state.withLock { state in
      let start = state.start ?? now
      state.start = start
      guard now - start >= .seconds(1) else { return }
      state.isShown = true
      write("\r\u{1b}[K\(status.prefix(78))")
    }
  }

  package func flush() {}

  /// Makes room for what is said in earnest.
  package func clear() {
    state.withLock { state in
      if state.isShown { write("\r\u{1b}[K") }
      state.isShown = false
    }
  }
}
