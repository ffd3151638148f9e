package import HostInterface
package import Model

/// The ports of a PF's VFs. They never hold readiness back; what keeps one down is said.
package struct VFPorts: Sendable {
  package var pf: PCIAddress { observation.pf.pciAddress }
  private let observation: Observation
  private let readings: [PortReading]

  /// - Parameter observation: Tells which VFs there are, and what they were given.
  package init(of observation: Observation, files: any FileTree) {
    self.observation = observation
    readings = observation.vfs.map {
      PortFiles(ofVF: $0.index, of: observation.pf.pciAddress, files: files).read()
    }
  }

  /// Whether some port only needs a moment: a subnet manager comes to VFs after their PF.
  package func isUnderWay(pfPort: Port) -> Bool {
    obstacles(pfPort: pfPort).contains { $0.obstacle == .pfNotActive || $0.obstacle == .notVirtualised }
  }

  /// One line for each reason that keeps VFs' ports from being ACTIVE. An Ethernet VF's port follows its netdev, which
  /// is for its user to switch on: nothing is missing there.
  ///
  /// - Parameter pfPort: What the VFs with policy Follow follow.
  package func remarks(pfPort: Port) -> [String] {
    let obstacles = obstacles(pfPort: pfPort)
    return VFPortObstacle.allCases.compactMap { obstacle in
      let indexes = obstacles.filter { $0.obstacle == obstacle }.map(\.vf)
      guard !indexes.isEmpty else { return nil }
      return "\(observation.pf): \(indexes.asVFs): \(obstacle.words(on: observation))"
    }
  }

  /// The VFs whose ports are ACTIVE, which only a subnet manager that knows virtual ports makes them, and those that
  /// lack nothing else but one.
  package func virtualPorts(pfPort: Port) -> (active: [Int], lacking: [Int]) {
    let obstacles = obstacles(pfPort: pfPort)
    return (
      active: obstacles.filter { $0.obstacle == nil }.map(\.vf),
      lacking: obstacles.filter { $0.obstacle == .notVirtualised }.map(\.vf)
    )
  }

  private func obstacles(pfPort: Port) -> [(vf: Int, obstacle: VFPortObstacle?)] {
    guard pfPort.linkLayer == .infiniBand else { return [] }
    return zip(observation.vfs, readings).map { ($0.index, VFPortObstacle($0, $1, pfPort: pfPort)) }
  }
}

/// What keeps a VF's port from being ACTIVE, or from being seen: the first that applies.
enum VFPortObstacle: CaseIterable {
  case unbound, otherDriver, hidden, unreadable
  case policyDown, noGUID, guidNotTaken, pfNotActive, notVirtualised

  /// Nil for a port that is ACTIVE.
  init?(_ vf: VirtualFunction, _ reading: PortReading, pfPort: Port) {
    switch reading {
    case .noFunction, .unbound: self = .unbound
    case .otherDriver: self = .otherDriver
    case .noRDMADevice: self = .hidden
    case .unreadable: self = .unreadable
    case .port(let port):
      if port.state == .active { return nil }
      if vf.attributes[.policy] == .value(.policy(.down)) {
        self = .policyDown
      } else if let lack = Self.lackOfGUID(vf, port) {
        self = lack
      } else if pfPort.state != .active {
        self = .pfNotActive
      } else {
        self = .notVirtualised
      }
    }
  }

  /// What the PF says of a GUID may be its driver's memory, which knows nothing of what the firmware made of it. The VF's
  /// own device shows the GUIDs that it has, whether its port is down or not (mlx5.md 15).
  private static func lackOfGUID(_ vf: VirtualFunction, _ port: Port) -> VFPortObstacle? {
    if VFAttribute.guids.contains(where: { vf.attributes[$0] == .unset }) { return .noGUID }
    guard port.guid == nil || vf.probed[.nodeGUID] == .unset else { return nil }
    let isTold = VFAttribute.guids.contains { if case .value? = vf.attributes[$0] { true } else { false } }
    return isTold ? .guidNotTaken : .noGUID
  }

  func words(on observation: Observation) -> String {
    switch self {
    case .unbound: "port not visible: no driver"
    case .otherDriver: "port not visible: another driver, such as vfio-pci for a virtual machine"
    case .hidden: "port not visible: no RDMA device here, as while a container has it"
    case .unreadable: "port cannot be read; see: journalctl -k -g mlx5"
    case .policyDown: "port down: policy Down; run: \(observation.commandToFollow)"
    case .noGUID: "port down: GUID unset; each VF needs its own: \(observation.wayToGiveGUIDs)"
    case .guidNotTaken:
      "port down: the VF's own RDMA device has no GUID, although one was set through the PF: either the firmware ignored it, "
        + "or the VF was bound before; run: sriov-persist restore"
    case .pfNotActive: "port not active: the PF's port is not active"
    case .notVirtualised:
      "port not active, although the PF's port is: does the subnet manager know virtual ports? "
        + "OpenSM needs virt_enabled 2 in opensm.conf, and to be one that knows it, as MLNX_OFED's does"
    }
  }
}
