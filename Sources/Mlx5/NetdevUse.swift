import HostInterface
import SystemPackage

/// What the host itself does with its netdevs, read once by rtnetlink: which of them have an address or carry a route.
///
/// Link-local addresses do not count, as the kernel makes them by itself, and neither do routes that follow from an
/// address. An address covers the sockets that are bound to it, and so the RDMA CM listeners: those need an address of the
/// netdev, too, unless they listen on all. Sockets that are bound to a netdev without an address are not asked for.
struct NetdevUse: Sendable {
  private struct Link {
    let name: String
    let isUp: Bool
    /// The index of what it is stacked on.
    let lower: Int32?
  }

  /// By the index of the netdev, in words.
  private let uses: [Int32: String]

  init(_ netlink: any NetlinkSocket) throws(NetlinkError) {
    let addresses = try netlink.exchange(.allAddresses).compactMap(AddressMessage.init)
    let routes = try netlink.exchange(.allRoutes).compactMap(RouteMessage.init)
    var own: [Int32: String] = [:]
    for route in routes where route.isMadeByUser {
      for index in route.links { own[index] = own[index] ?? "carries the route \(route.destination)" }
    }
    for address in addresses where !address.isLinkLocal {
      own[address.link] = "has the address \(address.text)"
    }
    var links: [Int32: Link] = [:]
    for payload in try own.isEmpty ? [] : netlink.exchange(.allLinks) {
      guard let message = LinkMessage(payload) else { continue }
      links[message.index] = Link(name: message.name, isUp: message.isUp, lower: message.lower)
    }
    var uses: [Int32: String] = [:]
    for (index, words) in own.sorted(by: { $0.key < $1.key }) {
      guard let link = links[index], link.isUp else { continue }
      uses[index] = "\(link.name) \(words)"
      // A VLAN or an IPoIB child uses what is below it, and that what is below that.
      var (lower, steps) = (link.lower, 0)
      while let below = lower, let next = links[below], steps < links.count {
        uses[below] = uses[below] ?? "\(next.name) carries \(link.name), which \(words)"
        (lower, steps) = (next.lower, steps + 1)
      }
    }
    self.uses = uses
  }

  /// In words, such as `ibs21v3 has the address 10.0.0.5/24`; nil where nothing says that the host uses the netdev.
  func ofNetdev(_ index: Int32) -> String? { uses[index] }
}
