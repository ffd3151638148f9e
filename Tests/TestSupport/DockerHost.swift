package import Docker
import HostInterface
package import Model
package import SimulatedHost

/// A host whose person followed the guide to its end: VFs, the plugin's container, and on each PF a network.
package struct DockerHost {
  package let simulation: Simulation
  package let docker: SimulatedDocker

  package init(
    _ release: DockerRelease = .v28, pfs: Int = 1, isService: Bool = false, pluginPolicy: String = "no"
  ) throws {
    self.init(
      on: try .setUp(pfs: pfs, isService: isService, docker: release), pluginPolicy: pluginPolicy)
    try startPlugin()
    for number in 0..<pfs { try create(Self.network(number), on: "ibs\(21 + number)") }
    simulation.sockets.forgetCalls()
  }

  /// One with an Ethernet PF, whose VFs have settings of their own.
  package static func ethernet(
    _ release: DockerRelease = .v28, vfs: Int = 4, options: [String: String] = [:], isService: Bool = false
  ) throws -> DockerHost {
    let host = DockerHost(on: try .setUpEthernet(vfs: vfs, isService: isService, docker: release))
    try host.startPlugin()
    var network = Self.network(0)
    network.options.merge(options) { $1 }
    try host.create(network, on: "ens1f0")
    host.simulation.sockets.forgetCalls()
    return host
  }

  private init(on simulation: Simulation, pluginPolicy: String = "no") {
    self.simulation = simulation
    guard let docker = simulation.docker else { preconditionFailure("it was asked for") }
    self.docker = docker
    var plugin = DockerContainer("plugin", on: "host", policy: pluginPolicy)
    plugin.image = "rdma/sriov-plugin"
    plugin.isPrivileged = true
    plugin.binds = ["/run/docker/plugins:/run/docker/plugins", "/var/run:/var/run"]
    docker.add(plugin)
  }

  package func startPlugin() throws { try engine.start("plugin", until: .forever) }

  package func restartPlugin() throws {
    docker.stopContainer("plugin")
    try startPlugin()
  }

  package func create(_ network: ContainerNetwork, on netdev: String) throws {
    _ = try engine.create(network, netdevice: netdev, until: .forever)
  }

  package static func network(_ number: Int) -> ContainerNetwork {
    ContainerNetwork(
      name: "net\(number)", id: "", driver: "sriov", scope: "local",
      ipam: AddressManagement(
        driver: "default", options: [:], pools: [AddressPool(subnet: "10.10.\(number + 1).0/24")]),
      netdevice: nil, options: ["prefix": "ib"], labels: ["owner": "me"], isInternal: false, isAttachable: false,
      hasIPv6: false, hasIPv4: nil, isConfigOnly: false, configFrom: nil)
  }

  package var engine: DockerEngine {
    get throws { try DockerEngine.connect(simulation.host.http, until: .forever) }
  }

  /// Creates and starts a container.
  package func run(_ container: DockerContainer) throws {
    docker.add(container)
    try engine.start(container.name, until: .forever)
  }

  /// What reached Docker or the plugin and was more than a question.
  package var changes: [String] {
    simulation.sockets.calls.map(\.request).filter { request in
      request.method != .get && !["/Plugin.Activate", "/NetworkDriver.EndpointOperInfo"].contains(request.target)
    }.map { "\($0.method.rawValue) \($0.target)" }
  }
}
