import Docker
import HostInterface
import Model
import Planning
import Storage

/// The plugin reads the VFs of a PF once. Where they were made or bound anew since, it is restarted, and told of its
/// networks again: of all that it knew, or it stays as it is.
extension NetworkRestore {
  func restartPlugin() throws {
    guard let container = snapshot.plugin?.container else {
      throw Failure(
        .refused, "the network plugin has to be restarted, and was not saved with a container",
        remedy: "restart it, then run: sriov-persist restore network")
    }
    try awaitContainerStarts()
    let networks = try known()
    for network in networks {
      try verifyVFs(below: network)
      if let refusal = try plan(network, look(at: network)).refusal { throw refusal }
    }
    let engine = session.engine
    // Its own name may be another one by now.
    let name = try session.ask("looking for the plugin's container") { deadline in
      try (engine.container(container.name, until: deadline) ?? engine.pluginContainer(until: deadline))?.name
        ?? container.name
    }
    do {
      try session.change("stopping the plugin's container \(name)") { try engine.stop(name, until: $0) }
      for network in networks {
        if let place = try places.place(of: network) { _ = try takeBack(on: place, whileStopped: true) }
      }
      try pluginStart.forgetNotes()
      try session.change("starting the plugin's container \(name)") { try engine.start(name, until: $0) }
    } catch let error as DockerError where error.trouble == .outcomeUnknown {}  // Its socket tells.
    _ = try pluginStart.run()
    var failure: Failure?
    for network in networks {
      let problem = try problem {
        for step in try plan(network, look(at: network)).steps {
          guard case .tellPlugin = step else { throw Failure(.unavailable, "network \(network.name): \(step)") }
          if let failure = try attempt(step, network).failure { throw failure }
        }
      }
      failure = failure ?? problem
    }
    if let failure { throw failure }
  }

  /// The networks that the plugin knows, as they were saved, with Docker's ids.
  private func known() throws -> [ContainerNetwork] {
    let look = session.look
    let saved = snapshot.networks ?? []
    return try session.ask("looking at all networks of the plugin") { deadline in
      try look.engine.networks(until: deadline).filter { $0.driver == DockerReading.driver }.compactMap { reply in
        guard try look.isKnown(reply.id, until: deadline) else { return nil }
        guard var network = saved.first(where: { $0.name == reply.name }) else {
          throw Failure(
            .refused, "the network plugin has to be restarted, and network \(reply.name) was not saved",
            remedy: "run: sriov-persist save; or restart the plugin by hand")
        }
        let running = try look.engine.network(reply.id, until: deadline)?.runningContainers ?? []
        guard running.isEmpty else {
          throw Failure(
            .refused,
            "the network plugin has to be restarted, and \(running.count.of("container")) runs on network \(reply.name)",
            remedy: "stop them, then run: sriov-persist restore network; see: docker network inspect \(reply.name)")
        }
        network.id = reply.id
        return network
      }
    }
  }

  /// A container that another run starts just now must not lose the plugin under it.
  private func awaitContainerStarts() throws {
    let (host, locks) = (host, Locks(host.disk))
    let pfs = (snapshot.networks ?? []).compactMap { try? places.place(of: $0)?.pf.pciAddress }
    let wait = Wait(on: host)
    try? host.disk.watch(StateFolders.locks, for: .locks, ringing: wait.bell)
    let deadline = host.tasks.now() + configuration.dockerLimit
    var holder: LockHolder?
    let isMet = try wait(
      for: { "waiting for containers that are being started (\(holder?.description ?? ""))" }, deadline: { deadline },
      lookingEvery: .seconds(1),
      until: {
        if host.tasks.isTerminating { throw Failure.stopped }
        holder = try pfs.lazy.compactMap { try locks.holderOfContainers(on: $0) }.first
        return holder == nil
      })
    guard !isMet else { return }
    throw Failure(
      .unavailable,
      "the network plugin has to be restarted, and another run starts containers (\(holder?.description ?? ""))",
      remedy: "run: sriov-persist restore network")
  }
}
