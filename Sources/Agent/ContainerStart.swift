import Docker
import HostInterface
import Model
import Planning
import Storage
import SystemPackage

/// Starts the containers that Docker gave up on at boot, and those that are marked. One that a person stopped was not given
/// up: it has no error.
struct ContainerStart {
  let session: DockerSession
  let snapshot: Snapshot
  /// Whether a network can be used; true for one that is not ours.
  let isUsable: (_ network: String) throws -> Bool

  func run(on networks: [String], _ result: inout RestoreDocker.Result) throws {
    let engine = session.engine
    let marked = Set((snapshot.containers ?? []).filter(\.isToBeStarted).map(\.name))
    let containers = try session.ask("looking for containers to be started") { deadline in
      var ids: Set<String> = []
      for network in networks { ids.formUnion(try engine.containers(on: network, until: deadline)) }
      return try ids.compactMap { try engine.container($0, until: deadline) }.sorted { $0.name < $1.name }
    }
    for container in containers where !container.isRunning {
      let isMarked = marked.contains(container.name) && !wasStarted(container)
      guard container.wasGivenUpForItsNetwork || isMarked else { continue }
      if let missing = try container.endpoints.keys.sorted().first(where: { try !isUsable($0) }) {
        result.notes.append("container \(container.name) is not started: network \(missing) is not usable yet")
        continue
      }
      result.containers.append(.init(name: container.name, failure: try start(container)))
    }
  }

  /// Whether a unit started it already since Docker was started: when it does not run now, a person stopped it.
  private func wasStarted(_ container: ContainerReply) -> Bool {
    session.authority == .unattended
      && DockerNotes(session.host.disk).wasStarted(container: container.id, daemon: daemon)
  }

  /// Which start of docker.service this is, as systemd shows it.
  private var daemon: String {
    (try? session.host.disk.link("/run/systemd/units/invocation:docker.service"))?.string ?? ""
  }

  private func start(_ container: ContainerReply) throws -> Failure? {
    let engine = session.engine
    do {
      try session.change("starting container \(container.name)") { try engine.start(container.id, until: $0) }
      DockerNotes(session.host.disk).noteStart(ofContainer: container.id, daemon: daemon)
      return nil
    } catch let error as DockerError {
      let now = try session.ask("looking at container \(container.name)") {
        try engine.container(container.id, until: $0)
      }
      if now?.isRunning == true { return nil }
      return Failure(
        .unavailable, "container \(container.name) did not start: \(error)",
        remedy: error.trouble.remedy(container.name))
    }
  }
}

extension ContainerReply {
  /// Whether its start failed for what a restore mends (docker.md 3.1, 5.4).
  fileprivate var wasGivenUpForItsNetwork: Bool {
    wasGivenUp && ["network", "endpoint", "plugin"].contains { error.contains($0) }
  }
}

extension Trouble {
  fileprivate func remedy(_ container: String) -> String {
    switch self {
    case .noFreeVF: "more containers than VFs are on the PF: see sriov-persist show"
    case .pfTaken: "stop the container that has the PF, then run: docker start \(container)"
    case .addressInUse, .addressOutsideSubnet: "give it another address: it has to be made anew"
    case .orphanedForGood: "it names a network by an id that is gone: make it anew, with the network's name"
    default: "see: docker logs \(container)"
    }
  }
}
