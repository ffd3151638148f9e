import HostInterface
import Synchronization
import SystemPackage

/// A socket behind which every request gets the same answer, once the daemon has told its version.
final class Canned: HTTPTransport {
  private let answer: @Sendable (HTTPRequest) throws(HTTPError.Reason) -> HTTPReply
  private let log = Mutex<[HTTPRequest]>([])
  private let highest: String
  private let lowest: String

  init(
    highest: String = "1.41", lowest: String = "1.12",
    _ answer: @escaping @Sendable (HTTPRequest) throws(HTTPError.Reason) -> HTTPReply
  ) {
    self.highest = highest
    self.lowest = lowest
    self.answer = answer
  }

  convenience init(_ status: Int, _ body: String) {
    self.init { (_) throws(HTTPError.Reason) in HTTPReply(status: status, body: Array(body.utf8)) }
  }

  /// Without those that ask for the version.
  var requests: [HTTPRequest] { log.withLock(\.self) }
  var bodies: [String] { requests.map { String(decoding: $0.body, as: UTF8.self) } }

  func exchange(
    _ request: HTTPRequest, over socket: FilePath, until deadline: Duration
  ) throws(HTTPError) -> HTTPReply {
    switch request.target {
    case "/_ping": return HTTPReply(status: 200, headers: ["api-version": highest], body: Array("OK".utf8))
    case "/version": return HTTPReply(status: 200, body: Array(#"{"MinAPIVersion":"\#(lowest)","Os":"linux"}"#.utf8))
    default: break
    }
    log.withLock { $0.append(request) }
    do throws(HTTPError.Reason) {
      return try answer(request)
    } catch {
      throw HTTPError(request, socket, error)
    }
  }

  func open(
    _ request: HTTPRequest, over socket: FilePath, until deadline: Duration, ringing bell: any Bell
  ) throws(HTTPError) -> any HTTPLines {
    throw HTTPError(request, socket, .noSocket)
  }
}
