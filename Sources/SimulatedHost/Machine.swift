import Model

/// The hardware and the kernel's memory of a simulated host. A value, so that it can be kept in a file and compared.
package struct Machine: Codable, Equatable, Sendable {
  package var hostName = "simulated"
  package var adapters: [SimulatedAdapter]
  package var subnetManager = SimulatedSubnetManager()
  package var verbs = SimulatedVerbs.working
  /// How often it was started; device names depend on it, as they do on a real host.
  package var boots = 1
  package var rdmaNetlink = RDMANetlink.complete
  package var routeNetlink = RouteNetlink()
  /// Whether each network namespace shows all RDMA devices: `rdma system set netns shared`, the default.
  package var sharesRDMADevices = true
  /// Whether vfio-pci is loaded.
  package var hasVFIO = true
  /// Without one, functions are in no IOMMU group, and vfio-pci takes none (mlx5.md 12).
  package var hasIOMMU = true
  /// Whether a write of `sriov_numvfs` takes PCI's lock of rescans too, so that PFs make their VFs one after another:
  /// sriov_numvfs_store of drivers/pci/iov.c in Debian's 6.1.192.
  package var locksPCIForCounts = false
  package var platform = SimulatedPlatform()
  package var firmwareTool = SimulatedFirmwareTool()
  /// No number is given twice.
  var lastInode: UInt64 = 1
  var dockerUnits = DockerUnits()

  /// How systemd has docker.service and docker.socket.
  struct DockerUnits: Codable, Equatable, Sendable {
    var service = State.inactive
    var socket = State.inactive

    /// In its own words.
    enum State: String, Codable, Sendable {
      case inactive, activating, active, deactivating
    }
  }

  /// What the kernel's RDMA netlink has; the cases are in the order of the kernels that brought it.
  package enum RDMANetlink: String, Codable, Sendable {
    /// ib_core is not loaded.
    case missing
    /// Before 5.1: nothing counts contexts.
    case withoutContexts = "without-contexts"
    /// Before 5.13: contexts are counted, and cannot be listed.
    case withoutContextList = "without-context-list"
    case complete
  }

  /// How the kernel's rtnetlink tells of VFs.
  package struct RouteNetlink: Codable, Equatable, Sendable {
    /// Before 6.15: a reply about one PF with 16 VFs or more fails (mlx5.md 5.3).
    package var forgetsRoomForGUIDs = true
    /// Since 5.5.
    package var tellsGUIDs = true
    /// Since 5.6.
    package var tellsPermanentAddress = true
  }

  package init(adapters: [SimulatedAdapter]) {
    self.adapters = adapters
    nameDevices()
    settlePorts()
  }

  /// The host of the guide (host-setup.md): one ConnectX-5 on `0000:b1:00.0`, netdev `ibs21`.
  package static var guide: Machine { Machine(adapters: [SimulatedAdapter(at: "b1:00.0", netdev: "ibs21")]) }

  /// What a reboot leaves: SR-IOV state is gone, and RDMA devices are numbered in another order.
  package mutating func reboot() {
    boots += 1
    for index in adapters.indices { adapters[index].reset() }
    nameDevices()
    settlePorts()
  }

  private mutating func settlePorts() {
    for index in adapters.indices { adapters[index].settlePort(subnetManager) }
  }

  /// `mlx5_<n>` is the lowest free number at registration (mlx5.md 8): probe order decides, and it changes.
  private mutating func nameDevices() {
    for index in adapters.indices { adapters[index].rdmaDevice = nil }
    for index in boots.isMultiple(of: 2) ? Array(adapters.indices.reversed()) : Array(adapters.indices) {
      adapters[index].rdmaDevice = freeRDMAName
    }
  }

  /// The adapters as their drivers show them: a RoCE bond whose PFs have no VFs has one RDMA device, on its first PF
  /// (mlx5.md 9).
  var shownAdapters: [SimulatedAdapter] {
    guard adapters.contains(where: { $0.bond != nil }) else { return adapters }
    let bonds = Set(adapters.compactMap { $0.linkLayer == .ethernet ? $0.bond : nil }).sorted()
    var shown = adapters
    for (number, bond) in bonds.enumerated() {
      let members = adapters.indices.filter { adapters[$0].bond == bond }
      guard members.count > 1, members.allSatisfy({ adapters[$0].vfFolders == 0 }) else { continue }
      for member in members { shown[member].rdmaDevice = member == members.first ? "mlx5_bond_\(number)" : nil }
    }
    return shown
  }

  var freeRDMAName: String {
    let taken = Set(adapters.flatMap { [$0.rdmaDevice] + $0.vfs.map(\.rdmaDevice) + $0.subFunctions })
    return (0...).lazy.map { "mlx5_\($0)" }.first { !taken.contains($0) } ?? "mlx5"
  }
}
