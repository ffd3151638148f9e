package import HostInterface
package import Model

/// What Docker has of the plugin's networks, and what it does not say: which PF or VF they are on.
package struct DockerReading: Sendable {
  /// Those of the driver, and the ones whose configuration they have.
  package let networks: [ContainerNetwork]
  /// What the netdevs are called that Docker was given, by the names of networks.
  package let netdevs: [String: String]
  /// All that are attached to the networks.
  package let containers: [ContainerReply]
  package let plugin: PluginContainer?
  /// Whether something answers on the plugin's socket.
  package let isPluginServing: Bool
  /// The ids of the networks that it knows.
  package let known: Set<String>

  package init(_ engine: DockerEngine, on host: Host, until deadline: Duration) throws {
    let all = try engine.networks(until: deadline)
    let sources = Set(all.filter { $0.driver == Self.driver }.compactMap(\.configFrom))
    let ours = all.filter { $0.driver == Self.driver || $0.isConfigOnly && sources.contains($0.name) }
    let names = Netdevices(host.files)
    networks = try ours.map { network in
      network.recorded(netdevice: try network.netdevice.flatMap { try names.device(named: $0) })
    }
    netdevs = Dictionary(ours.compactMap { network in network.netdevice.map { (network.name, $0) } }) { first, _ in
      first
    }
    var containers: [String: ContainerReply] = [:]
    for network in ours where !network.isConfigOnly {
      for id in try engine.containers(on: network.name, until: deadline) where containers[id] == nil {
        containers[id] = try engine.container(id, until: deadline)
      }
    }
    self.containers = containers.values.sorted { $0.name < $1.name }
    plugin = ours.isEmpty ? nil : try engine.pluginContainer(until: deadline)?.recordedAsPlugin
    let sriov = SRIOVPlugin(host.http)
    isPluginServing = ours.isEmpty ? false : sriov.state(of: ours[0].id, until: deadline).isServing
    known = Set(
      isPluginServing ? ours.map(\.id).filter { sriov.state(of: $0, until: deadline) == .known } : [])
  }

  package static let driver = "sriov"
}

extension SRIOVPlugin.State {
  package var isServing: Bool {
    switch self {
    case .known, .unknown, .busy: true
    case .notServing: false
    }
  }
}
