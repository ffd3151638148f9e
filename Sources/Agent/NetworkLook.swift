import Docker
import HostInterface
import Model
import Planning

extension NetworkFindings {
  /// One look at Docker and at its plugin. Changes nothing.
  init(
    of network: ContainerNetwork, _ engine: DockerEngine, _ plugin: SRIOVPlugin, _ files: any FileTree,
    until deadline: Duration
  ) throws {
    let names = Netdevices(files)
    let found = try engine.networks(named: network.name, until: deadline).map { reply in
      reply.recorded(netdevice: try reply.netdevice.flatMap { try names.device(named: $0) })
    }
    var running = 0
    var isKnown = true
    if found.count == 1, !network.isConfigOnly {
      running = try engine.network(found[0].id, until: deadline)?.runningContainers.count ?? 0
      switch plugin.state(of: found[0].id, until: deadline) {
      case .known: break
      case .unknown: isKnown = false
      case .busy(let error), .notServing(let error): throw error
      }
    }
    self.init(found: found, isKnownToPlugin: isKnown, runningContainers: running)
  }
}

extension Snapshot {
  /// Those on these PFs, after the configurations that they have.
  func networks(on pfs: [PCIAddress]) -> [ContainerNetwork] {
    let all = networks ?? []
    let chosen = all.filter { network in !network.isConfigOnly && network.netdevice.map { pfs.contains($0.pf) } ?? true
    }
    let sources = Set(chosen.compactMap(\.configFrom))
    return all.filter { $0.isConfigOnly && sources.contains($0.name) } + chosen
  }
}
