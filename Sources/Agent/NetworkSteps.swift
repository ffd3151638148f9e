import Docker
import HostInterface
import Mlx5
import Model
import Planning
import Storage

/// The interpreter of one network's steps.
extension NetworkRestore {
  func attempt(_ step: NetworkStep, _ network: ContainerNetwork) throws -> Report.StepRecord {
    try record("network \(network.name): \(step)") { try apply(step, to: network) }
  }

  /// Does something and times it.
  func record(_ words: String, _ body: () throws -> Void) throws -> Report.StepRecord {
    let start = host.tasks.now()
    let failure = try problem(body)
    return Report.StepRecord(words: words, duration: host.tasks.now() - start, failure: failure)
  }

  private func apply(_ step: NetworkStep, to network: ContainerNetwork) throws {
    let (engine, plugin) = (session.engine, session.plugin)
    let words = "network \(network.name): \(step)"
    switch step {
    case .create:
      try checkSource(of: network)
      try send(network, words) { netdev, deadline in
        try engine.create(network, netdevice: netdev, until: deadline)
      }
    case .tellPlugin(let id):
      try send(network, words) { netdev, deadline in
        try plugin.tell(of: network, id: id, netdevice: netdev, until: deadline)
        return id
      }
    case .remove(let id):
      let (place, host) = (try places.place(of: network), host)
      do {
        try session.change(words) { deadline in
          // One of mode passthrough takes no VF away.
          let isPassthrough = try engine.network(id, until: deadline)?.options["mode"] == "passthrough"
          guard let place, !isPassthrough else { return try engine.removeNetwork(id, until: deadline) }
          try Locks(host.disk).withPF(place.pf) {
            // The removal may take all VFs away: looked at again, as somebody may have taken one since.
            let found = try PFDevice(place.pf, on: host).observe(holdingLock: true, lookingForUsers: true)
            if let failure = Failure(takingAwayVFsOf: found) { throw failure }
            try engine.removeNetwork(id, until: deadline)
          }
        }
      } catch let error as DockerError where error.trouble == .outcomeUnknown || error.trouble == .notFound {
        if try session.ask("looking for network \(network.name)", { try engine.network(id, until: $0) }) != nil {
          throw error
        }
      }
    case .restartPlugin: try restartPlugin()
    case .restoreVFs: try restoreVFs(below: network)
    }
  }

  /// Docker copies what another network says, and that has the name that a netdev had once.
  private func checkSource(of network: ContainerNetwork) throws {
    guard let source = network.configFrom else { return }
    let engine = session.engine
    let found = try session.ask("looking at network \(source)") { try engine.networks(named: source, until: $0).first }
    let netdev = try places.netdev(of: network)
    guard let found, found.netdevice != netdev else { return }
    throw Failure(
      .refused,
      "network \(network.name): the configuration \(source) has the netdevice \(found.netdevice ?? "none"), "
        + "which is \(netdev ?? "none") today",
      remedy: "make \(source) anew with today's name, then: sriov-persist restore network")
  }

  /// The only way to a CreateNetwork: with the PF's lock held from the look at its VFs on, so that nobody takes them away
  /// in between. Where there are none, the plugin would make all of them (docker.md 2.3).
  ///
  /// - Parameter body: Gives the network's id.
  private func send(
    _ network: ContainerNetwork, _ words: String,
    _ body: @escaping @Sendable (_ netdev: String?, _ deadline: Duration) throws -> String
  ) throws {
    let netdev = try places.netdev(of: network)
    // Of a mere configuration the plugin never hears; for the PF itself it looks at no VF.
    if network.isConfigOnly || network.isPassthrough {
      let (host, pf) = (host, try places.place(of: network)?.pf)
      try session.change(words) { deadline in
        let telling = try pf.flatMap { try DockerNotes.Telling(of: network, on: $0, host) }
        let id = try body(netdev, deadline)
        if let telling { DockerNotes(host.disk).note(telling, of: id) }
      }
      return
    }
    guard let place = try places.place(of: network) else {
      throw Failure(
        .refused, "network \(network.name): nothing that is saved says which PF it is on",
        remedy: "save again: sriov-persist save")
    }
    let look = session.look
    try session.change(words) { deadline in
      try Locks(look.host.disk).withPF(place.pf) {
        try Self.check(place, look.host)
        let telling = try DockerNotes.Telling(of: network, on: place.pf, look.host)
        let id = try body(netdev, deadline)
        if let telling { DockerNotes(look.host.disk).note(telling, of: id) }
      }
    }
  }

  private func restoreVFs(below network: ContainerNetwork) throws {
    guard let place = try places.place(of: network) else { return }
    let limit = configuration.vfCountLimit(among: snapshot)
    let restore = PFRestore(to: generation, on: .person, within: limit, host)
    let wait = Wait(on: host)
    let job = Job<Report>("\(place.pf): reading", limit: limit, on: host.tasks, ringing: wait.bell) { job in
      restore.run(place.pf, to: place.adapter, note: nil, in: job)
    }
    wait.finish([job])
    if let failure = try job.result.get().failure { throw failure }
  }
}
