import Glibc
import NIOCore
import NIOPosix
import Synchronization
import SystemPackage

/// A server on a Unix socket of its own, which answers every request with the same bytes.
final class UnixServer: Sendable {
  enum Step: Sendable {
    case send(String)
    case flood(mebibytes: Int)
    case pause(milliseconds: Int64)
    case close
  }

  private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

  let socket: FilePath
  private let channel: any Channel
  private let received: Received

  init(_ steps: Step...) throws {
    socket = Self.newPath
    let received = Received()
    self.received = received
    channel = try ServerBootstrap(group: Self.group)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Answering(steps, received))
        }
      }
      .bind(unixDomainSocketPath: socket.string).wait()
  }

  deinit {
    try? channel.close().wait()
    unsafe unlink(socket.string)
  }

  /// All that came over all connections.
  var requests: String { received.text.withLock(\.self) }

  /// Where nothing is yet.
  static var newPath: FilePath { FilePath("/tmp/sriov-http-\(UInt64.random(in: 0...(.max)))") }
}

private final class Received: Sendable {
  let text = Mutex("")
}

/// Begins its steps once the request's head is there.
private final class Answering: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let steps: [UnixServer.Step]
  private let received: Received
  private var head = ""

  init(_ steps: [UnixServer.Step], _ received: Received) {
    self.steps = steps
    self.received = received
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let text = String(buffer: unwrapInboundIn(data))
    received.text.withLock { $0 += text }
    let isBegun = head.contains("\r\n\r\n")
    head += text
    if !isBegun && head.contains("\r\n\r\n") { Self.run(steps[...], on: context.channel) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private static func run(_ steps: ArraySlice<UnixServer.Step>, on channel: any Channel) {
    guard let step = steps.first else { return }
    let rest = steps.dropFirst()
    switch step {
    case .send(let text): channel.writeAndFlush(ByteBuffer(string: text), promise: nil)
    case .flood(let mebibytes):
      let mebibyte = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
      for _ in 0..<mebibytes { channel.write(mebibyte, promise: nil) }
      channel.flush()
    case .close: channel.close(promise: nil)
    case .pause(let milliseconds):
      channel.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { run(rest, on: channel) }
      return
    }
    run(rest, on: channel)
  }
}
