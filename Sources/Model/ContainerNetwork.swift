/// One of Docker's networks on an adapter, as it was saved.
package struct ContainerNetwork: Equatable, Codable, Sendable {
  package var name: String
  /// Docker's own, and the one by which the plugin knows the network.
  package var id: String
  /// `sriov`; or `null` for a network that only keeps a configuration for others.
  package var driver: String
  package var scope: String
  package var ipam: AddressManagement
  /// What the driver's option `netdevice` names; nil where another network's configuration has it.
  package var netdevice: NetworkDevice?
  /// The driver's options without `netdevice`.
  package var options: [String: String]
  package var labels: [String: String]
  package var isInternal: Bool
  package var isAttachable: Bool
  package var hasIPv6: Bool
  /// Nil where Docker does not say: before 28 it was always so.
  package var hasIPv4: Bool?
  package var isConfigOnly: Bool
  /// The network whose configuration this one has.
  package var configFrom: String?

  /// The driver's mode: the container gets the PF itself, and nobody needs a VF (docker.md 2.3).
  package var isPassthrough: Bool { options["mode"] == "passthrough" }

  package init(
    name: String, id: String, driver: String, scope: String, ipam: AddressManagement, netdevice: NetworkDevice?,
    options: [String: String], labels: [String: String], isInternal: Bool, isAttachable: Bool, hasIPv6: Bool,
    hasIPv4: Bool?, isConfigOnly: Bool, configFrom: String?
  ) {
    self.name = name
    self.id = id
    self.driver = driver
    self.scope = scope
    self.ipam = ipam
    self.netdevice = netdevice
    self.options = options
    self.labels = labels
    self.isInternal = isInternal
    self.isAttachable = isAttachable
    self.hasIPv6 = hasIPv6
    self.hasIPv4 = hasIPv4
    self.isConfigOnly = isConfigOnly
    self.configFrom = configFrom
  }
}

/// How a network gives out addresses (Docker's IPAM).
package struct AddressManagement: Equatable, Codable, Sendable {
  package var driver: String
  package var options: [String: String]
  package var pools: [AddressPool]

  package init(driver: String, options: [String: String], pools: [AddressPool]) {
    self.driver = driver
    self.options = options
    self.pools = pools
  }
}

/// Texts, as Docker has them: they may be of IPv4 or IPv6.
package struct AddressPool: Equatable, Codable, Sendable {
  package var subnet: String
  /// The part of the subnet that addresses are given out from.
  package var range: String?
  /// What containers get. Of IPv4 it is always there: Docker hides one that it chose by itself until it is restarted
  /// (docker.md 3.2), and then it is the first.
  package var gateway: String?
  /// Addresses that are not given out, by name.
  package var auxiliaryAddresses: [String: String]

  package init(
    subnet: String, range: String? = nil, gateway: String? = nil, auxiliaryAddresses: [String: String] = [:]
  ) {
    self.subnet = subnet
    self.range = range
    self.auxiliaryAddresses = auxiliaryAddresses
    // 20.10 may give it with the length of its subnet.
    self.gateway = gateway?.split(separator: "/").first.map(String.init)
    if self.gateway == nil && ipv4Subnet != nil { self.gateway = firstAddress }
  }

  package var ipv4Subnet: IPv4Subnet? { IPv4Subnet(subnet) }
  package var ipv6Subnet: IPv6Subnet? { IPv6Subnet(subnet) }

  /// The subnet without host bits, and as IPv6 is written.
  package var subnetAsMeant: String { ipv4Subnet?.description ?? ipv6Subnet?.description ?? subnet }

  /// The address that Docker chooses for the gateway: the first one that it gives out.
  private var firstAddress: String? {
    if let subnet = ipv4Subnet {
      let first = range.flatMap { IPv4Subnet($0) }?.network
      return (first == nil || first == subnet.network ? subnet.firstHost : first)?.description
    }
    guard let subnet = ipv6Subnet else { return nil }
    let first = range.flatMap { IPv6Subnet($0) }?.network
    return (first == nil || first == subnet.network ? subnet.firstHost : first)?.description
  }

  /// `10.10.1.1/24`, as a network driver is told; the one that Docker chooses where it is not known.
  package var gatewayWithPrefix: String? { (gateway ?? firstAddress).flatMap(withPrefix) }

  /// An address of the subnet with the subnet's length; nil for another one.
  package func withPrefix(_ address: String) -> String? {
    if let subnet = ipv4Subnet, let address = IPv4Address(address) {
      return subnet.contains(address) ? "\(address)/\(subnet.prefixLength)" : nil
    }
    guard let subnet = ipv6Subnet, let address = IPv6Address(address), subnet.contains(address) else { return nil }
    return "\(address)/\(subnet.prefixLength)"
  }
}

/// What a netdev is; its name moves between boots.
package struct NetworkDevice: Hashable, Codable, Sendable {
  /// Of the adapter in the same generation.
  package var pf: PCIAddress
  /// Nil for the PF itself.
  package var vf: Int?

  package init(pf: PCIAddress, vf: Int? = nil) {
    self.pf = pf
    self.vf = vf
  }
}
