package import HostInterface

/// A netlink socket that does what it is told.
package struct Meddler: NetlinkSocket {
  private let answer: @Sendable (NetlinkRequest) throws(NetlinkError) -> [[UInt8]]

  package init(_ answer: @escaping @Sendable (NetlinkRequest) throws(NetlinkError) -> [[UInt8]]) {
    self.answer = answer
  }

  package func exchange(_ request: NetlinkRequest) throws(NetlinkError) -> [[UInt8]] { try answer(request) }
}
