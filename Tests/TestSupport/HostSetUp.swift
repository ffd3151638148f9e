package import Model
package import SimulatedHost
import SystemPackage

extension Simulation {
  /// A host whose person has set everything up by hand, through the kernel's own files.
  ///
  /// - Parameter guids: Whether the VFs were given GUIDs, which the guide forgets to do.
  package static func setUp(
    pfs: Int = 1, vfs: Int = 4, guids: Bool = true, policy: VFPolicy = .follow, autoprobe: Bool = true,
    isService: Bool = false, docker: DockerRelease? = nil
  ) throws -> Simulation {
    let adapters = (0..<pfs).map { number in
      SimulatedAdapter(
        at: "\(String(0xb1 + number, radix: 16)):00.0", netdev: "ibs\(21 + number)",
        nodeGUID: 0x0c42_a103_00b1_0000 + UInt64(number) << 20, totalVFs: max(8, vfs))
    }
    let simulation = Simulation(Machine(adapters: adapters), isService: isService, docker: docker)
    for adapter in adapters {
      try simulation.setUp(adapter, vfs: vfs, guids: guids, policy: policy)
      try simulation.write(autoprobe ? "1" : "0", to: "sriov_drivers_autoprobe", of: adapter)
    }
    simulation.kernel.forgetStores()
    return simulation
  }

  private func setUp(_ adapter: SimulatedAdapter, vfs: Int, guids: Bool, policy: VFPolicy) throws {
    try write("0", to: "sriov_drivers_autoprobe", of: adapter)
    try write("\(vfs)", to: "sriov_numvfs", of: adapter)
    try write("1", to: "sriov_drivers_autoprobe", of: adapter)
    for vf in 0..<vfs {
      if guids {
        let guid = adapter.nodeGUID + UInt64(vf + 1) << 8
        try write("\(try GUID(guid))", to: "sriov/\(vf)/node", of: adapter)
        try write("\(try GUID(guid + 1))", to: "sriov/\(vf)/port", of: adapter)
      }
      try write(policy.rawValue, to: "sriov/\(vf)/policy", of: adapter)
      let address =
        try kernel.link(FilePath("/sys/bus/pci/devices/\(adapter.address)/virtfn\(vf)")).lastComponent?.string ?? ""
      try kernel.store(address, in: "/sys/bus/pci/drivers/mlx5_core/bind")
    }
  }

  /// `echo text > /sys/bus/pci/devices/<PF>/name`
  package func write(_ text: String, to name: String, of adapter: SimulatedAdapter) throws {
    try kernel.store(text, in: FilePath("/sys/bus/pci/devices/\(adapter.address)/\(name)"))
  }
}

/// Numbers that are the same in every run.
package struct Dice: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }

  /// splitmix64.
  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
