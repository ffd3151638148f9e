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
  /// The names of the containers that have a PF's own netdev.
  package let pfOwners: [PCIAddress: String]
  /// The plugin's container; not looked for where there are no networks.
  package let plugin: ContainerReply?
  /// What the plugin says of the first network, or of none.
  package let pluginState: SRIOVPlugin.State
  private let states: [String: SRIOVPlugin.State]
  /// By the names of networks: the containers that run there, and of which the plugin does not know.
  package let forgotten: [String: [String]]

  package init(_ engine: DockerEngine, on host: Host, until deadline: Duration) throws {
    let all = try engine.networks(until: deadline)
    let sources = Set(all.filter { $0.driver == Self.driver }.compactMap(\.configFrom))
    let ours = all.filter { $0.driver == Self.driver || $0.isConfigOnly && sources.contains($0.name) }
    let names = Netdevices(host.files)
    var containers: [String: ContainerReply] = [:]
    for network in ours where !network.isConfigOnly {
      for id in try engine.containers(on: network.name, until: deadline) where containers[id] == nil {
        containers[id] = try engine.container(id, until: deadline)
      }
    }
    self.containers = containers.values.sorted { $0.name < $1.name }
    let given = GivenPFs(ours, self.containers, host.files)
    pfOwners = given.owners
    networks = try ours.map { network in
      let device = try network.netdevice.flatMap { try names.device(named: $0) ?? given.devices[$0] }
      return network.recorded(netdevice: device)
    }
    netdevs = Dictionary(ours.compactMap { network in network.netdevice.map { (network.name, $0) } }) { first, _ in
      first
    }
    plugin = ours.isEmpty ? nil : try engine.pluginContainer(until: deadline)
    let sriov = SRIOVPlugin(host.http)
    let state = sriov.state(of: ours.first?.id ?? "none", until: deadline)
    pluginState = state
    // One that hangs is not asked for more.
    let others = state.tells ? ours.dropFirst() : []
    states = Dictionary(others.map { ($0.id, sriov.state(of: $0.id, until: deadline)) }) { first, _ in first }
      .merging(ours.first.map { [$0.id: state] } ?? [:]) { _, own in own }
    var forgotten: [String: [String]] = [:]
    for network in ours where !network.isConfigOnly && states[network.id] == .known {
      let running = try engine.network(network.id, until: deadline)?.running ?? []
      forgotten[network.name] = try sriov.forgotten(running, on: network.id, until: deadline)
    }
    self.forgotten = forgotten
  }

  /// What the plugin says of a network.
  package func state(of network: ContainerNetwork) -> SRIOVPlugin.State { states[network.id] ?? pluginState }

  package static let driver = "sriov"
}

extension SRIOVPlugin.State {
  package var isServing: Bool {
    switch self {
    case .known, .unknown, .busy: true
    case .notServing: false
    }
  }

  fileprivate var tells: Bool { self == .known || self == .unknown }
}
