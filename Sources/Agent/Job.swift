import HostInterface
import Model
import Synchronization

/// Work in a thread of its own, because the kernel may block it for minutes, and what the waiting thread may know of it.
final class Job<Value: Sendable>: Sendable {
  private struct State {
    var words: String
    var since: Duration
    var deadline: Duration
    var result: Result<Value, Failure>?
  }

  private let state: Mutex<State>
  private let tasks: any Tasks
  private let bell: any Bell

  /// - Parameters:
  ///   - words: What it does first.
  ///   - limit: How long that may take.
  ///   - bell: Rung whenever something of this changes.
  init(
    _ words: String, limit: Duration, on tasks: any Tasks, ringing bell: any Bell,
    _ body: @escaping @Sendable (Job) throws -> Value
  ) {
    let now = tasks.now()
    state = Mutex(State(words: words, since: now, deadline: now + limit))
    self.tasks = tasks
    self.bell = bell
    tasks.start { [self] in
      let result = Result { try body(self) }.mapError { Failure($0) }
      state.withLock { $0.result = result }
      bell.ring()
    }
  }

  /// Says what the job does from now on, and how long that may take.
  ///
  /// - Parameter isQuick: Whether it is over before anybody could read that. It is told once it takes a second after all:
  ///   to tell the service manager of hundreds of writes costs more than they do.
  func begin(_ words: String, limit: Duration, isQuick: Bool = false) {
    let now = tasks.now()
    state.withLock { state in
      state.words = words
      state.since = now
      state.deadline = now + limit
    }
    if !isQuick { bell.ring() }
  }

  /// What it does, and how long it has been at it once that is a second or more.
  var words: String {
    let now = tasks.now()
    return state.withLock { state in
      let seconds = (now - state.since).components.seconds
      return seconds > 0 ? "\(state.words) (\(seconds) s)" : state.words
    }
  }
  var deadline: Duration { state.withLock(\.deadline) }
  var isFinished: Bool { state.withLock { $0.result != nil } }

  /// What came of it; for a job that is still not finished, that it is stuck.
  var result: Result<Value, Failure> {
    let now = tasks.now()
    return state.withLock { state in
      state.result
        ?? .failure(
          Failure(
            .writeFailed, "stuck for \((now - state.since).components.seconds) s: \(state.words)",
            remedy: "the driver or the firmware does not answer; see: journalctl -k -g mlx5"))
    }
  }
}
