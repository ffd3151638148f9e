/// One VF as it was found on the host.
package struct VirtualFunction: Hashable, Sendable {
  /// The driver that takes an mlx5 VF by itself.
  package static let ownDriver = "mlx5_core"

  /// Its number below its PF: the `<n>` of `virtfn<n>` and `sriov/<n>`.
  package var index: Int
  package var pciAddress: PCIAddress
  /// The driver that has it, nil while it is unbound.
  package var driver: String?
  /// What the PF says of it.
  package var attributes: [VFAttribute: Reading]
  /// The GUIDs that its own RDMA device took over when it was probed; empty where that device is not to be seen (VF
  /// unbound, in a container, or with another driver).
  package var probed: [VFAttribute: Reading]

  package init(
    index: Int, pciAddress: PCIAddress, driver: String?, attributes: [VFAttribute: Reading],
    probed: [VFAttribute: Reading]
  ) {
    self.index = index
    self.pciAddress = pciAddress
    self.driver = driver
    self.attributes = attributes
    self.probed = probed
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
