import HostInterface
import Model

/// What the host has set up on a netdev.
package struct SimulatedInterface: Codable, Equatable, Sendable {
  package var isUp = true
  /// Such as `10.0.0.5/24`. One that is up has a link-local one beside them.
  package var addresses: [String] = []
  package var routes: [SimulatedRoute] = []

  package init(isUp: Bool = true, addresses: [String] = [], routes: [SimulatedRoute] = []) {
    (self.isUp, self.addresses, self.routes) = (isUp, addresses, routes)
  }
}

package struct SimulatedRoute: Codable, Equatable, Sendable {
  /// Such as `10.1.0.0/16`, or `default`.
  package var destination: String
  /// RTPROT_BOOT, as `ip route add` has it.
  package var origin: UInt8
  /// RT_TABLE_MAIN.
  package var table: UInt8
  /// Whether it leaves by `lo`, too.
  package var isMultipath: Bool

  package init(_ destination: String, origin: UInt8 = 3, table: UInt8 = 254, isMultipath: Bool = false) {
    (self.destination, self.origin, self.table, self.isMultipath) = (destination, origin, table, isMultipath)
  }
}

/// rtnetlink's dumps of addresses and routes (net/ipv4/devinet.c, net/ipv4/fib_semantics.c, net/ipv6/addrconf.c,
/// net/ipv6/route.c). A dump of all families has those of others, too.
extension Machine {
  private static let linkLocal = "fe80::e42:a1ff:fe00:1/64"

  var addressMessages: [[UInt8]] {
    let all = links.flatMap { link in
      (link.interface.addresses + (link.interface.isUp && link.index != 1 ? [Self.linkLocal] : []))
        .compactMap { SimulatedAddress($0) }.map { ($0, link) }
    }
    let messages = all.map { address, link in
      let scope: UInt8 = address.isLinkLocal ? 253 : 0
      let header: [UInt8] = [address.family, address.prefix, 0x80, scope] + link.index.nativeBytes
      // An IPv6 address has no IFA_LOCAL, but for a peer's.
      let attributes =
        [NetlinkAttribute(1, address.bytes)]
        + (address.family == 2 ? [NetlinkAttribute(2, address.bytes), NetlinkAttribute(3, link.name)] : [])
        + [NetlinkAttribute(8, UInt32(0x80)), NetlinkAttribute(6, [UInt8](repeating: 0xff, count: 16))]
      return header + attributes.bytes
    }
    // IPv4 first; then what MCTP has, whose addresses are of one byte.
    return messages.filter { $0[0] == 2 } + messages.filter { $0[0] == 10 }
      + [[45, 0, 0, 0] + Int32(1).nativeBytes + [NetlinkAttribute(2, [8])].bytes, [10, 0]]
  }

  /// With what the kernel makes of addresses and of links that are up.
  var routeMessages: [[UInt8]] {
    var messages: [[UInt8]] = []
    for link in links where link.interface.isUp {
      for address in link.interface.addresses.compactMap({ SimulatedAddress($0) }) {
        messages.append(route(address, by: link.index, origin: 2, table: 254))
        messages.append(route(address.whole, by: link.index, origin: 2, table: 255))
      }
      if link.index != 1 {
        messages += ["fe80::/64", Self.linkLocal].compactMap { SimulatedAddress($0) }
          .map { route($0, by: link.index, origin: 2, table: 254) }
        // Before 5.2 or so the kernel called its own multicast route one of the boot's.
        messages += ["ff00::/8"].compactMap { SimulatedAddress($0) }
          .map { route($0, by: link.index, origin: 3, table: 255) }
      }
      for route in link.interface.routes {
        let target = SimulatedAddress(route.destination == "default" ? "0.0.0.0/0" : route.destination)
        guard let target else { continue }
        messages.append(
          self.route(target, by: link.index, origin: route.origin, table: route.table, isMultipath: route.isMultipath))
      }
    }
    // A label of MPLS on the way to the first PF, and a route of IPv4's multicast (RTNL_FAMILY_IPMR).
    return messages + [
      [28, 20, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0] + [NetlinkAttribute(4, Int32(2))].bytes,
      [128, 32, 0, 0, 253, 17, 0, 5, 0, 0, 0, 0] + [NetlinkAttribute(4, Int32(2))].bytes,
    ]
  }

  private func route(
    _ target: SimulatedAddress, by index: Int32, origin: UInt8, table: UInt8, isMultipath: Bool = false
  ) -> [UInt8] {
    let header: [UInt8] = [target.family, target.prefix, 0, 0, table, origin, 0, 1, 0, 0, 0, 0]
    var attributes = [NetlinkAttribute(15, UInt32(table))]
    if target.prefix > 0 { attributes.append(NetlinkAttribute(1, target.bytes)) }
    guard isMultipath else { return header + (attributes + [NetlinkAttribute(4, index)]).bytes }
    // struct rtnexthop, and a gateway in the first.
    let gateway = [NetlinkAttribute(5, [10, 0, 0, 1])].bytes
    let hops =
      UInt16(16).nativeBytes + [0, 0] + Int32(1).nativeBytes + gateway + UInt16(8).nativeBytes + [0, 0]
      + index.nativeBytes
    return header + (attributes + [NetlinkAttribute(9, hops)]).bytes
  }
}

/// An address with its prefix, from its text.
private struct SimulatedAddress {
  var bytes: [UInt8]
  var prefix: UInt8

  init?(_ text: String) {
    let parts = text.split(separator: "/")
    guard parts.count == 2, let prefix = UInt8(parts[1]) else { return nil }
    self.prefix = prefix
    if let address = IPv4Address(parts[0]) {
      bytes = stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: address.value >> $0) }
      return
    }
    let halves = parts[0].split(separator: "::", omittingEmptySubsequences: false)
      .map { $0.split(separator: ":").compactMap { UInt16($0, radix: 16) } }
    let groups = halves.count == 2 ? 8 - halves[0].count - halves[1].count : 0
    let all = (halves.first ?? []) + Array(repeating: 0, count: max(0, groups)) + (halves.count == 2 ? halves[1] : [])
    guard all.count == 8 else { return nil }
    bytes = all.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
  }

  var family: UInt8 { bytes.count == 4 ? 2 : 10 }
  var isLinkLocal: Bool { bytes.starts(with: [169, 254]) || bytes.starts(with: [0xfe, 0x80]) }
  /// As a route to the host itself.
  var whole: SimulatedAddress {
    var whole = self
    whole.prefix = UInt8(bytes.count * 8)
    return whole
  }
}
