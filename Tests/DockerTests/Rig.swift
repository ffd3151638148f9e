import Docker
import HostInterface
import Model
import SimulatedHost
import Testing
import TestSupport

/// A simulated host of the guide: VFs, the plugin in a container, a network, and calls to both sockets.
struct Rig {
  static let name = "sriov_net"

  let simulation: Simulation
  let docker: SimulatedDocker
  let engine: DockerEngine
  let plugin: SRIOVPlugin

  /// - Parameter pluginPolicy: The plugin container's restart policy.
  init(_ release: DockerRelease, vfs: Int = 4, hasNetwork: Bool = true, pluginPolicy: String = "no") throws {
    simulation = try .setUp(vfs: vfs, docker: release)
    docker = try #require(simulation.docker)
    plugin = SRIOVPlugin(simulation.host.http)
    engine = try DockerEngine.connect(simulation.host.http, until: .forever)
    var container = DockerContainer("plugin", on: "host", policy: pluginPolicy)
    container.image = "rdma/sriov-plugin"
    docker.add(container)
    guard hasNetwork else { return }
    try engine.start("plugin", until: .forever)
    _ = try engine.create(Self.network(), netdevice: "ibs21", until: .forever)
  }

  static func network(_ name: String = name, _ subnet: String = "10.10.1.0/24") -> ContainerNetwork {
    ContainerNetwork(
      name: name, id: "", driver: "sriov", scope: "local",
      ipam: AddressManagement(driver: "default", options: [:], pools: [AddressPool(subnet: subnet)]), netdevice: nil,
      options: ["prefix": "ib"], labels: ["owner": "me"], isInternal: false, isAttachable: false, hasIPv6: false,
      hasIPv4: nil, isConfigOnly: false, configFrom: nil)
  }

  var machine: Machine { simulation.kernel.machine }
  var vfCount: Int { machine.adapters[0].vfCount }
  var id: String { docker.network(Self.name)?.id ?? "" }

  func deadline(_ seconds: Int) -> Duration { simulation.tasks.now() + .seconds(seconds) }

  func state(_ id: String? = nil) -> SRIOVPlugin.State { plugin.state(of: id ?? self.id, until: deadline(5)) }

  /// VFs are made again as a restore does.
  func restoreVFs(_ count: Int = 4) throws {
    for file in ["0", "\(count)"] { try simulation.write(file, to: "sriov_numvfs", of: machine.adapters[0]) }
  }

  /// What an attempt comes to, and how long it takes.
  func trouble(_ attempt: () throws(DockerError) -> Void) -> Trouble? {
    do throws(DockerError) {
      try attempt()
      return nil
    } catch {
      return error.trouble
    }
  }

  func startTrouble(_ container: String) -> Trouble? {
    trouble { () throws(DockerError) in try engine.start(container, until: .forever) }
  }

  func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = simulation.tasks.now()
    try body()
    return (simulation.tasks.now() - start) / .seconds(1)
  }
}
