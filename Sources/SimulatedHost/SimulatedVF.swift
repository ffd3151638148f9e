package import Model

/// What the firmware has for one VF. A new VF has policy Down and GUIDs of zero (mlx5.md 4.3).
package struct VFContext: Codable, Equatable, Sendable {
  package var nodeGUID: UInt64 = 0
  package var portGUID: UInt64 = 0
  package var policy = VFPolicy.down
  /// What the driver was told of an InfiniBand VF, by files or by netlink.
  package var remembered = Memory()
  /// What the driver was told by netlink, and all it says there: zero until then (mlx5.md 5.2).
  package var rememberedNodeGUID: UInt64 { remembered.netlinkNodeGUID }
  package var rememberedPortGUID: UInt64 { remembered.netlinkPortGUID }

  package struct Memory: Codable, Equatable, Sendable {
    package var nodeGUID: UInt64 = 0
    package var portGUID: UInt64 = 0
    package var policy: VFPolicy?
    package var netlinkNodeGUID: UInt64 = 0
    package var netlinkPortGUID: UInt64 = 0
  }

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

extension VFContext {
  /// The driver remembers what it was told, and does not ask what became of it.
  mutating func tellGUID(_ attribute: VFAttribute, _ guid: UInt64, _ faults: Faults) {
    if attribute == .nodeGUID { remembered.nodeGUID = guid } else { remembered.portGUID = guid }
    guard !faults.ignoresGUIDs else { return }
    if attribute == .nodeGUID { nodeGUID = guid } else { portGUID = guid }
  }
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
  /// What the host does with its netdev.
  package var interface = SimulatedInterface()
  /// IPoIB children of its netdev, by their names.
  package var children: [String: SimulatedInterface] = [:]
  /// The bridge, bond or Open vSwitch that its netdev is a port of.
  package var master: String?
  /// What else is stacked on its netdev: VLANs, macvtaps.
  package var uppers: [String] = []
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
