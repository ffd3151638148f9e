import Docker
package import HostInterface
import Mlx5
package import Model
package import Planning
import Storage
import SystemPackage

/// What is to be done about saved networks, as Docker and its plugin are now. Changes nothing, and never starts Docker.
package struct NetworkStatus: Sendable {
  package struct Entry: Sendable {
    package let network: ContainerNetwork
    /// Nil for a mere configuration, and where the PF is not there.
    package let pf: PhysicalFunction?
    /// The PF's address, or the saved one where it is not there.
    package var pciAddress: PCIAddress? { pf?.pciAddress ?? network.netdevice?.pf }
    package let plan: NetworkPlan?
    let findings: NetworkFindings?
    /// Why it cannot be told.
    package let failure: Failure?
    /// Who works on it, or on its PF, now.
    package let holder: LockHolder?

    /// Why it is not usable, and a restore would not make it so.
    package var problem: Failure? { failure ?? plan?.refusal }

    package var isUsable: Bool { plan.map { $0.steps.isEmpty && $0.refusal == nil } ?? false }
  }

  package let generation: Int
  package let entries: [Entry]

  /// For all questions together: Docker answers them from its store, but it, or the plugin, may hang.
  private static let limit = Duration.seconds(5)

  /// - Parameters:
  ///   - pfs: On which the networks are, by their saved addresses.
  ///   - isReplacing: Whether a network that differs may be replaced.
  init(
    of saved: Generation, onPFs pfs: [PCIAddress], discovery: Discovery, replacing isReplacing: Bool = false,
    _ host: Host
  ) {
    generation = saved.number
    let networks = saved.snapshot.networks(on: pfs)
    guard !networks.isEmpty else {
      entries = []
      return
    }
    let places = Places(of: saved.snapshot, on: discovery, host)
    let deadline = host.tasks.now() + Self.limit
    let dockersHolder = Self.holderOfDocker(host)
    let look = Result { NetworkLook(try Self.connect(host, until: deadline), on: host) }
    entries = networks.map { network in
      let pf = try? places.place(of: network)?.pf
      let before = dockersHolder ?? Self.holder(of: pf, host)
      func entry(_ plan: NetworkPlan?, _ findings: NetworkFindings?, _ failure: Failure?) -> Entry {
        // One that came meanwhile makes what was seen worthless, too.
        let holder = before ?? Self.holderOfDocker(host) ?? Self.holder(of: pf, host)
        return Entry(network: network, pf: pf, plan: plan, findings: findings, failure: failure, holder: holder)
      }
      do {
        let today = try places.today(network)
        let findings = try look.get().findings(of: network, on: pf, until: deadline)
        let vfs = try pf.flatMap { pf in
          isReplacing ? try PFDevice(pf, on: host).observe(holdingLock: false, lookingForUsers: true) : nil
        }
        return entry(NetworkPlan(restoring: today, findings, on: vfs, replacing: isReplacing), findings, nil)
      } catch {
        return entry(nil, nil, Failure(error))
      }
    }
  }

  private static func holderOfDocker(_ host: Host) -> LockHolder? { try? Locks(host.disk).holderOfDocker() }

  private static func holder(of pf: PhysicalFunction?, _ host: Host) -> LockHolder? {
    pf.flatMap { try? Locks(host.disk).holder(ofPF: $0.pciAddress) }
  }

  private static func connect(_ host: Host, until deadline: Duration) throws -> DockerEngine {
    let socket = Configuration(host.disk).dockerSocket
    guard DockerService(on: host).mayBeAsked(over: socket) else {
      throw Failure(.unavailable, "Docker is not running", remedy: "run: systemctl start docker")
    }
    return try DockerEngine.connect(host.http, socket: socket, until: deadline)
  }
}
