package import HostInterface
import Synchronization
package import SystemPackage

/// The Unix sockets of a simulated host. Who answers does so in a thread of its own: a client that gives up changes
/// nothing for it.
package final class SimulatedSockets: HTTPTransport {
  private let tasks: SimulatedTasks
  private let servers = Mutex<[FilePath: any SimulatedServer]>([:])
  private let log = Mutex<[Call]>([])
  private let callsUntilKill = Mutex<Int?>(nil)

  /// One request that came through.
  package struct Call: Equatable, Sendable {
    package let socket: FilePath
    package let request: HTTPRequest
    package let time: Duration
  }

  init(tasks: SimulatedTasks) { self.tasks = tasks }

  package var calls: [Call] { log.withLock(\.self) }
  package func forgetCalls() { log.withLock { $0 = [] } }

  /// The process dies (SIGKILL) just before the call with this number from now.
  package func killProcess(beforeCall number: Int) { callsUntilKill.withLock { $0 = number } }

  func put(_ server: any SimulatedServer, at socket: FilePath) { servers.withLock { $0[socket] = server } }

  package func exchange(
    _ request: HTTPRequest, over socket: FilePath, until deadline: Duration
  ) throws(HTTPError) -> HTTPReply {
    let server = try connect(request, socket)
    let answer = Answer(tasks.makeBell())
    tasks.start { answer.give(server.answer(request)) }
    guard let result = answer.wait(until: deadline) else {
      throw HTTPError(request, socket, .deadline(.unanswered))
    }
    do throws(HTTPError.Reason) {
      let reply = try result.get()
      guard reply.body.count <= request.replyLimit else { throw .tooLarge }
      return reply
    } catch {
      throw HTTPError(request, socket, error)
    }
  }

  package func open(
    _ request: HTTPRequest, over socket: FilePath, until deadline: Duration, ringing bell: any Bell
  ) throws(HTTPError) -> any HTTPLines {
    let server = try connect(request, socket)
    let answer = StreamAnswer(tasks.makeBell())
    let lines = SimulatedLines(request, socket, bells: [tasks.makeBell(), bell])
    tasks.start { answer.give(server.stream(request, into: lines)) }
    guard let result = answer.wait(until: deadline) else {
      throw HTTPError(request, socket, .deadline(.unanswered))
    }
    do throws(HTTPError.Reason) {
      _ = try result.get()
    } catch {
      throw HTTPError(request, socket, error)
    }
    return lines
  }

  private func connect(_ request: HTTPRequest, _ socket: FilePath) throws(HTTPError) -> any SimulatedServer {
    let isLast = callsUntilKill.withLock { left in
      defer { left = left.flatMap { $0 > 0 ? $0 - 1 : nil } }
      return left == 0
    }
    if isLast { tasks.isProcessDead = true }
    guard !tasks.isProcessDead else { throw HTTPError(request, socket, .cut(.notConnected)) }
    guard let server = servers.withLock({ $0[socket] }) else { throw HTTPError(request, socket, .noSocket) }
    switch server.socketState {
    case .absent: throw HTTPError(request, socket, .noSocket)
    case .forbidden: throw HTTPError(request, socket, .notConnected(.permissionDenied))
    case .stale: throw HTTPError(request, socket, .refused)
    case .listening: break
    }
    log.withLock { $0.append(Call(socket: socket, request: request, time: tasks.now())) }
    return server
  }
}

enum SocketState: Sendable {
  case absent
  /// The caller may not write to it.
  case forbidden
  /// The file is there, and nobody listens.
  case stale
  /// The kernel takes connections, whether or not anybody will answer.
  case listening
}

/// Who listens on a socket. All calls may block in simulated time.
protocol SimulatedServer: Sendable {
  var socketState: SocketState { get }
  func answer(_ request: HTTPRequest) -> Result<HTTPReply, HTTPError.Reason>
  /// Gives the status of a stream whose lines go to `lines` from then on.
  func stream(_ request: HTTPRequest, into lines: SimulatedLines) -> Result<Int, HTTPError.Reason>
}

/// What a thread answers another one.
private final class Handover<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let bell: any Bell

  init(_ bell: any Bell) { self.bell = bell }

  func give(_ value: Value) {
    self.value.withLock { $0 = value }
    bell.ring()
  }

  /// Nil when the deadline came.
  func wait(until deadline: Duration) -> Value? {
    while true {
      if let value = value.withLock(\.self) { return value }
      if !bell.wait(until: deadline) { return value.withLock(\.self) }
    }
  }
}

private typealias Answer = Handover<Result<HTTPReply, HTTPError.Reason>>
private typealias StreamAnswer = Handover<Result<Int, HTTPError.Reason>>

/// A stream that a server feeds.
final class SimulatedLines: HTTPLines {
  private struct State {
    var lines: [String] = []
    var isEnded = false
    var isClosed = false
  }

  let status = 200
  private let state = Mutex(State())
  private let request: HTTPRequest
  private let socket: FilePath
  private let bells: [any Bell]

  init(_ request: HTTPRequest, _ socket: FilePath, bells: [any Bell]) {
    self.request = request
    self.socket = socket
    self.bells = bells
  }

  var isClosed: Bool { state.withLock(\.isClosed) }

  func send(_ line: String) { update { $0.lines.append(line) } }
  func end() { update { $0.isEnded = true } }
  func close() { update { $0.isClosed = true } }

  private func update(_ change: (inout State) -> Void) {
    state.withLock { change(&$0) }
    for bell in bells { bell.ring() }
  }

  func next(until deadline: Duration) throws(HTTPError) -> String? {
    while true {
      if let line = state.withLock({ $0.lines.isEmpty ? nil : $0.lines.removeFirst() }) { return line }
      if state.withLock(\.isEnded) { throw HTTPError(request, socket, .cut(.answering)) }
      if !bells[0].wait(until: deadline) { return nil }
    }
  }
}
