import Docker
import HostInterface
import Mlx5
import Model
import Planning
import Storage
import SystemPackage

/// Sees to it that the network plugin serves.
struct PluginStart {
  let session: DockerSession
  let snapshot: Snapshot
  let places: Places
  let limit: Duration

  private static let sockets = FilePath("/run/docker/plugins")

  /// - Returns: What a person should know.
  /// - Throws: `Failure` (`unavailable`) when it does not serve when the deadline comes.
  func run() throws -> [String] {
    guard try !isServing() else { return [] }
    let host = session.host
    let deadline = host.tasks.now() + limit
    let wait = Wait(on: host)
    host.devices.watch(ringing: wait.bell)
    try? host.disk.watch(Self.sockets, for: .sockets, ringing: wait.bell)
    let events = try? session.engine.events(until: host.tasks.now() + .seconds(5), ringing: wait.bell)
    defer { events?.close() }
    var notes: [String] = []
    if let container = snapshot.plugin?.container {
      try waitForVFs(wait, until: deadline)
      notes = try start(container)
    }
    let isMet = try wait(
      for: { "waiting for the network plugin" }, deadline: { deadline }, lookingEvery: .seconds(1),
      until: { try isServing() })
    guard isMet else {
      let remedy = snapshot.plugin?.container.map { "see: docker logs \($0.name)" }
      throw Failure(
        .unavailable, "the network plugin does not serve after \(limit.components.seconds) s",
        remedy: remedy ?? "it was not saved with a container: start it")
    }
    return notes
  }

  private func isServing() throws -> Bool {
    let plugin = session.plugin
    return try session.ask("asking the network plugin") { plugin.state(of: "none", until: $0).isServing }
  }

  /// A plugin that remembers networks makes all VFs on each PF of them where it finds none (docker.md 2.2).
  private func waitForVFs(_ wait: Wait, until deadline: Duration) throws {
    let host = session.host
    try? host.disk.watch(StateFolders.locks, for: .locks, ringing: wait.bell)
    let needed = (snapshot.networks ?? []).filter { !$0.isPassthrough }.compactMap { try? places.place(of: $0)?.pf }
    var missing: [PhysicalFunction] = []
    let isMet = try wait(
      for: { "waiting for the VFs of \(missing.map(\.description).joined(separator: ", "))" }, deadline: { deadline },
      lookingEvery: .seconds(1),  // The lock of a run that was killed is let go after its event.
      until: {
        if host.tasks.isTerminating { throw Failure.stopped }
        missing = try needed.filter { pf in
          try !PFDevice(pf, on: host).hasVFs || Locks(host.disk).holder(ofPF: pf.pciAddress) != nil
        }
        return missing.isEmpty
      })
    guard !isMet, let pf = missing.first else { return }
    throw Failure(
      .unavailable, "the network plugin is not started: \(pf) has no VFs, and it would make all of them",
      remedy: "run: sriov-persist restore vfs --pf \(pf.pciAddress)")
  }

  private func start(_ saved: PluginContainer) throws -> [String] {
    let engine = session.engine
    let found = try session.ask("looking for the plugin's container") { try engine.container(saved.name, until: $0) }
    var notes: [String] = []
    if let found {
      if found.recordedAsPlugin.imageID != saved.imageID {
        notes = ["the plugin's container \(saved.name) is of another image than the saved one"]
      }
    } else {
      try create(saved)
    }
    // One that runs already, and does not serve yet, has read them.
    if found?.isRunning != true { try forgetNotes() }
    do {
      try session.change("starting the plugin's container \(saved.name)") { try engine.start(saved.name, until: $0) }
    } catch let error as DockerError where error.trouble == .outcomeUnknown {}  // Its socket tells.
    return notes
  }

  /// What an old Docker lets the plugin find in its own notes it cannot be told again where that has a VLAN, and it would
  /// lack options. So it finds nothing of the networks that it is told again: those of all PFs, as their own units tell it.
  /// Never while it runs.
  func forgetNotes() throws {
    guard session.engine.letsPluginKeepNotes else { return }
    let (engine, notes) = (session.engine, PluginNotes(session.host.disk))
    let saved = try (snapshot.networks ?? []).filter { try !$0.isConfigOnly && places.place(of: $0) != nil }
      .map { try places.today($0) }
    let names = Netdevices(session.host.files)
    for reply in try session.ask("looking at all networks of the plugin", { try engine.networks(until: $0) }) {
      guard reply.driver == DockerReading.driver, let network = saved.first(where: { $0.name == reply.name }) else {
        continue
      }
      let found = reply.recorded(netdevice: try reply.netdevice.flatMap { try names.device(named: $0) })
      if NetworkDrift(wanted: network, found: found).isEmpty { try notes.forget(reply.id) }
    }
  }

  /// Nothing is pulled at boot, and nothing is run that was not there when it was saved.
  private func create(_ saved: PluginContainer) throws {
    let engine = session.engine
    guard try session.ask("looking for the plugin's image", { try engine.imageID(saved.imageID, until: $0) }) != nil
    else {
      throw Failure(
        .unavailable,
        "the plugin's container \(saved.name) is gone, and its image \(saved.image) (\(saved.imageID)) too",
        remedy: "run: docker pull \(saved.image); start it, then: sriov-persist save")
    }
    do {
      _ = try session.change("making the plugin's container \(saved.name)") { try engine.create(saved, until: $0) }
    } catch let error as DockerError where [.outcomeUnknown, .alreadyThere].contains(error.trouble) {
      // Starting it tells.
    }
  }
}
