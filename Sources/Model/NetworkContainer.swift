/// A container that is attached to saved networks. What it was given as environment is never saved: it may be secret.
package struct NetworkContainer: Equatable, Codable, Sendable {
  package var name: String
  package var id: String
  /// What it was started with: a network's name, or its id.
  package var networkMode: String
  package var restartPolicy: RestartPolicy
  package var wasRunning: Bool
  /// Whether it is to be started whatever its policy.
  package var isToBeStarted: Bool
  /// By the names of the networks; those that are not saved included.
  package var endpoints: [String: NetworkEndpoint]

  package init(
    name: String, id: String, networkMode: String, restartPolicy: RestartPolicy, wasRunning: Bool,
    isToBeStarted: Bool = false, endpoints: [String: NetworkEndpoint]
  ) {
    self.name = name
    self.id = id
    self.networkMode = networkMode
    self.restartPolicy = restartPolicy
    self.wasRunning = wasRunning
    self.isToBeStarted = isToBeStarted
    self.endpoints = endpoints
  }
}

extension NetworkContainer {
  /// Bound to a network by its id, which a new network does not have: 28 cannot start such a container on it
  /// (docker.md 6.2).
  package var isBoundToNetworkID: Bool { networkMode.count == 64 && networkMode.allSatisfy(\.isHexDigit) }
}

/// When Docker starts a container by itself.
package struct RestartPolicy: Hashable, Codable, Sendable {
  /// `no`, `always`, `unless-stopped` or `on-failure`.
  package var name: String
  package var maximumRetryCount: Int

  package init(name: String, maximumRetryCount: Int = 0) {
    self.name = name
    self.maximumRetryCount = maximumRetryCount
  }

  /// Whether the container comes back after a reboot, unless a person stopped it.
  package var startsAtBoot: Bool { name != "no" && !name.isEmpty }
}

/// What a person asked for when a container was connected to a network.
package struct NetworkEndpoint: Equatable, Codable, Sendable {
  package var ipv4Address: String?
  package var ipv6Address: String?
  package var linkLocalAddresses: [String]
  package var aliases: [String]
  package var links: [String]
  package var driverOptions: [String: String]
  package var macAddress: String?
  package var gatewayPriority: Int?

  package init(
    ipv4Address: String? = nil, ipv6Address: String? = nil, linkLocalAddresses: [String] = [], aliases: [String] = [],
    links: [String] = [], driverOptions: [String: String] = [:], macAddress: String? = nil, gatewayPriority: Int? = nil
  ) {
    self.ipv4Address = ipv4Address
    self.ipv6Address = ipv6Address
    self.linkLocalAddresses = linkLocalAddresses
    self.aliases = aliases
    self.links = links
    self.driverOptions = driverOptions
    self.macAddress = macAddress
    self.gatewayPriority = gatewayPriority
  }
}

/// How the network plugin runs.
package struct NetworkPlugin: Equatable, Codable, Sendable {
  /// Nil when it runs outside Docker.
  package var container: PluginContainer?

  package init(container: PluginContainer?) { self.container = container }
}

/// The plugin's container, as far as it takes to make it again. Its environment is not saved either.
package struct PluginContainer: Equatable, Codable, Sendable {
  package var name: String
  /// As it was asked for, such as `rdma/sriov-plugin`.
  package var image: String
  /// The digest of the image that it ran: another one is not started at boot.
  package var imageID: String
  package var binds: [String]
  package var isPrivileged: Bool
  package var networkMode: String
  package var restartPolicy: RestartPolicy
  package var command: [String]

  package init(
    name: String, image: String, imageID: String, binds: [String], isPrivileged: Bool, networkMode: String,
    restartPolicy: RestartPolicy, command: [String]
  ) {
    self.name = name
    self.image = image
    self.imageID = imageID
    self.binds = binds
    self.isPrivileged = isPrivileged
    self.networkMode = networkMode
    self.restartPolicy = restartPolicy
    self.command = command
  }

  enum CodingKeys: String, CodingKey {
    case name, image
    case imageID = "imageId"
    case binds, isPrivileged, networkMode, restartPolicy, command
  }
}
