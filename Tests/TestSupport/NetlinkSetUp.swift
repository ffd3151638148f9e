import HostInterface
package import Model
package import SimulatedHost
import SystemPackage

extension Simulation {
  /// A host with the kernel's own driver, whose person has set everything up by hand, GUIDs and policy by netlink.
  ///
  /// - Parameter guids: Whether the VFs were given GUIDs.
  package static func setUpInbox(
    pfs: Int = 1, vfs: Int = 4, guids: Bool = true, policy: VFPolicy = .follow, isService: Bool = false
  ) throws -> Simulation {
    let adapters = (0..<pfs).map { number in
      var adapter = SimulatedAdapter(
        at: "\(String(0xb1 + number, radix: 16)):00.0", netdev: "ibs\(21 + number)",
        nodeGUID: 0x0c42_a103_00b1_0000 + UInt64(number) << 20, totalVFs: max(8, vfs))
      adapter.hasOFEDFiles = false
      return adapter
    }
    let simulation = Simulation(Machine(adapters: adapters), isService: isService)
    for (number, adapter) in adapters.enumerated() {
      try simulation.write("0", to: "sriov_drivers_autoprobe", of: adapter)
      try simulation.write("\(vfs)", to: "sriov_numvfs", of: adapter)
      try simulation.write("1", to: "sriov_drivers_autoprobe", of: adapter)
      for vf in 0..<vfs {
        let guid = adapter.nodeGUID + UInt64(vf + 1) << 8
        if guids {
          for (type, guid): (UInt16, UInt64) in [(10, guid), (11, guid + 1)] {
            try simulation.setVF(vf, ofPF: number, type, [0, 0, 0, 0] + guid.nativeBytes)
          }
        }
        try simulation.setVF(vf, ofPF: number, 5, policy.linkState.nativeBytes)
        let address = adapter.addressOfVF(vf)
        try simulation.kernel.store(address.description, in: "/sys/bus/pci/drivers/mlx5_core/bind")
      }
    }
    simulation.kernel.forgetStores()
    return simulation
  }

  /// `ip link set dev <the PF's netdev> vf <n> …`: one attribute of include/uapi/linux/if_link.h.
  package func setVF(_ vf: Int, ofPF number: Int = 0, _ type: UInt16, _ value: [UInt8]) throws {
    try setVF(NetlinkAttribute(type, UInt32(vf).nativeBytes + value), ofPF: number)
  }

  func setVF(_ attribute: NetlinkAttribute, ofPF number: Int) throws {
    let index =
      Int32(
        try kernel.readLine(FilePath("/sys/class/net/\(kernel.machine.adapters[number].netdev)/ifindex"))) ?? 0
    let info = NetlinkAttribute(1, [attribute])
    let payload =
      [0, 0, 0, 0] + index.nativeBytes + [UInt8](repeating: 0, count: 8) + [NetlinkAttribute(22, [info])].bytes
    _ = try kernel.exchange(NetlinkRequest(NetlinkCommand(.route, 19, "RTM_SETLINK"), payload: payload))
  }
}

extension VFPolicy {
  /// Of enum ifla_vf_link_state.
  package var linkState: UInt32 {
    switch self {
    case .follow: 0
    case .up: 1
    case .down: 2
    }
  }
}
