package import Model

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
  /// How often its driver was loaded anew since the boot.
  var rebinds = 0
  /// Whether its netdev is in this network namespace; without ib_ipoib an InfiniBand PF has none at all.
  package var hasNetdev = true
  /// IPoIB children of its netdev, which have the device of the PF as theirs: not on every kernel (docker.md 11.3).
  package var pkeyNetdevs: [String] = []
  /// Whether the children were made by `create_child`: only then they have a `parent` file.
  package var areChildrenLegacy = true
  /// The bond that its netdev is a member of.
  package var bond: String?
  /// The bridge that it is a member of instead.
  package var bridge: String?
  /// Whether the driver is MLNX_OFED's, with its `sriov` folder.
  package var hasOFEDFiles = true
  /// Which release of it.
  package var ofed = OFEDRelease.v25
  /// Whether its eswitch is in switchdev mode: somebody else's netdevs govern the VFs.
  package var isSwitchdev = false
  /// Whether the kernel is 5.10 or later: the netdev of an Ethernet PF has a switch's id in legacy mode as well.
  package var hasDevlinkPort = true
  /// What the firmware allows; 0 switches SR-IOV off.
  package var totalVFs: Int
  /// What the kernel found for the BARs of all VFs.
  package var vfMemory = VFMemory.given
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
  /// Devices of type SMI beside its RDMA device, as a ConnectX-8 has them.
  package var smiDevices: [String] = []
  /// Devices of siw or rxe on its netdev.
  package var softRDMADevices: [String] = []
  /// Whether ib_uverbs is loaded.
  package var hasUverbs = true
  /// What representors of VFs are called, followed by a number: `a0`.
  package var representorPrefix = "a"

  package struct Timing: Codable, Equatable, Sendable {
    /// Seconds the firmware takes to make one VF.
    package var create = 0.1
    /// Seconds a driver takes to probe one VF.
    package var probe = 0.5
    /// Seconds the firmware takes for one attribute of a VF.
    package var attribute = 0.0
    /// Seconds after its probe at which a VF's RDMA device and netdev come.
    package var devices = 0.0
  }

  /// Each stands for those that behave as it does (mlx5.md 3.3).
  package enum OFEDRelease: String, Codable, Sendable {
    case v24 = "24.07"
    case v25 = "25.10"
  }

  package enum VFMemory: String, Codable, Sendable {
    case given, missing
    /// Missing as well, and the kernel forgot that there is need of any.
    case forgotten
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
    (subFunctions, smiDevices, softRDMADevices) = ([], [], [])
    port = SimulatedPort(hasCable: port.hasCable)
  }

  /// An Ethernet VF's link follows the PF's from the first (mlx5.md 4.3).
  mutating func forgetVFs() {
    contexts = Array(repeating: VFContext(policy: linkLayer == .ethernet ? .follow : .down), count: totalVFs)
  }

  /// mlx4_core for ConnectX-3 and ConnectX-3 Pro.
  package var driver: String { ["1003", "1007"].contains(deviceID) ? "mlx4_core" : "mlx5_core" }

  /// What the driver writes back by itself once the firmware has a VF again; Down is the firmware's default.
  mutating func sendRemembered(vf: Int) {
    let memory = contexts[vf].remembered
    if !faults.ignoresGUIDs {
      if memory.nodeGUID != 0 { contexts[vf].nodeGUID = memory.nodeGUID }
      if memory.portGUID != 0 { contexts[vf].portGUID = memory.portGUID }
    }
    if let policy = memory.policy, !faults.ignoresPolicy { contexts[vf].policy = policy }
  }

  /// VFs follow their PF's routing id one after another.
  package func addressOfVF(_ index: Int) -> PCIAddress {
    let routing = (Int(address.bus) << 8 | Int(address.device) << 3 | Int(address.function)) + 1 + index
    return PCIAddress(
      domain: address.domain, bus: UInt8(routing >> 8), device: UInt8(routing >> 3 & 31),
      function: UInt8(routing & 7))
  }
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
