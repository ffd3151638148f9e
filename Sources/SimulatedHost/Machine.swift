package import Model

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
  /// Whether vfio-pci is loaded.
  package var hasVFIO = true
  /// Without one, functions are in no IOMMU group, and vfio-pci takes none (mlx5.md 12).
  package var hasIOMMU = true
  package var platform = SimulatedPlatform()
  package var firmwareTool = SimulatedFirmwareTool()
  /// No number is given twice.
  var lastInode: UInt64 = 1
  /// Whether docker.service has a process.
  var hasDocker = false

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

/// One PF.
package struct SimulatedAdapter: Codable, Equatable, Sendable {
  package var address: PCIAddress
  package var nodeGUID: UInt64
  package var boardID = "MT_0000000008"
  package var deviceID = "1017"
  package var linkLayer = LinkLayer.infiniBand {
    didSet {
      forgetVFs()
      firmware.linkType = linkLayer
    }
  }
  package var netdev: String
  /// Nil while the driver has not registered it.
  package var rdmaDevice: String?
  package var isBound = true
  /// Whether its netdev is in this network namespace; without ib_ipoib an InfiniBand PF has none at all.
  package var hasNetdev = true
  /// P_Keys that have a netdev of their own, such as `8001`.
  package var pkeyNetdevs: [String] = []
  /// The bond that its netdev is a member of.
  package var bond: String?
  /// The bridge that it is a member of instead.
  package var bridge: String?
  /// Whether the driver is MLNX_OFED's, with its `sriov` folder.
  package var hasOFEDFiles = true
  /// Whether its eswitch is in switchdev mode: somebody else's netdevs govern the VFs.
  package var isSwitchdev = false
  /// What the firmware allows; 0 switches SR-IOV off.
  package var totalVFs: Int
  package var firmware = SimulatedFirmware()
  package var port = SimulatedPort()
  package var timing = Timing()
  package var faults = Faults()

  // What a reboot takes away.
  package var driversAutoprobe = true
  /// `sriov_numvfs`: set last when VFs are made (mlx5.md 4.1).
  package var vfCount = 0
  /// How many `sriov/<n>` folders there are: made first.
  package var vfFolders = 0
  /// What the driver was told of each VF: kept over a count of 0 while the PF is bound (mlx5.md 4.3).
  package var contexts: [VFContext] = []
  package var vfs: [SimulatedVF] = []
  /// See `SimulatedVF.users`.
  package var users: [Int32] = []
  /// The RDMA devices of its sub-functions.
  package var subFunctions: [String] = []

  package struct Timing: Codable, Equatable, Sendable {
    /// Seconds the firmware takes to make one VF.
    package var create = 0.1
    /// Seconds a driver takes to probe one VF.
    package var probe = 0.5
    /// Seconds after its probe at which a VF's RDMA device and netdev come.
    package var devices = 0.0
  }

  package init(
    at address: String, netdev: String, nodeGUID: UInt64 = 0x0c42_a103_00b1_0000, totalVFs: Int = 8
  ) {
    guard let address = PCIAddress(address) else { preconditionFailure("not a PCI address: \(address)") }
    self.address = address
    self.nodeGUID = nodeGUID
    self.netdev = netdev
    self.totalVFs = totalVFs
    firmware.sriovEnabled = totalVFs > 0
    firmware.vfs = totalVFs
    reset()
  }

  /// All of it goes with the PF's driver: reboot, unbind, module reload (mlx5.md 4.3).
  mutating func reset() {
    driversAutoprobe = true
    vfCount = 0
    vfFolders = 0
    forgetVFs()
    vfs = []
    users = []
    subFunctions = []
    port = SimulatedPort(hasCable: port.hasCable)
  }

  /// An Ethernet VF's link follows the PF's from the first (mlx5.md 4.3).
  mutating func forgetVFs() {
    contexts = Array(repeating: VFContext(policy: linkLayer == .ethernet ? .follow : .down), count: totalVFs)
  }

  /// VFs follow their PF's routing id one after another.
  package func addressOfVF(_ index: Int) -> PCIAddress {
    let routing = (Int(address.bus) << 8 | Int(address.device) << 3 | Int(address.function)) + 1 + index
    return PCIAddress(
      domain: address.domain, bus: UInt8(routing >> 8), device: UInt8(routing >> 3 & 31),
      function: UInt8(routing & 7))
  }
}

/// What the firmware has for one VF. A new VF has policy Down and GUIDs of zero (mlx5.md 4.3).
package struct VFContext: Codable, Equatable, Sendable {
  package var nodeGUID: UInt64 = 0
  package var portGUID: UInt64 = 0
  package var policy = VFPolicy.down
  /// What the driver was told by netlink, and all it says there: zero until then (mlx5.md 5.2).
  package var rememberedNodeGUID: UInt64 = 0
  package var rememberedPortGUID: UInt64 = 0

  // Ethernet only.
  /// Zero until somebody gave it one.
  package var mac: [UInt8] = [0, 0, 0, 0, 0, 0]
  package var vlan = SimulatedVLAN()
  package var minRate: UInt32 = 0
  package var maxRate: UInt32 = 0
  package var spoofCheck = false
  package var trust = false
  /// The VLANs that the VF may use itself (VGT+), as `trunk` shows them.
  package var trunk = ""
  package var rateGroup = 0
  /// The rate of each flow meter, such as `rx/bps`.
  package var meters = ["rx/bps": 0, "rx/pps": 0, "tx/bps": 0, "tx/pps": 0]
}

package struct SimulatedVLAN: Codable, Equatable, Sendable {
  package var id: UInt32 = 0
  package var qos: UInt32 = 0
  /// The tag's EtherType.
  package var type: UInt16 = 0x8100
}

/// One VF's PCI function.
package struct SimulatedVF: Codable, Equatable, Sendable {
  package var driver: String?
  package var driverOverride: String?
  /// Of the link to its driver.
  var bindingInode: UInt64 = 0
  /// There while mlx5_core has the VF, unless another network namespace took it.
  package var rdmaDevice: String?
  /// As `rdmaDevice`.
  package var netdev: String?
  /// What the RDMA device took over when it was probed; a later change does not reach it (mlx5.md 6).
  package var probedNodeGUID: UInt64 = 0
  package var probedPortGUID: UInt64 = 0
  /// Counted, but the firmware never enabled it: its probe and its attributes fail (mlx5.md: count is no proof).
  package var isDead = false
  /// The process behind each open context of its RDMA device; 0 for one that the kernel does not name.
  package var users: [Int32] = []
  /// The modules of the kernel that have connections on it, such as nvme_rdma.
  package var kernelUsers: [String] = []
  /// MSI-X vectors that its driver has.
  package var vectors = 8
  /// The first entries of its port's P_Key table; the others are zero.
  package var pkeys: [UInt16] = [0xffff]
}

/// What is to go wrong.
package struct Faults: Codable, Equatable, Sendable {
  /// Errnos that the next count writes give, one each.
  package var countErrors: [Int32] = []
  /// Errnos that the next attribute writes give, one each.
  package var attributeErrors: [Int32] = []
  /// The count write makes one VF fewer than asked, and says nothing.
  package var makesOneFewer = false
  /// The VF that is dead when it is next made.
  package var deadVF: Int?
  /// A policy write succeeds and does nothing.
  package var ignoresPolicy = false
  /// A GUID write succeeds and does nothing.
  package var ignoresGUIDs = false
  /// The link to VF 1 leads to the PF.
  package var linkOfVF1LeadsToPF = false
  /// The next count write never returns.
  package var countWriteHangs = false
}
