import Docker
import HostInterface
import Mlx5
import Model

/// Where the saved adapters are today.
struct Places: Sendable {
  private let targets: [PCIAddress: Target]
  private let files: any FileTree
  private let networks: [ContainerNetwork]

  init(of snapshot: Snapshot, on discovery: Discovery, _ host: Host) {
    targets = Dictionary(
      Target.all(of: snapshot, on: discovery, host).map { ($0.adapter.pf.pciAddress, $0) }
    ) { first, _ in first }
    files = host.files
    networks = snapshot.networks ?? []
  }

  /// The adapter that a saved network is on, and its PF.
  ///
  /// - Throws: `Failure` that says why the PF is not there.
  func place(of network: ContainerNetwork) throws(Failure) -> (adapter: Adapter, pf: PhysicalFunction)? {
    guard let address = network.netdevice?.pf, let target = targets[address] else { return nil }
    if let absence = target.absence { throw absence }
    return target.found.map { (target.adapter, $0) }
  }

  /// The network with the address that its PF has today.
  func today(_ network: ContainerNetwork) throws(Failure) -> ContainerNetwork {
    var network = network
    if let pf = try place(of: network)?.pf { network.netdevice?.pf = pf.pciAddress }
    return network
  }

  /// What the netdev of a network is called today; nil for one that has another's configuration.
  func netdev(of network: ContainerNetwork) throws -> String? {
    guard let device = try today(network).netdevice else { return nil }
    if let name = try Netdevices(files).name(of: device) { return name }
    if device.vf == nil, let saved = network.netdevice?.pf {
      // In a container's network namespace; the plugin does not look at it (docker.md 11.2).
      if network.isPassthrough, let name = targets[saved]?.adapter.pf.netdev { return name }
      if let taker = networks.first(where: { $0.isPassthrough && $0.netdevice?.pf == saved }) {
        throw Failure(
          .unavailable,
          "network \(network.name): \(device.pf) has no netdev here: a container on \(taker.name), of mode passthrough, "
            + "may have it", remedy: "stop that container, then run: sriov-persist restore network")
      }
    }
    throw Failure(
      .unavailable, "network \(network.name): \(device.vf.map { "VF \($0) of " } ?? "")\(device.pf) has no netdev here",
      remedy: "is its driver's IPoIB or Ethernet part loaded? run: ls /sys/bus/pci/devices/\(device.pf)/net")
  }
}
