import HostInterface
import LinuxHost
import SystemPackage
import Testing
import TestSupport

/// On this machine's kernel.
@Suite struct LinuxNetlinkTests {
  private static let getLink = NetlinkCommand(.route, 18, "RTM_GETLINK")
  private static let nameOfLink: UInt16 = 3

  private let netlink = LinuxNetlink()

  /// `ifinfomsg` (rtnetlink(7)), of which only the link's index matters here.
  private func link(_ index: Int32 = 0) -> [UInt8] {
    [0, 0, 0, 0] + index.nativeBytes + [UInt8](repeating: 0, count: 8)
  }

  private func errno(of request: NetlinkRequest) -> Errno? {
    do throws(NetlinkError) {
      _ = try netlink.exchange(request)
      return nil
    } catch {
      return error.errno
    }
  }

  private func name(in message: [UInt8]) -> String? {
    [NetlinkAttribute](bytes: message.dropFirst(16))[type: Self.nameOfLink]?.text
  }

  @Test func `a dump shows all links`() throws {
    let links = try netlink.exchange(NetlinkRequest(Self.getLink, isDump: true, payload: link()))
    #expect(links.compactMap(name).contains("lo"))
    #expect(links.allSatisfy { name(in: $0) != nil })
  }

  @Test func `one link is asked for, and its acknowledgement is no message`() throws {
    #expect(try netlink.exchange(NetlinkRequest(Self.getLink, payload: link(1))).map(name) == ["lo"])
  }

  @Test func `a link that does not exist is ENODEV, with a name`() {
    let request = NetlinkRequest(Self.getLink, payload: link(Int32.max))
    #expect { try netlink.exchange(request) } throws: {
      "\($0)" == "cannot request RTM_GETLINK by netlink: ENODEV"
    }
  }

  @Test(arguments: [true, false]) func `a type that the kernel does not know is refused`(isDump: Bool) {
    let unknown = NetlinkRequest(NetlinkCommand(.route, 4000, "unknown"), isDump: isDump, payload: link())
    #expect(errno(of: unknown) == .notSupported)
  }

  @Test func `RDMA netlink is missing, or does not know the type either`() {
    let errno = errno(of: NetlinkRequest(NetlinkCommand(.rdma, 5 << 10 | 1000, "unknown"), isDump: true))
    #expect([.protocolNotSupported, .invalidArgument].contains(errno))
  }

  @Test func `a dump of all families has the addresses of lo, and a dump of routes those to them`() throws {
    let getAddresses = NetlinkCommand(.route, 22, "RTM_GETADDR")
    let addresses = try netlink.exchange(
      NetlinkRequest(getAddresses, isDump: true, payload: Array(repeating: 0, count: 8)))
    // struct ifaddrmsg: family, prefix, flags, scope, link; then IFA_LOCAL.
    #expect(
      addresses.contains { message in
        message.starts(with: [2, 8]) && Int32(nativeBytes: message[4..<8]) == 1
          && [NetlinkAttribute](bytes: message.dropFirst(8))[type: 2]?.value == [127, 0, 0, 1]
      })
    let getRoutes = NetlinkCommand(.route, 26, "RTM_GETROUTE")
    let routes = try netlink.exchange(NetlinkRequest(getRoutes, isDump: true, payload: Array(repeating: 0, count: 12)))
    // struct rtmsg: family, length of the destination, …, table, protocol; then RTA_DST and RTA_OIF. The kernel made it.
    #expect(
      routes.contains { message in
        let attributes = [NetlinkAttribute](bytes: message.dropFirst(12))
        return message.starts(with: [2, 8]) && message[4...5] == [255, 2]
          && attributes[type: 1]?.value == [127, 0, 0, 0] && attributes[type: 4]?.number(Int32.self) == 1
      })
  }

  @Test func `sockets are given back`() throws {
    // Other tests have files open at the same time, but not that many.
    let before = try LinuxFileTree().list("/proc/self/fd").count
    for _ in 0..<1000 { _ = try netlink.exchange(NetlinkRequest(Self.getLink, payload: link(1))) }
    #expect(try LinuxFileTree().list("/proc/self/fd").count < before + 500)
  }
}

/// Messages as a little-endian kernel sends them.
@Suite struct NetlinkReplyTests {
  private static let header = "01 00 00 00 02 00 00 00"  // sequence and port
  private let link = bytes("14 00 00 00  10 00 02 00 \(header)  aa bb cc dd  # RTM_NEWLINK, NLM_F_MULTI")
  private let interrupted = bytes("13 00 00 00  10 00 12 00 \(header)  aa bb cc 00  # … and NLM_F_DUMP_INTR, 19 bytes")
  private let done = bytes("14 00 00 00  03 00 02 00 \(header)  00 00 00 00  # NLMSG_DONE")
  private let acknowledgement = bytes("14 00 00 00  02 00 00 01 \(header)  00 00 00 00  # NLMSG_ERROR 0")
  private let refusal = bytes("14 00 00 00  02 00 00 00 \(header)  ed ff ff ff  # NLMSG_ERROR -ENODEV")
  private let failedDump = bytes("14 00 00 00  03 00 02 00 \(header)  a6 ff ff ff  # NLMSG_DONE -EMSGSIZE")

  private func reply(_ datagrams: [UInt8]...) throws(Errno) -> NetlinkReply {
    var reply = NetlinkReply()
    for datagram in datagrams { try reply.take(datagram) }
    return reply
  }

  @Test func `a dump ends with DONE, in as many datagrams as it takes`() throws {
    #expect(try !reply(link + link).isComplete)
    let reply = try reply(link + link, link, done)
    #expect(reply.isComplete)
    #expect(!reply.isInterrupted)
    #expect(reply.payloads == Array(repeating: [0xaa, 0xbb, 0xcc, 0xdd], count: 3))
  }

  @Test func `an acknowledgement ends a request`() throws {
    let reply = try reply(link, acknowledgement)
    #expect(reply.isComplete)
    #expect(reply.payloads.count == 1)
  }

  @Test func `a dump that was interrupted says so, wherever it was`() throws {
    let reply = try reply(link + interrupted, done)
    #expect(reply.isInterrupted)
    #expect(reply.payloads == [[0xaa, 0xbb, 0xcc, 0xdd], [0xaa, 0xbb, 0xcc]])
  }

  @Test func `errors are thrown`() {
    #expect(throws: Errno.operationNotSupportedByDevice) { try reply(refusal) }
    #expect(throws: Errno.messageTooLong) { try reply(link, failedDump) }
    #expect(throws: Errno.badMessage) { try reply([]) }
    #expect(throws: Errno.noBufferSpace) { try reply(bytes("10 00 00 00  04 00 00 00 \(Self.header)")) }
  }

  @Test func `no bytes make it crash or run for ever`() {
    var dice = Dice(seed: 16)
    let messages = [link, interrupted, done, acknowledgement, refusal, failedDump]
    var failures = 0
    for _ in 0..<5000 {
      var datagram = messages.shuffled(using: &dice).flatMap(\.self)
      for _ in 0..<Int.random(in: 1...4, using: &dice) {
        datagram[Int.random(in: datagram.indices, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
      }
      datagram = datagram.dropLast(Int.random(in: 0...60, using: &dice))
      do { _ = try reply(datagram) } catch { failures += 1 }
    }
    #expect(failures > 1000)
  }
}
