import Model
package import SystemPackage

/// The kernel's netlink sockets (netlink(7)).
package protocol NetlinkSocket: Sendable {
  /// Sends one request, blocks until the kernel has answered it in full, a few seconds at most, and returns what follows
  /// the header of each message of the answer. A request that only changes something is answered by no message.
  func exchange(_ request: NetlinkRequest) throws(NetlinkError) -> [[UInt8]]
}

/// The protocols of netlink that the agent speaks.
package enum NetlinkFamily: Int32, Sendable {
  case route = 0
  case rdma = 20
}

/// A kind of message.
package struct NetlinkCommand: Hashable, Sendable {
  package let family: NetlinkFamily
  package let type: UInt16
  /// The kernel's own word for it, such as `RTM_GETLINK`.
  package let name: String

  package init(_ family: NetlinkFamily, _ type: UInt16, _ name: String) {
    self.family = family
    self.type = type
    self.name = name
  }
}

/// One question, or one change.
package struct NetlinkRequest: Hashable, Sendable {
  package let command: NetlinkCommand
  /// Whether all there is of a kind is asked for (`NLM_F_DUMP`).
  package let isDump: Bool
  /// What follows the message's header: the family's own header, if it has one, and attributes.
  package let payload: [UInt8]

  package init(_ command: NetlinkCommand, isDump: Bool = false, payload: [UInt8] = []) {
    self.command = command
    self.isDump = isDump
    self.payload = payload
  }
}

/// A request that the kernel refused, or could not be asked.
package struct NetlinkError: Error, Hashable, Sendable {
  package let request: NetlinkRequest
  package let errno: Errno

  package init(_ request: NetlinkRequest, _ errno: Errno) {
    self.request = request
    self.errno = errno
  }
}

extension NetlinkError {
  /// The kernel has no such family: what it is about has not been loaded.
  package var isAbsence: Bool { errno == .protocolNotSupported }
}

extension NetlinkError: CustomStringConvertible {
  package var description: String {
    "cannot \(request.isDump ? "dump" : "request") \(request.command.name) by netlink: \(errno.name)"
  }
}
