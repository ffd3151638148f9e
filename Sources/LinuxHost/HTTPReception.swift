import HostInterface
import Synchronization

/// What came of one reply so far: the event loop puts it in, and the thread that asked takes it out.
final class HTTPReception: Sendable {
  private struct State {
    var progress = HTTPError.Progress.notConnected
    var head: HTTPReply?
    var body: [UInt8] = []
    /// How much of the body has no newline.
    var searched = 0
    var isComplete = false
    var failure: HTTPError.Reason?
  }

  private let state = Mutex(State())
  private let limit: Int
  /// Rung by all that comes. The thread that waits for a reply has one of its own; a stream's is rung as well.
  private let bells: [any Bell]

  init(limit: Int, ringing bells: [any Bell]) {
    self.limit = limit
    self.bells = bells
  }

  private func update(_ change: (inout State) -> Void) {
    state.withLock { change(&$0) }
    for bell in bells { bell.ring() }
  }

  // MARK: The event loop's side

  func connected() { update { $0.progress = .unanswered } }

  func begin(status: Int, headers: [String: String]) {
    update { state in
      state.progress = .answering
      state.head = HTTPReply(status: status, headers: headers, body: [])
    }
  }

  /// False when the limit is passed.
  func take(_ bytes: [UInt8]) -> Bool {
    update { state in
      if state.body.count + bytes.count > limit {
        fail(&state, .tooLarge)
      } else {
        state.body += bytes
      }
    }
    return state.withLock { $0.failure == nil }
  }

  func complete() { update { $0.isComplete = true } }

  func fail(_ reason: HTTPError.Reason) { update { fail(&$0, reason) } }

  func cut() { update { fail(&$0, .cut($0.progress)) } }

  /// The first failure is the cause; what comes behind it, or behind the reply's end, is not.
  private func fail(_ state: inout State, _ reason: HTTPError.Reason) {
    if !state.isComplete && state.failure == nil { state.failure = reason }
  }

  // MARK: The side of the thread that asked

  /// The whole reply, nil while it is not complete.
  func reply() throws(HTTPError.Reason) -> HTTPReply? {
    try state.withLock { state throws(HTTPError.Reason) in
      if let failure = state.failure { throw failure }
      guard state.isComplete, let head = state.head else { return nil }
      return HTTPReply(status: head.status, headers: head.headers, body: state.body)
    }
  }

  func status() throws(HTTPError.Reason) -> Int? {
    try state.withLock { state throws(HTTPError.Reason) in
      if let head = state.head { return head.status }
      if let failure = state.failure { throw failure }
      return nil
    }
  }

  /// Lines that came before the stream ended are still given.
  func line() throws(HTTPError.Reason) -> String? {
    try state.withLock { state throws(HTTPError.Reason) in
      if let end = state.body[state.searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer {
          state.body.removeSubrange(...end)
          state.searched = 0
        }
        return String(decoding: state.body[..<end], as: UTF8.self)
      }
      state.searched = state.body.count
      if let failure = state.failure { throw failure }
      if state.isComplete { throw .cut(.answering) }
      return nil
    }
  }

  var progress: HTTPError.Progress { state.withLock(\.progress) }
}
