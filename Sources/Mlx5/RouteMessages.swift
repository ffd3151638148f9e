import HostInterface
import Model

/// The messages of rtnetlink about addresses, routes and the links that have them (rtnetlink(7), include/uapi/linux/
/// rtnetlink.h, if_addr.h, if_link.h), as far as they tell whether a netdev is used.
extension NetlinkRequest {
  /// A dump of all families: struct ifaddrmsg, struct rtmsg and struct ifinfomsg, each of zeros.
  static let allAddresses = dump(NetlinkCommand(.route, 22, "RTM_GETADDR"), header: AddressMessage.headerSize)
  static let allRoutes = dump(NetlinkCommand(.route, 26, "RTM_GETROUTE"), header: RouteMessage.headerSize)
  /// Without their VFs.
  static let allLinks = dump(.getLink, header: LinkMessage.headerSize)

  private static func dump(_ command: NetlinkCommand, header: Int) -> NetlinkRequest {
    NetlinkRequest(command, isDump: true, payload: [UInt8](repeating: 0, count: header))
  }
}

/// One address of a netdev.
struct AddressMessage {
  static let headerSize = 8
  private static let address: UInt16 = 1
  private static let local: UInt16 = 2

  let link: Int32
  let isLinkLocal: Bool
  /// With the length of its prefix.
  let text: String

  /// Nil for what is no IPv4 or IPv6 address.
  init?(_ payload: [UInt8]) {
    guard payload.count >= Self.headerSize, let link = Int32(nativeBytes: payload[4..<8]) else { return nil }
    let attributes = [NetlinkAttribute](bytes: payload.dropFirst(Self.headerSize))
    // On a point-to-point link the other end's address is in IFA_ADDRESS.
    guard let value = attributes[type: Self.local] ?? attributes[type: Self.address],
      let address = IPAddress(family: payload[0], value.value)
    else { return nil }
    self.link = link
    isLinkLocal = address.isLinkLocal
    text = "\(address)/\(payload[1])"
  }
}

/// One route.
struct RouteMessage {
  static let headerSize = 12
  private static let destination: UInt16 = 1
  private static let outgoingLink: UInt16 = 4
  private static let multipath: UInt16 = 9
  /// RT_TABLE_LOCAL, RTPROT_REDIRECT, RTPROT_KERNEL.
  private static let localTable: UInt8 = 255
  private static let ofKernel: Set<UInt8> = [1, 2]

  /// Those that it leaves by: several for a multipath route.
  let links: [Int32]
  /// Whether it follows neither from an address nor from the link itself.
  let isMadeByUser: Bool
  let destination: String

  /// Nil for what is no IPv4 or IPv6 route.
  init?(_ payload: [UInt8]) {
    guard payload.count >= Self.headerSize, let any = IPAddress(family: payload[0]) else { return nil }
    let attributes = [NetlinkAttribute](bytes: payload.dropFirst(Self.headerSize))
    let target = attributes[type: Self.destination].flatMap { IPAddress(family: payload[0], $0.value) } ?? any
    destination = payload[1] == 0 ? "default" : "\(target)/\(payload[1])"
    let isLinkLocal = payload[1] > 0 && (target.isLinkLocal || target.isMulticast)
    isMadeByUser = payload[4] != Self.localTable && !Self.ofKernel.contains(payload[5]) && !isLinkLocal
    let next = attributes[type: Self.multipath].map { Self.links(inNextHops: $0.value) } ?? []
    links = [attributes[type: Self.outgoingLink]?.number(Int32.self)].compactMap(\.self) + next
  }

  /// struct rtnexthop: a length of two bytes, flags, hops, the link's index, and attributes.
  private static func links(inNextHops bytes: [UInt8]) -> [Int32] {
    var links: [Int32] = []
    var rest = bytes[...]
    while let length = UInt16(nativeBytes: rest.prefix(2)).map(Int.init), length >= 8, length <= rest.count,
      let link = Int32(nativeBytes: rest.dropFirst(4).prefix(4))
    {
      links.append(link)
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return links
  }
}

/// One netdev.
struct LinkMessage {
  static let headerSize = 16
  private static let name: UInt16 = 3
  private static let lower: UInt16 = 5
  private static let lowerNamespace: UInt16 = 37

  let index: Int32
  let name: String
  let isUp: Bool
  /// The index of what it is stacked on; nil where that is in another network namespace.
  let lower: Int32?

  init?(_ payload: [UInt8]) {
    guard payload.count >= Self.headerSize, let index = Int32(nativeBytes: payload[4..<8]),
      let flags = UInt32(nativeBytes: payload[8..<12])
    else { return nil }
    let attributes = [NetlinkAttribute](bytes: payload.dropFirst(Self.headerSize))
    self.index = index
    name = attributes[type: Self.name]?.text ?? "link \(index)"
    isUp = flags & 1 == 1  // IFF_UP
    let isElsewhere = attributes[type: Self.lowerNamespace] != nil
    lower = isElsewhere ? nil : attributes[type: Self.lower]?.number(Int32.self).flatMap { $0 == index ? nil : $0 }
  }
}
