import Fabric
package import HostInterface
import Mlx5
package import Model
import Planning
import Storage

/// Waits until the ports of the saved PFs can carry what runs on their VFs: a restored VF is useless until a subnet manager
/// has brought its PF's port to ACTIVE. Ordering after a unit called opensm proves nothing, the subnet manager is usually
/// on another host: so the port itself is watched.
package struct RestoreNetwork: Sendable {
  /// The port of one PF.
  package struct PortReport: Sendable {
    package let pf: PhysicalFunction
    /// What the port is, or what is missing, in words.
    package let state: String
    package let isReady: Bool
    package let waited: Duration
    package let notes: [String]
    /// Why it is not ready; nil when it is, or need not be.
    package let failure: Failure?
  }

  package struct Result: Sendable {
    package let generation: Int
    package let warnings: [String]
    package let ports: [PortReport]
  }

  /// What keeps ports of VFs down.
  package struct Remark: Sendable {
    /// Nil for what is about the host.
    package let pf: PCIAddress?
    package let words: String
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
  ///   - deadline: How long ports are waited for; nil means as long as the configuration says. Zero is one look.
  /// - Throws: `Failure` when there is nothing saved, a name is unknown, or a signal comes.
  package func run(_ names: [String], generation: Int? = nil, within deadline: Duration? = nil) throws -> Result {
    guard host.isPrivileged || deadline == .zero else {
      throw Failure(.notPermitted, "only root may restore the network", remedy: "run it with sudo")
    }
    let loaded = try LoadedGeneration(GenerationStore(host.disk), number: generation)
    let wait = Wait(on: host)
    // RDMA devices come, go and are renamed meanwhile.
    host.devices.watch(ringing: wait.bell)
    let limit = deadline ?? configuration.subnetManagerLimit
    let targets = try targets(names, in: loaded.generation.snapshot, within: limit, wait)
    let start = host.tasks.now()
    var ports = targets.compactMap(\.found).map { WatchedPort($0, on: host, ringing: wait.bell) }
    defer { for port in ports { port.stop() } }
    _ = try wait(
      for: {
        let seconds = (host.tasks.now() - start).components.seconds
        return ports.filter { !$0.isSettled }.map { "\($0.words) (\(seconds) s)" }.joined(separator: "; ")
      },
      deadline: { start + limit },
      until: {
        for index in ports.indices { ports[index].look() }
        if host.tasks.isTerminating { throw Failure(.terminated, "stopped by a signal while waiting for a port") }
        return ports.allSatisfy(\.isSettled)
      })
    if limit > .zero { OutcomeStore(host.disk).announceNetwork() }
    let absent = targets.compactMap { target in
      target.absence.map {
        PortReport(pf: target.adapter.pf, state: $0.message, isReady: false, waited: .zero, notes: [], failure: $0)
      }
    }
    return Result(
      generation: loaded.generation.number, warnings: loaded.warnings,
      ports: (ports.map { $0.report(isRequired: limit > .zero) } + absent)
        .sorted { $0.pf.pciAddress < $1.pf.pciAddress })
  }

  /// What keeps ports of VFs down although their PF's port is ready. Waits a while for those that only need a moment.
  /// Nobody's readiness hangs on it, and no failure comes of it.
  package func remarks(on result: Result) -> [Remark] {
    let wait = Wait(on: host)
    let deadline = host.tasks.now() + .seconds(10)
    let ready = result.ports.filter(\.isReady).map(\.pf)
    var looks: [(ports: VFPorts, pfPort: Port)] = []
    _ = wait(
      for: { "looking at the ports of the VFs" }, deadline: { deadline }, lookingEvery: .seconds(1),
      until: {
        looks = ready.compactMap(look)
        return host.tasks.isTerminating || !looks.contains { $0.ports.isUnderWay(pfPort: $0.pfPort) }
      })
    let remark = LocalOpenSM.remark(pfPorts: infiniBandPorts, on: host.disk)
    return looks.flatMap { look in
      look.ports.remarks(pfPort: look.pfPort).map { Remark(pf: look.ports.pf, words: $0) }
    } + [remark].compactMap { $0.map { Remark(pf: nil, words: "\($0.seen); \($0.remedy)") } }
  }

  private func look(at pf: PhysicalFunction) -> (VFPorts, Port)? {
    guard case .port(let port) = PortFiles(of: pf.pciAddress, files: host.files).read(),
      let observation = try? PFDevice(pf, on: host).observe(holdingLock: false)
    else { return nil }
    return (VFPorts(of: observation, files: host.files), port)
  }

  /// Of all PFs of the host, whichever this run is about: the setting is one for all.
  private var infiniBandPorts: [GUID] {
    ((try? Discovery(host.files, host.netlink))?.pfs ?? []).compactMap { pf in
      guard case .port(let port) = PortFiles(of: pf.pciAddress, files: host.files).read(), port.linkLayer == .infiniBand
      else { return nil }
      return port.guid
    }
  }

  /// One look does not wait for a PF that cannot be told yet either.
  private func targets(
    _ names: [String], in snapshot: Snapshot, within limit: Duration, _ wait: Wait
  ) throws -> [Target] {
    guard limit == .zero else { return try Target.find(names, in: snapshot, wait) }
    return try Target.choose(names, in: snapshot, on: Discovery(host.files, host.netlink), host)
  }
}
