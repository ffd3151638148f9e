package import Model

/// Port 1 of a function's RDMA device as it was read at one time; an mlx5 function has no other (mlx5.md 8).
package struct Port: Hashable, Sendable {
  /// The numbers of IBTA's PortInfo, which the kernel prints before the words (drivers/infiniband/core/sysfs.c).
  package enum State: Int, Sendable {
    case nop = 0
    case down = 1
    case initialize = 2
    case armed = 3
    case active = 4
    case activeDefer = 5
  }

  package enum PhysicalState: Int, Sendable {
    case nop = 0
    case sleep = 1
    case polling = 2
    case disabled = 3
    case training = 4
    case linkUp = 5
    case errorRecovery = 6
    case test = 7
  }

  /// What holds an Ethernet port's link.
  package struct Netdev: Hashable, Sendable {
    /// Administratively: somebody wants it up.
    package var isUp: Bool
    package var hasCarrier: Bool

    package init(isUp: Bool, hasCarrier: Bool) {
      self.isUp = isUp
      self.hasCarrier = hasCarrier
    }
  }

  package var linkLayer: LinkLayer
  package var state: State
  package var physicalState: PhysicalState
  package var lid: UInt32
  package var smLID: UInt32
  /// Its name on the fabric; nil while it has none.
  package var guid: GUID?
  /// Nil where none is to be seen. Not looked for on InfiniBand: IPoIB may be up or not, the port does not care.
  package var netdev: Netdev?

  package init(
    linkLayer: LinkLayer, state: State, physicalState: PhysicalState, lid: UInt32, smLID: UInt32, guid: GUID?,
    netdev: Netdev?
  ) {
    self.linkLayer = linkLayer
    self.state = state
    self.physicalState = physicalState
    self.lid = lid
    self.smLID = smLID
    self.guid = guid
    self.netdev = netdev
  }
}

/// What there was to read of a port.
package enum PortReading: Hashable, Sendable {
  case port(Port)
  /// The PCI function is not there.
  case noFunction
  /// No driver has the function.
  case unbound
  /// A driver has it that makes no RDMA device.
  case otherDriver(String)
  /// mlx5_core has it and no RDMA device is to be seen: not registered yet, or in a container.
  case noRDMADevice
  /// The kernel or the firmware fails to tell, in words: a device that died answers so.
  case unreadable(String)
}

/// The commands name the PF's RDMA device: without it they may choose a VF's, whose port has no QP0 to query through.
extension PhysicalFunction {
  /// Tells whether a subnet manager answers.
  package var commandForSubnetManager: String { "sminfo\(rdmaDevice.map { " -C \($0)" } ?? "")" }

  /// Tells the state of the PF's port.
  package var commandForPort: String { "ibstat\(rdmaDevice.map { " \($0)" } ?? "")" }
}
