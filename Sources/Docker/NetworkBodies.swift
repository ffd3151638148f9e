import Model

// What Docker is sent; names and spelling are the Engine API's.

/// POST /networks/create.
struct NetworkCreation: Encodable {
  private let Name: String
  /// Without it 20.10 makes a second network of the same name (docker.md 5.3).
  private let CheckDuplicate = true
  private let Driver: String?
  private let IPAM: AddressManagementBody?
  private let Options: [String: String]?
  private let Labels: [String: String]
  private let Internal: Bool?
  private let Attachable: Bool?
  private let EnableIPv6: Bool?
  private let EnableIPv4: Bool?
  private let ConfigOnly: Bool?
  private let ConfigFrom: Reference?

  private struct Reference: Encodable {
    let Network: String
  }

  /// Of a network that has another's configuration, that configuration must not be sent; a mere configuration has
  /// neither driver nor flags (docker.md 7).
  init(_ network: ContainerNetwork, netdevice: String?, version: APIVersion) {
    let hasOwn = network.configFrom == nil
    let isReal = !network.isConfigOnly
    Name = network.name
    Labels = network.labels
    Driver = isReal ? network.driver : nil
    IPAM = hasOwn ? AddressManagementBody(network.ipam) : nil
    Options = hasOwn ? network.driverOptions(netdevice: netdevice) : nil
    Internal = isReal ? network.isInternal : nil
    Attachable = isReal ? network.isAttachable : nil
    EnableIPv6 = hasOwn ? network.hasIPv6 : nil
    EnableIPv4 = hasOwn && version >= APIVersion(1, 48) ? network.hasIPv4 : nil
    ConfigOnly = isReal ? nil : true
    ConfigFrom = network.configFrom.map(Reference.init)
  }
}

extension ContainerNetwork {
  func driverOptions(netdevice: String?) -> [String: String] {
    var all = options
    all["netdevice"] = netdevice
    return all
  }
}

private struct AddressManagementBody: Encodable {
  let Driver: String
  let Options: [String: String]
  let Config: [Pool]

  struct Pool: Encodable {
    let Subnet: String
    let IPRange: String?
    let Gateway: String?
    let AuxiliaryAddresses: [String: String]
  }

  init(_ management: AddressManagement) {
    Driver = management.driver
    Options = management.options
    Config = management.pools.map { pool in
      Pool(
        // 20.10 took a subnet with bits of a host, newer ones do not.
        Subnet: pool.subnetAsMeant, IPRange: pool.range, Gateway: pool.gateway,
        AuxiliaryAddresses: pool.auxiliaryAddresses)
    }
  }
}

/// An EndpointSettings, as far as a person can ask for it.
struct EndpointBody: Encodable {
  private let IPAMConfig: Addresses
  private let Aliases: [String]
  private let Links: [String]
  private let DriverOpts: [String: String]
  private let MacAddress: String?
  private let GwPriority: Int?

  private struct Addresses: Encodable {
    let IPv4Address: String?
    let IPv6Address: String?
    let LinkLocalIPs: [String]
  }

  init(_ endpoint: NetworkEndpoint) {
    IPAMConfig = Addresses(
      IPv4Address: endpoint.ipv4Address, IPv6Address: endpoint.ipv6Address,
      LinkLocalIPs: endpoint.linkLocalAddresses)
    Aliases = endpoint.aliases
    Links = endpoint.links
    DriverOpts = endpoint.driverOptions
    MacAddress = endpoint.macAddress
    GwPriority = endpoint.gatewayPriority
  }
}
