package import HostInterface
import Mlx5
package import Model
package import Planning
import Storage

/// Makes Docker's networks on the saved PFs usable again. The order is sacred: VFs verified, plugin, network, containers,
/// VFs verified once more.
package struct RestoreDocker: Sendable {
  package struct NetworkReport: Sendable {
    package let name: String
    package let pf: PhysicalFunction?
    package internal(set) var result = Report.Result.unchanged
    package internal(set) var steps: [Report.StepRecord] = []
    package internal(set) var notes: [String] = []
    package internal(set) var failure: Failure?
  }

  /// A container that was started, or should have been.
  package struct ContainerReport: Sendable {
    package let name: String
    package let failure: Failure?
  }

  package struct Result: Sendable {
    package let generation: Int
    /// Damaged generations, unknown keys.
    package internal(set) var warnings: [String] = []
    package internal(set) var networks: [NetworkReport] = []
    package internal(set) var containers: [ContainerReport] = []
    package internal(set) var notes: [String] = []
    /// Why containers could not be looked at.
    package internal(set) var obstacle: Failure?

    package var failures: [Failure] {
      networks.compactMap(\.failure) + [obstacle].compactMap(\.self) + containers.compactMap(\.failure)
    }
  }

  private let host: Host
  private let configuration: Configuration

  package init(on host: Host) {
    self.host = host
    configuration = Configuration(host.disk)
  }

  /// - Parameters:
  ///   - names: PFs by PCI address, RDMA device or netdev; none means all that are saved.
  ///   - generation: Which one says what is saved; nil means the newest that can be read.
  ///   - authority: Whether a network that differs may be removed and made anew, and a stopped Docker started.
  /// - Returns: Nil where no network is saved: nothing is asked then.
  /// - Throws: `Failure` when there is nothing saved, a name is unknown, Docker does not answer, or a signal comes.
  package func run(_ names: [String], generation: Int? = nil, on authority: Authority = .person) throws -> Result? {
    guard host.isPrivileged else {
      throw Failure(.notPermitted, "only root may restore the network", remedy: "run it with sudo")
    }
    let loaded = try LoadedGeneration(GenerationStore(host.disk), number: generation)
    let snapshot = loaded.generation.snapshot
    let discovery = try Discovery(host.files, host.netlink)
    let pfs = try Target.choose(names, in: snapshot, on: discovery, host).map(\.adapter.pf.pciAddress)
    let chosen = snapshot.networks(on: pfs)
    guard !chosen.isEmpty else { return nil }
    defer { OutcomeStore(host.disk).announceNetwork() }
    guard let session = try DockerSession.open(host, configuration, on: authority) else {
      return Result(
        generation: loaded.generation.number, warnings: loaded.warnings,
        notes: ["Docker was stopped: its networks are restored when it is started"])
    }
    var (restore, result) = try withLock {
      let places = Places(of: snapshot, on: try Discovery(host.files, host.netlink), host)
      let restore = NetworkRestore(
        session: session, configuration: configuration, snapshot: snapshot, generation: loaded.generation.number,
        places: places)
      return (restore, try restore.run(chosen))
    }
    try restore.startContainers(&result)
    result.warnings = loaded.warnings
    return result
  }

  /// What `run` would do if the VFs were as saved. Changes nothing, and does not start Docker.
  package func preview(
    _ names: [String], generation: Int? = nil, on authority: Authority = .person
  ) throws -> NetworkStatus {
    let saved = try LoadedGeneration(GenerationStore(host.disk), number: generation).generation
    let discovery = try Discovery(host.files, host.netlink)
    let pfs = try Target.choose(names, in: saved.snapshot, on: discovery, host).map(
      \.adapter.pf.pciAddress)
    return NetworkStatus(of: saved, onPFs: pfs, discovery: discovery, replacing: authority == .replacing, host)
  }

  /// One run works on Docker at a time; another PF's is waited for.
  private func withLock<Value>(_ body: () throws -> Value) throws -> Value {
    let locks = Locks(host.disk)
    let wait = Wait(on: host)
    let deadline = host.tasks.now() + configuration.dockerLimit
    var isWatching = false
    while true {
      var holder: LockHolder?
      _ = try wait(
        for: { "waiting for another run that works on Docker (\(holder?.description ?? ""))" }, deadline: { deadline },
        lookingEvery: .seconds(1),
        until: {
          if host.tasks.isTerminating { throw Failure.stopped }
          holder = try locks.holderOfDocker()
          if holder != nil && !isWatching {
            isWatching = true
            try? host.disk.watch(StateFolders.locks, for: .locks, ringing: wait.bell)
            holder = try locks.holderOfDocker()
          }
          return holder == nil
        })
      do {
        return try locks.withDocker(body)
      } catch let failure as Failure where failure.kind == .busy && holder == nil && host.tasks.now() < deadline {
        continue  // Somebody else was quicker.
      }
    }
  }
}
