package import Model

/// What Docker says of one network. Keys that are not known are ignored, and null is as good as absent: the reply has
/// both, and grew with every release.
package struct NetworkReply: Hashable, Sendable {
  package let name: String
  package let id: String
  package let driver: String
  package let scope: String
  package let ipamDriver: String
  package let ipamOptions: [String: String]
  package let pools: [Pool]
  package let options: [String: String]
  package let labels: [String: String]
  package let isInternal: Bool
  package let isAttachable: Bool
  package let hasIPv6: Bool
  package let hasIPv4: Bool?
  package let isConfigOnly: Bool
  package let configFrom: String?
  /// The containers that run on it; only where one network was asked for (docker.md 3.2).
  package let running: [RunningContainer]

  package struct RunningContainer: Hashable, Sendable {
    package let id: String
    package let name: String
    /// By which the plugin knows what it gave the container.
    package let endpointID: String
  }

  package var runningContainers: [String] { running.map(\.id) }

  package struct Pool: Hashable, Sendable {
    package let subnet: String
    package let range: String?
    package let gateway: String?
    package let auxiliaryAddresses: [String: String]
  }

  /// The name of the netdev that the driver was given.
  package var netdevice: String? { options["netdevice"] }
}

extension NetworkReply {
  /// - Parameter netdevice: What `self.netdevice` is today.
  package func recorded(netdevice: NetworkDevice?) -> ContainerNetwork {
    ContainerNetwork(
      name: name, id: id, driver: driver, scope: scope,
      ipam: AddressManagement(
        driver: ipamDriver, options: ipamOptions,
        pools: pools.map {
          AddressPool(
            subnet: $0.subnet, range: $0.range, gateway: $0.gateway, auxiliaryAddresses: $0.auxiliaryAddresses)
        }),
      netdevice: netdevice, options: options.filter { $0.key != "netdevice" }, labels: labels, isInternal: isInternal,
      isAttachable: isAttachable, hasIPv6: hasIPv6, hasIPv4: hasIPv4, isConfigOnly: isConfigOnly,
      configFrom: configFrom)
  }
}

extension NetworkReply: Decodable {
  private enum Key: String, CodingKey {
    case Name, Id, Driver, Scope, IPAM, Options, Labels, Internal, Attachable, EnableIPv6, EnableIPv4, ConfigOnly
    case ConfigFrom, Containers
  }

  private enum IPAMKey: String, CodingKey {
    case Driver, Options, Config
  }

  private enum ReferenceKey: String, CodingKey {
    case Network
  }

  private struct Container: Decodable {
    let Name: String?
    let EndpointID: String?
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    name = try container.decode(String.self, forKey: .Name)
    id = try container.decode(String.self, forKey: .Id)
    driver = try container.decodeIfPresent(String.self, forKey: .Driver) ?? ""
    scope = try container.decodeIfPresent(String.self, forKey: .Scope) ?? "local"
    options = try container.decodeIfPresent([String: String].self, forKey: .Options) ?? [:]
    labels = try container.decodeIfPresent([String: String].self, forKey: .Labels) ?? [:]
    isInternal = try container.decodeIfPresent(Bool.self, forKey: .Internal) ?? false
    isAttachable = try container.decodeIfPresent(Bool.self, forKey: .Attachable) ?? false
    hasIPv6 = try container.decodeIfPresent(Bool.self, forKey: .EnableIPv6) ?? false
    hasIPv4 = try container.decodeIfPresent(Bool.self, forKey: .EnableIPv4)
    isConfigOnly = try container.decodeIfPresent(Bool.self, forKey: .ConfigOnly) ?? false
    running = (try container.decodeIfPresent([String: Container].self, forKey: .Containers) ?? [:])
      .map { RunningContainer(id: $0, name: $1.Name ?? $0, endpointID: $1.EndpointID ?? "") }.sorted { $0.id < $1.id }

    let ipam = try? container.nestedContainer(keyedBy: IPAMKey.self, forKey: .IPAM)
    ipamDriver = try ipam?.decodeIfPresent(String.self, forKey: .Driver) ?? "default"
    ipamOptions = try ipam?.decodeIfPresent([String: String].self, forKey: .Options) ?? [:]
    pools = try ipam?.decodeIfPresent([Pool].self, forKey: .Config) ?? []

    let reference = try? container.nestedContainer(keyedBy: ReferenceKey.self, forKey: .ConfigFrom)
    let from = try reference?.decodeIfPresent(String.self, forKey: .Network)
    configFrom = from?.isEmpty == false ? from : nil
  }
}

extension NetworkReply.Pool: Decodable {
  private enum Key: String, CodingKey {
    case Subnet, IPRange, Gateway, AuxiliaryAddresses
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    subnet = try container.decodeIfPresent(String.self, forKey: .Subnet) ?? ""
    range = try container.decodeIfPresent(String.self, forKey: .IPRange).flatMap { $0.isEmpty ? nil : $0 }
    gateway = try container.decodeIfPresent(String.self, forKey: .Gateway).flatMap { $0.isEmpty ? nil : $0 }
    auxiliaryAddresses = try container.decodeIfPresent([String: String].self, forKey: .AuxiliaryAddresses) ?? [:]
  }
}
