package import HostInterface
import Glibc
import Model
import NIOCore
import NIOHTTP1
import NIOPosix
package import SystemPackage

/// HTTP by swift-nio. The thread that asks waits on a bell; all sockets are served by one event loop.
package struct LinuxHTTPTransport: HTTPTransport {
  /// Its thread is made at the first request, and stays. Signals are for the agent's own threads: one that came here
  /// would end the process in the middle of a write.
  private static let group = withSignalsBlocked { MultiThreadedEventLoopGroup(numberOfThreads: 1) }

  private let tasks: LinuxTasks

  package init(tasks: LinuxTasks) { self.tasks = tasks }

  package func exchange(
    _ request: HTTPRequest, over socket: FilePath, until deadline: Duration
  ) throws(HTTPError) -> HTTPReply {
    let connection = connect(request, over: socket, ringing: [])
    defer { connection.close() }
    return try connection.wait(until: deadline) { reception throws(HTTPError.Reason) in try reception.reply() }
  }

  package func open(
    _ request: HTTPRequest, over socket: FilePath, until deadline: Duration, ringing bell: any Bell
  ) throws(HTTPError) -> any HTTPLines {
    let connection = connect(request, over: socket, ringing: [bell])
    do throws(HTTPError) {
      let status = try connection.wait(until: deadline) { reception throws(HTTPError.Reason) in
        try reception.status()
      }
      return LinuxHTTPLines(status: status, connection: connection)
    } catch {
      connection.close()
      throw error
    }
  }

  private func connect(_ request: HTTPRequest, over socket: FilePath, ringing bells: [any Bell]) -> HTTPConnection {
    let bell = tasks.makeBell()
    let reception = HTTPReception(limit: request.replyLimit, ringing: bells + [bell])
    let channel = ClientBootstrap(group: Self.group)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.addHTTPClientHandlers()
          try pipeline.addHandler(HTTPExchange(request, reception))
        }
      }
      .connect(unixDomainSocketPath: socket.string)
    channel.whenFailure { reception.fail(HTTPError.Reason(connecting: $0)) }
    return HTTPConnection(
      request: request, socket: socket, channel: channel, reception: reception, bell: bell, tasks: tasks)
  }
}

private func withSignalsBlocked<Value>(_ body: () -> Value) -> Value {
  var all = sigset_t()
  var before = sigset_t()
  unsafe sigfillset(&all)
  unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
  defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
  return body()
}

/// One request on its way, and whoever waits for its reply.
struct HTTPConnection: Sendable {
  let request: HTTPRequest
  let socket: FilePath
  let channel: EventLoopFuture<any Channel>
  let reception: HTTPReception
  let bell: any Bell
  let tasks: LinuxTasks

  func wait<Value>(
    until deadline: Duration, _ look: (HTTPReception) throws(HTTPError.Reason) -> Value?
  ) throws(HTTPError) -> Value {
    guard let value = try waitOrGiveUp(until: deadline, look) else {
      throw HTTPError(request, socket, .deadline(reception.progress))
    }
    return value
  }

  /// Nil when the deadline came.
  func waitOrGiveUp<Value>(
    until deadline: Duration, _ look: (HTTPReception) throws(HTTPError.Reason) -> Value?
  ) throws(HTTPError) -> Value? {
    do throws(HTTPError.Reason) {
      while true {
        if let value = try look(reception) { return value }
        if !bell.wait(until: deadline) { return try look(reception) }
      }
    } catch {
      throw HTTPError(request, socket, error)
    }
  }

  func close() { channel.whenSuccess { $0.close(promise: nil) } }
}

private struct LinuxHTTPLines: HTTPLines {
  let status: Int
  let connection: HTTPConnection

  func next(until deadline: Duration) throws(HTTPError) -> String? {
    try connection.waitOrGiveUp(until: deadline) { reception throws(HTTPError.Reason) in try reception.line() }
  }

  func close() { connection.close() }
}

extension HTTPError.Reason {
  /// Why no connection could be made.
  fileprivate init(connecting error: any Error) {
    switch error {
    case let error as IOError where error.errnoCode == ENOENT: self = .noSocket
    case let error as IOError where error.errnoCode == ECONNREFUSED: self = .refused
    case let error as IOError: self = .notConnected(Errno(rawValue: error.errnoCode))
    case SocketAddressError.unixDomainSocketPathTooLong: self = .notConnected(.fileNameTooLong)
    default: self = .notConnected(.ioError)
    }
  }
}
