import Docker
import HostInterface
import Model
import Storage

/// The part of a save that is about Docker: the networks on the saved PFs, their containers, and the plugin.
struct SaveNetworks: Sendable {
  /// Whether Docker is looked at at all.
  let isWanted: Bool
  /// The names of containers that a restore is to start, whatever their policy.
  let started: [String]

  /// What Docker said.
  enum Answer: Sendable {
    case reading(DockerReading)
    /// Why it was not asked, or did not answer.
    case silence(String)
    /// Podman has its socket.
    case podman(String)
  }

  /// Docker may hang for as long as its plugin does.
  private static let limit = Duration.seconds(30)

  func ask(_ host: Host) throws -> Answer {
    guard isWanted else { return .silence("Docker was left out") }
    let configuration = Configuration(host.disk)
    guard DockerService(on: host).mayBeAsked(over: configuration.dockerSocket) else {
      return .silence("Docker is not running")
    }
    let wait = Wait(on: host)
    let deadline = host.tasks.now() + Self.limit
    // A little longer than the calls, which end by their own deadline.
    let limit = Self.limit + .seconds(5)
    let job = Job("asking Docker for its networks", limit: limit, on: host.tasks, ringing: wait.bell) { _ in
      do {
        let engine = try DockerEngine.connect(host.http, socket: configuration.dockerSocket, until: deadline)
        return Answer.reading(try DockerReading(engine, on: host, until: deadline))
      } catch let error as DockerError {
        if error.isPodman { return .podman("\(error)") }
        return .silence(
          error.whyNotReached.map { "Docker is not running (\($0))" } ?? "Docker does not answer: \(error)")
      }
    }
    wait.finish([job])
    return try job.result.get()
  }

  /// Puts into `snapshot` what is to be saved of Docker.
  ///
  /// - Parameters:
  ///   - current: What was saved before.
  ///   - acceptLoss: Whether networks that are saved and that Docker does not have may be given up.
  ///   - hasSocket: Whether something is called as Docker's socket: without, nobody means to use it.
  /// - Returns: What a person should know.
  func record(
    _ answer: Answer, in snapshot: inout Snapshot, after current: Snapshot?, acceptLoss: Bool, hasSocket: Bool
  ) throws(Failure) -> [String] {
    let before = current?.networks(beside: snapshot.adapters) ?? []
    switch answer {
    case .silence(let reason), .podman(let reason):
      var lines: [String] = []
      if !before.isEmpty {
        lines = ["\(reason); kept as they were saved: \(before.map(\.name).joined(separator: ", "))"]
      } else if case .silence = answer, isWanted, hasSocket {
        lines = ["\(reason): its networks are not saved; start it, then save again"]
      }
      snapshot.setNetworks(before, plugin: current?.plugin, containers: current?.containers ?? [])
      try mark(in: &snapshot, before: [])
      return lines
    case .reading(let reading):
      let (networks, strangers) = reading.split(beside: snapshot.adapters, before)
      let lost = before.filter { old in !networks.contains { $0.name == old.name } }.map(\.name)
      if !lost.isEmpty && !acceptLoss {
        throw Failure(
          .refused, "not saved: Docker does not have what is saved: \(lost.joined(separator: ", "))",
          remedy: "bring it back: sriov-persist restore; or give it up: sriov-persist save --accept-loss")
      }
      let plugin =
        reading.plugin.map { NetworkPlugin(container: $0.recordedAsPlugin) }
        ?? (reading.pluginState.isServing ? NetworkPlugin(container: nil) : current?.plugin)
      snapshot.setNetworks(networks, plugin: plugin, containers: reading.containers.map(\.recorded))
      try mark(in: &snapshot, before: current?.containers ?? [])
      return strangers + snapshot.networkWarnings(reading)
    }
  }

  /// What the plugin knows on a host that is as it should be, it knows with the VFs that there are.
  func note(_ answer: Answer, pfs: [PhysicalFunction], _ host: Host) {
    guard case .reading(let reading) = answer else { return }
    let notes = DockerNotes(host.disk)
    for network in reading.networks where reading.state(of: network) == .known {
      guard let pf = pfs.first(where: { $0.pciAddress == network.netdevice?.pf }),
        let now = try? DockerNotes.Telling(of: network, on: pf, host),
        notes.telling(of: network.id)?.plugin != now.plugin,
        notes.seenBeforeChange(ofPF: pf.pciAddress.description)?.plugin != now.plugin
      else { continue }
      notes.note(now, of: network.id)
    }
  }

  /// A mark stays until the container is gone.
  private func mark(in snapshot: inout Snapshot, before: [NetworkContainer]) throws(Failure) {
    let names = snapshot.containers?.map(\.name) ?? []
    if let unknown = started.first(where: { !names.contains($0) }) {
      throw Failure(
        .notFound, "not saved: no container called \(unknown) is on a saved network",
        remedy: names.isEmpty ? "see: docker ps --all" : "there are: \(names.joined(separator: ", "))")
    }
    let marked = Set(started + before.filter(\.isToBeStarted).map(\.name))
    for index in names.indices where marked.contains(names[index]) { snapshot.containers?[index].isToBeStarted = true }
  }
}

extension DockerReading {
  /// What is saved: the networks on `adapters`, with the configurations that they have. And a line for each other one.
  ///
  /// - Parameter saved: What was saved before; it tells on what a network is whose netdev is not here now.
  fileprivate func split(
    beside adapters: [Adapter], _ saved: [ContainerNetwork]
  ) -> (networks: [ContainerNetwork], strangers: [String]) {
    var kept: [ContainerNetwork] = []
    var strangers: [String] = []
    for var network in networks where !network.isConfigOnly {
      // Docker has the name that its netdev had once: another PF may have that today.
      if let device = saved.first(where: { $0.id == network.id })?.netdevice {
        network.netdevice = device
      } else if network.netdevice == nil {
        // No netdev has that name now. A PF whose own is in a container keeps the name that it had.
        let pf = adapters.first { $0.pf.netdev == netdevs[network.name] }?.pf
        network.netdevice = pf.map { NetworkDevice(pf: $0.pciAddress) }
      }
      let adapter = adapters.first { $0.pf.pciAddress == network.netdevice?.pf }
      if let adapter, network.netdevice?.vf.map({ adapter.vfs.indices.contains($0) }) ?? true {
        kept.append(network)
      } else {
        let isAway = network.netdevice == nil && network.isPassthrough
        strangers.append(
          "network \(network.name) is not saved: \(netdevs[network.name] ?? "its netdev") is no saved PF, nor a VF of one"
            + (isAway ? "; if a container has it, stop that container, then save again" : ""))
      }
    }
    let sources = Set(kept.compactMap(\.configFrom))
    return (kept + networks.filter { $0.isConfigOnly && sources.contains($0.name) }, strangers)
  }
}
