import HostInterface
import NIOCore
import NIOHTTP1

/// The end of a channel's pipeline: sends the request, and hands over what comes back.
final class HTTPExchange: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let request: HTTPRequest
  private let reception: HTTPReception

  init(_ request: HTTPRequest, _ reception: HTTPReception) {
    self.request = request
    self.reception = reception
  }

  func channelActive(context: ChannelHandlerContext) {
    reception.connected()
    // Docker refuses a request without Host, whatever it says (docker.md 5.4).
    var headers: HTTPHeaders = ["Host": "docker", "Connection": "close", "Content-Length": "\(request.body.count)"]
    for (name, value) in request.headers { headers.add(name: name, value: value) }
    let head = HTTPRequestHead(
      version: .http1_1, method: HTTPMethod(rawValue: request.method.rawValue), uri: request.target, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      let headers = head.headers.map { ($0.name.lowercased(), $0.value) }
      reception.begin(status: Int(head.status.code), headers: Dictionary(headers) { "\($0), \($1)" })
    case .body(let bytes):
      if !reception.take(Array(buffer: bytes)) { context.close(promise: nil) }
    case .end:
      reception.complete()
      context.close(promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    // The connection ended where the reply could not.
    case HTTPParserError.invalidEOFState: reception.cut()
    case is HTTPParserError: reception.fail(.malformed)
    default: reception.cut()
    }
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) { reception.cut() }
}
