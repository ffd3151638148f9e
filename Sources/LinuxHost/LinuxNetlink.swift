import CNetlink
import Glibc
package import HostInterface
import SystemPackage

/// Netlink through libnl-3: it numbers and sends requests, and receives datagrams of any size.
package struct LinuxNetlink: NetlinkSocket {
  /// A dump during which something changed is begun anew this often.
  private static let attempts = 10

  package init() {}

  package func exchange(_ request: NetlinkRequest) throws(NetlinkError) -> [[UInt8]] {
    do throws(Errno) {
      let connection = try Connection.open(request.command.family)
      for _ in 1...Self.attempts {
        var reply = NetlinkReply()
        try connection.send(request)
        while !reply.isComplete { try reply.take(try connection.receive()) }
        if !reply.isInterrupted { return reply.payloads }
      }
      throw .interrupted
    } catch {
      throw NetlinkError(request, error)
    }
  }
}

/// One socket. Each exchange has its own, so that an answer that came too late is never taken for another's.
@safe private struct Connection: ~Copyable {
  /// The kernel does its work inside our calls: a wait that long means that its answer was lost.
  private static let deadline = timeval(tv_sec: 5, tv_usec: 0)
  /// Room for what a PF says of all its VFs and the acknowledgement behind it (mlx5.md 5.3).
  private static let receiveBuffer: Int32 = 1 << 20
  /// What is offered to receive with each call. The kernel lays a dump out in pieces as large as that, 32 KiB at most, and
  /// what it says of one PF must fit in one; libnl would offer half.
  private static let datagram = 1 << 16

  private let socket: OpaquePointer

  private init() throws(Errno) {
    guard let socket = unsafe nl_socket_alloc() else { throw .noMemory }
    unsafe self.socket = unsafe socket
  }

  deinit { unsafe nl_socket_free(socket) }

  static func open(_ family: NetlinkFamily) throws(Errno) -> Connection {
    let connection = try Connection()
    try connection.connect(to: family)
    return connection
  }

  private borrowing func connect(to family: NetlinkFamily) throws(Errno) {
    try call { unsafe nl_connect(socket, family.rawValue) }
    try call { unsafe nl_socket_set_buffer_size(socket, Self.receiveBuffer, 0) }
    unsafe nl_socket_set_msg_buf_size(socket, Self.datagram)
    // Else what is larger than that would be cut off.
    unsafe nl_socket_enable_msg_peek(socket)
    var deadline = Self.deadline
    try call {
      unsafe setsockopt(
        nl_socket_get_fd(socket), SOL_SOCKET, SO_RCVTIMEO, &deadline, socklen_t(MemoryLayout<timeval>.size))
    }
  }

  /// libnl adds that it is a request, and that it wants an acknowledgement.
  borrowing func send(_ request: NetlinkRequest) throws(Errno) {
    var payload = request.payload
    let flags = request.isDump ? NLM_F_ROOT | NLM_F_MATCH : 0
    try call { unsafe nl_send_simple(socket, Int32(request.command.type), flags, &payload, payload.count) }
  }

  borrowing func receive() throws(Errno) -> [UInt8] {
    var sender = sockaddr_nl()
    var datagram: UnsafeMutablePointer<UInt8>?
    let count: Int32
    do throws(Errno) {
      count = try call { unsafe nl_recv(socket, &sender, &datagram, nil) }
    } catch .resourceTemporarilyUnavailable {
      throw .timedOut
    }
    defer { unsafe free(datagram) }
    return unsafe Array(UnsafeBufferPointer(start: datagram, count: Int(count)))
  }
}

/// libnl folds errnos into fewer numbers of its own. The system call's is still there afterwards; there is none where
/// libnl itself did not like something.
@discardableResult
private func call(_ body: () -> Int32) throws(Errno) -> Int32 {
  errno = 0
  let result = body()
  guard result < 0 else { return result }
  throw errno == 0 ? .ioError : Errno(rawValue: errno)
}
