import Docker
import HostInterface
import Mlx5
import Model
import Planning
import Storage

/// What one look at a network takes, which changes nothing.
struct NetworkLook: Sendable {
  let engine: DockerEngine
  let plugin: SRIOVPlugin
  /// The plugin's container; nil when it runs outside Docker.
  let pluginContainer: String?
  let host: Host

  /// - Parameter pf: Which it is on; nil for a mere configuration.
  func findings(
    of network: ContainerNetwork, on pf: PhysicalFunction?, until deadline: Duration
  ) throws -> NetworkFindings {
    let names = Netdevices(host.files)
    let replies = try engine.networks(named: network.name, until: deadline)
    let found = try replies.map { reply in
      reply.recorded(netdevice: try reply.netdevice.flatMap { try names.device(named: $0) })
    }
    guard replies.count == 1, !network.isConfigOnly else {
      return NetworkFindings(found: found, pluginKnows: .complete, runningContainers: 0)
    }
    let knowledge = try isKnown(replies[0].id, until: deadline) ? knowledge(of: replies[0], pf, until: deadline) : .none
    return NetworkFindings(
      found: found, pluginKnows: knowledge,
      runningContainers: try engine.network(replies[0].id, until: deadline)?.runningContainers.count ?? 0)
  }

  func isKnown(_ id: String, until deadline: Duration) throws -> Bool {
    switch plugin.state(of: id, until: deadline) {
    case .known: return true
    case .unknown: return false
    case .busy(let error), .notServing(let error): throw error
    }
  }

  /// Where the plugin has a network from that it knows: it was told, by Docker as that was created or by us, after it
  /// was started; or it is from its own notes. Of a plugin outside Docker nobody tells when it was started.
  private func knowledge(
    of network: NetworkReply, _ pf: PhysicalFunction?, until deadline: Duration
  ) throws -> NetworkFindings.Knowledge {
    guard let pluginContainer, let container = try engine.container(pluginContainer, until: deadline),
      container.isRunning, let start = container.startedAt
    else { return .complete }
    let told = [network.created, DockerNotes(host.disk).timeOfTelling(of: network.id)].compactMap(\.self).max()
    if let arrival = try pf.flatMap({ try PFDevice($0, on: host).lastArrivalOfVF }), arrival > max(start, told ?? start)
    {
      return .withOldVFs
    }
    return told.map { $0 > start } == true ? .complete : .fromNotes
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
