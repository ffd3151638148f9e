/// One VF as it was found on the host.
package struct VirtualFunction: Hashable, Sendable {
  /// The driver that takes an mlx5 VF by itself.
  package static let ownDriver = "mlx5_core"
  /// The most VFs for which a firmware setting is proposed: NVIDIA's documentation of SR-IOV states 127 for a port (DOCA
  /// documentation, "Single Root IO Virtualization"). More are not forbidden: the PF's own firmware has the last word.
  package static let mostPerPF = 127

  /// Its number below its PF: the `<n>` of `virtfn<n>` and `sriov/<n>`.
  package var index: Int
  package var pciAddress: PCIAddress
  /// The driver that has it, nil while it is unbound.
  package var driver: String?
  /// What the PF says of it.
  package var attributes: [VFAttribute: Reading]
  /// The identity that its own RDMA device took over when it was probed: GUIDs, or the MAC that its node GUID is made of.
  /// Empty where that device is not to be seen (VF unbound, in a container, or with another driver).
  package var probed: [VFAttribute: Reading]
  /// Its own driver has it, its PF has an RDMA device, and it has none: what may be the reason.
  package var missingDevice: MissingDevice?
  /// Why it may be in use, in words such as `vfio-pci has it`; nil when nothing says so. A VF that is held is never
  /// removed, unbound or given another identity.
  package var holder: String?

  package enum MissingDevice: Sendable {
    /// The driver is still probing the VF: no network namespace can hide the device.
    case coming
    /// Either that, or another network namespace has it.
    case comingOrHidden
  }

  package init(
    index: Int, pciAddress: PCIAddress, driver: String?, attributes: [VFAttribute: Reading],
    probed: [VFAttribute: Reading], holder: String? = nil
  ) {
    self.index = index
    self.pciAddress = pciAddress
    self.driver = driver
    self.attributes = attributes
    self.probed = probed
    self.holder = holder
  }
}

extension VirtualFunction {
  fileprivate var hasUnreadable: Bool {
    attributes.values.contains(where: \.isUnreadable) || probed.values.contains(where: \.isUnreadable)
  }

  /// Whether it was bound before it was given the identity that the PF has for it: it has another (mlx5.md 6).
  package var hasOtherIdentity: Bool {
    probed.contains { attribute, own in
      if case .value(let value)? = attributes[attribute] { !own.allows(value) } else { false }
    }
  }
}

/// Everything that was read of one PF at one time.
package struct Observation: Hashable, Sendable {
  package var pf: PhysicalFunction
  /// How many VFs the firmware allows (`sriov_totalvfs`).
  package var totalVFs: Int
  /// How many VFs there are: `sriov_numvfs` where the reader held the PF's lock, else the number of `virtfn` links.
  package var vfCount: Int
  /// Whether the kernel binds a driver to each new VF by itself (`sriov_drivers_autoprobe`).
  package var driversAutoprobe: Bool
  /// Why the VFs' attributes can be neither read nor written; nil when they can.
  package var attributesHidden: String?
  /// The netdev through which they are read and written by netlink; nil where files do that.
  package var netlinkNetdev: String?
  /// Of an Ethernet PF, where it can be told.
  package var eswitchMode: ESwitchMode?
  /// Whether the network plugin is known to be away: it gives no free VF to a container.
  package var isPluginAway = false
  /// Who else is set up to make VFs here, in words. Looked for only where the count is not the wanted one.
  package var otherOwners: [String] = []
  package var vfs: [VirtualFunction]

  package init(
    pf: PhysicalFunction, totalVFs: Int, vfCount: Int, driversAutoprobe: Bool, attributesHidden: String?,
    vfs: [VirtualFunction]
  ) {
    self.pf = pf
    self.totalVFs = totalVFs
    self.vfCount = vfCount
    self.driversAutoprobe = driversAutoprobe
    self.attributesHidden = attributesHidden
    self.vfs = vfs
  }
}

extension Observation {
  /// Whether all that should be readable was read, and the count and the links to VFs agree.
  package var isWhole: Bool {
    vfCount == vfs.count && !vfs.contains(where: \.hasUnreadable) && (attributesHidden == nil || vfs.isEmpty)
  }
}

/// How a person sets what a VF lacks.
extension Observation {
  package var commandToFollow: String {
    netlinkNetdev.map { "ip link set dev \($0) vf <n> state auto" }
      ?? "echo Follow > \(folder)/<n>/\(pf.linkLayer == .ethernet ? "link_state" : "policy")"
  }

  package var wayToGiveGUIDs: String {
    netlinkNetdev.map {
      "give them your own: ip link set dev \($0) vf <n> node_guid <GUID>; the same with port_guid; bind the VF anew"
    }
      ?? "write your own to \(folder)/<n>/node and port; bind the VF anew"
  }

  package var wayToGiveMACs: String {
    "run: ip link set dev \(netlinkNetdev ?? pf.netdev ?? "<netdev>") vf <n> mac <MAC>; bind the VF anew; then save again"
  }

  private var folder: String { "/sys/bus/pci/devices/\(pf.pciAddress)/sriov" }
}
