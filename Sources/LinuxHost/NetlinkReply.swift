import CNetlink
import HostInterface
package import SystemPackage

/// The answer to one request, from the datagrams that it comes in; each holds messages (include/uapi/linux/netlink.h).
package struct NetlinkReply {
  private static let headerSize = 16

  /// What follows the header of each message.
  package private(set) var payloads: [[UInt8]] = []
  package private(set) var isComplete = false
  /// Something changed while the kernel listed it: the answer may lack things, or have them twice.
  package private(set) var isInterrupted = false

  package init() {}

  package mutating func take(_ datagram: [UInt8]) throws(Errno) {
    var rest = datagram[...]
    repeat {
      guard rest.count >= Self.headerSize,
        let length = UInt32(nativeBytes: rest.prefix(4)).map(Int.init),
        let type = UInt16(nativeBytes: rest.dropFirst(4).prefix(2)),
        let flags = UInt16(nativeBytes: rest.dropFirst(6).prefix(2)),
        (Self.headerSize...rest.count).contains(length)
      else { throw .badMessage }
      if Int32(flags) & NLM_F_DUMP_INTR != 0 { isInterrupted = true }
      try take(rest.prefix(length).dropFirst(Self.headerSize), type: Int32(type))
      rest = rest.dropFirst((length + 3) & ~3)
    } while !rest.isEmpty
  }

  private mutating func take(_ payload: ArraySlice<UInt8>, type: Int32) throws(Errno) {
    switch type {
    case NLMSG_NOOP: break
    case NLMSG_OVERRUN: throw .noBufferSpace
    case NLMSG_ERROR, NLMSG_DONE:
      // A dump can also fail on its way: its end then has the errno, negative in both.
      let result = Int32(nativeBytes: payload.prefix(4)) ?? 0
      guard result >= 0 else { throw Errno(rawValue: 0 &- result) }
      isComplete = true
    default: payloads.append(Array(payload))
    }
  }
}
