import Model
package import SystemPackage

/// HTTP over Unix sockets: Docker's, and its plugin's. Each request has a connection of its own, which is closed behind
/// it. Deadlines are of `Tasks.now`.
package protocol HTTPTransport: Sendable {
  /// Sends one request, once, and blocks until its reply is complete.
  func exchange(_ request: HTTPRequest, over socket: FilePath, until deadline: Duration) throws(HTTPError) -> HTTPReply

  /// Sends one request, and blocks until the reply's status is there. Its body is then read line by line, for as long
  /// as it comes; `bell` is rung whenever there is something to read, the end included.
  func open(
    _ request: HTTPRequest, over socket: FilePath, until deadline: Duration, ringing bell: any Bell
  ) throws(HTTPError) -> any HTTPLines
}

/// A reply that is read while it comes.
package protocol HTTPLines: Sendable {
  var status: Int { get }
  /// The next line, without its newline; nil when none came until the deadline. A stream that ended is an error, `cut`,
  /// however it ended.
  func next(until deadline: Duration) throws(HTTPError) -> String?
  func close()
}

package struct HTTPRequest: Hashable, Sendable {
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case delete = "DELETE"
  }

  package let method: Method
  /// What follows the method: a path, and perhaps a query.
  package let target: String
  /// Beside those that every request has: Host, Connection, Content-Length.
  package let headers: [String: String]
  package let body: [UInt8]
  /// How many bytes the reply's body, or what of a stream was not read yet, may have.
  package let replyLimit: Int

  package init(
    _ method: Method, _ target: String, headers: [String: String] = [:], body: [UInt8] = [], replyLimit: Int = 8 << 20
  ) {
    self.method = method
    self.target = target
    self.headers = headers
    self.body = body
    self.replyLimit = replyLimit
  }
}

package struct HTTPReply: Hashable, Sendable {
  package let status: Int
  /// By names in lower case.
  package let headers: [String: String]
  package let body: [UInt8]

  package init(status: Int, headers: [String: String] = [:], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

/// A request that got no usable reply.
package struct HTTPError: Error, Hashable, Sendable {
  package enum Reason: Error, Hashable {
    /// There is no such file.
    case noSocket
    /// Nobody listens any more: a process that ended leaves its file behind.
    case refused
    /// The connection could not be made for another reason.
    case notConnected(Errno)
    /// The deadline came.
    case deadline(Progress)
    /// The connection ended before the reply did.
    case cut(Progress)
    /// The reply is larger than the request's limit.
    case tooLarge
    /// What came is no HTTP.
    case malformed
  }

  /// How far the request had come.
  package enum Progress: Hashable, Sendable {
    case notConnected
    /// It was sent, and not a byte came back.
    case unanswered
    /// The reply had begun.
    case answering
  }

  package let request: HTTPRequest
  package let socket: FilePath
  package let reason: Reason

  package init(_ request: HTTPRequest, _ socket: FilePath, _ reason: Reason) {
    self.request = request
    self.socket = socket
    self.reason = reason
  }
}

extension HTTPError {
  /// Whether the request may have been carried out all the same: what it was to change has to be read again.
  package var mayHaveActed: Bool {
    switch reason {
    case .noSocket, .refused, .notConnected, .deadline(.notConnected), .cut(.notConnected): false
    case .deadline, .cut, .tooLarge, .malformed: true
    }
  }
}

extension HTTPError: CustomStringConvertible {
  /// `POST /networks/create over /run/docker.sock: no answer before the deadline`
  package var description: String { "\(request.method.rawValue) \(request.target) over \(socket): \(reason)" }
}

extension HTTPError.Reason: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noSocket: "there is no such socket"
    case .refused: "nobody listens on it"
    case .notConnected(let errno): "cannot connect: \(errno.explained)"
    case .deadline(.notConnected): "not connected before the deadline"
    case .deadline(.unanswered): "no answer before the deadline"
    case .deadline(.answering): "the answer was not complete before the deadline"
    case .cut(.notConnected), .cut(.unanswered): "the connection ended without an answer"
    case .cut(.answering): "the connection ended in the middle of the answer"
    case .tooLarge: "the answer is too large"
    case .malformed: "the answer is not HTTP"
    }
  }
}
