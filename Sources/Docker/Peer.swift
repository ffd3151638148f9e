import FoundationEssentials
import HostInterface
import Model
import SystemPackage

/// The other side of a socket: it is asked in JSON, and refuses in words of its own.
struct Peer: Sendable {
  let http: any HTTPTransport
  let socket: FilePath
  let contentType: String
  /// Takes the words for people out of the body of a refusal.
  let message: @Sendable ([UInt8]) -> String?

  func request(_ method: HTTPRequest.Method, _ target: String, body: [UInt8] = []) -> HTTPRequest {
    HTTPRequest(method, target, headers: body.isEmpty ? [:] : ["Content-Type": contentType], body: body)
  }

  /// Sends a request once. A status from 400 on is an error with the other side's words.
  @discardableResult
  func send(_ request: HTTPRequest, until deadline: Duration) throws(DockerError) -> HTTPReply {
    let reply: HTTPReply
    do throws(HTTPError) {
      reply = try http.exchange(request, over: socket, until: deadline)
    } catch {
      throw DockerError(request, socket, .transport(error))
    }
    guard reply.status < 400 else {
      let words = message(reply.body) ?? String(decoding: reply.body, as: UTF8.self)
      throw DockerError(request, socket, .refusal(status: reply.status, message: words.trimmed))
    }
    return reply
  }

  func get<Value: Decodable>(
    _ type: Value.Type, _ target: String, until deadline: Duration
  ) throws(DockerError) -> Value {
    try decode(request(.get, target), until: deadline)
  }

  func post(_ target: String, _ body: some Encodable, until deadline: Duration) throws(DockerError) {
    try send(post(target, body), until: deadline)
  }

  func post<Value: Decodable>(
    _ type: Value.Type, _ target: String, _ body: some Encodable, until deadline: Duration
  ) throws(DockerError) -> Value {
    try decode(post(target, body), until: deadline)
  }

  private func post(_ target: String, _ body: some Encodable) -> HTTPRequest {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let bytes = try? encoder.encode(body) else { preconditionFailure("a body that is no JSON: \(body)") }
    return request(.post, target, body: Array(bytes))
  }

  private func decode<Value: Decodable>(
    _ request: HTTPRequest, until deadline: Duration
  ) throws(DockerError) -> Value {
    let reply = try send(request, until: deadline)
    do {
      return try JSONDecoder().decode(Value.self, from: Data(reply.body))
    } catch {
      throw DockerError(request, socket, .unreadable(DecodingError.words(for: error)))
    }
  }
}

extension String {
  /// Without the end of the line that an error from a daemon often has.
  fileprivate var trimmed: String {
    String(self[..<(lastIndex { !$0.isWhitespace }.map(index(after:)) ?? startIndex)])
  }

  /// As one component of a path, or one value of a query.
  var percentEncoded: String {
    utf8.map { byte in
      let character = Character(UnicodeScalar(byte))
      if character.isASCII && (character.isLetter || character.isNumber || "-_.~".contains(character)) {
        return String(character)
      }
      let digits = String(byte, radix: 16, uppercase: true)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }
}
