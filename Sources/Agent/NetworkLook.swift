import Docker
import HostInterface
import Mlx5
import Model
import Planning
import Storage
import SystemPackage

/// What one look at a network takes, which changes nothing.
struct NetworkLook: Sendable {
  let engine: DockerEngine
  let plugin: SRIOVPlugin
  let host: Host

  init(_ engine: DockerEngine, on host: Host) {
    self.engine = engine
    plugin = SRIOVPlugin(host.http)
    self.host = host
  }

  /// - Parameter pf: Which it is on; nil for a mere configuration.
  func findings(
    of network: ContainerNetwork, on pf: PhysicalFunction?, until deadline: Duration
  ) throws -> NetworkFindings {
    let names = Netdevices(host.files)
    let replies = try engine.networks(named: network.name, until: deadline)
    let found = try replies.map { reply in
      reply.recorded(netdevice: try reply.netdevice.flatMap { try names.device(named: $0) })
    }
    guard !network.isConfigOnly, replies.count < 2 else {
      return NetworkFindings(found: found, pluginKnows: .complete, runningContainers: 0)
    }
    // One that hangs is not asked for more: a creation that did not return may still be under way.
    let id = replies.first?.id ?? "none"
    let isKnown = try isKnown(id, until: deadline)
    let running = replies.isEmpty ? [] : try engine.network(id, until: deadline)?.running ?? []
    var findings = NetworkFindings(
      found: found, pluginKnows: isKnown ? try knowledge(of: network, id, pf) : .none, runningContainers: running.count)
    if isKnown { findings.forgottenContainers = try plugin.forgotten(running, on: id, until: deadline) }
    return findings
  }

  func isKnown(_ id: String, until deadline: Duration) throws -> Bool {
    switch plugin.state(of: id, until: deadline) {
    case .known: return true
    case .unknown: return false
    case .busy(let error), .notServing(let error): throw error
    }
  }

  /// Where the plugin has a network from that it knows. What nobody noted is taken for complete, but where the plugin may
  /// have it from its own notes.
  private func knowledge(
    of network: ContainerNetwork, _ id: String, _ pf: PhysicalFunction?
  ) throws -> NetworkFindings.Knowledge {
    guard let pf, let now = try DockerNotes.Telling(of: network, on: pf, host) else { return .complete }
    let notes = DockerNotes(host.disk)
    if let then = notes.telling(of: id), then.plugin == now.plugin {
      return then.pf == now.pf ? .complete : .withOldVFs
    }
    // Whoever told it, the plugin may have read how many VFs there were before we changed that.
    if !network.isPassthrough, let then = notes.seenBeforeChange(ofPF: pf.pciAddress.description),
      then.plugin == now.plugin, then.pf != now.pf
    {
      return .withOldVFs
    }
    return engine.letsPluginKeepNotes ? .fromNotes : .complete
  }
}

extension DockerNotes.Telling {
  /// What the plugin would read of the PF now; nil where it has no socket. It makes that anew at each of its starts.
  ///
  /// - Parameter network: The one that it is told of, if it is about one. A passthrough network needs no VF.
  init?(of network: ContainerNetwork? = nil, on pf: PhysicalFunction, _ host: Host) throws(FileError) {
    guard let socket = try? host.files.inode(SRIOVPlugin.defaultSocket) else { return nil }
    self.init(
      plugin: "\(socket)", pf: network?.isPassthrough == true ? "" : try PFDevice(pf, on: host).readByPlugin)
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
