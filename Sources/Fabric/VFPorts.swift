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
  case policyDown, noGUID, pfNotActive, notVirtualised

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
      } else if Self.lacksGUID(vf, port) {
        self = .noGUID
      } else if pfPort.state != .active {
        self = .pfNotActive
      } else {
        self = .notVirtualised
      }
    }
  }

  /// By what the PF says, where it says something: a port that is down may not show its GUID.
  private static func lacksGUID(_ vf: VirtualFunction, _ port: Port) -> Bool {
    switch vf.attributes[.portGUID] {
    case .value: vf.attributes[.nodeGUID] == .unset
    case .unset: true
    default: port.guid == nil
    }
  }

  func words(on observation: Observation) -> String {
    switch self {
    case .unbound: "port not visible: no driver has them"
    case .otherDriver: "port not visible: another driver has them, such as vfio-pci for a virtual machine"
    case .hidden: "port not visible: no RDMA device here, as while a container has them"
    case .unreadable: "port cannot be read; see: journalctl -k -g mlx5"
    case .policyDown: "port down: policy Down; run: \(observation.commandToFollow)"
    case .noGUID: "port down: GUID unset; each VF needs its own: \(observation.wayToGiveGUIDs)"
    case .pfNotActive: "port not active: that of their PF is not"
    case .notVirtualised:
      "port not active, though that of their PF is: does the subnet manager know virtual ports? "
        + "OpenSM needs virt_enabled 2 in opensm.conf, and to be one that knows it, as MLNX_OFED's does"
    }
  }
}
