import HostInterface
import Model
package import SimulatedHost
import SystemPackage

extension Simulation {
  /// A host with one Ethernet PF, whose VFs each have a MAC, and all else that there is but VF 3.
  package static func setUpEthernet(
    vfs: Int = 4, files: Bool = true, isService: Bool = false, docker: DockerRelease? = nil
  ) throws -> Simulation {
    var adapter = SimulatedAdapter(at: "b1:00.0", netdev: "ens1f0", totalVFs: max(8, vfs))
    adapter.linkLayer = .ethernet
    adapter.hasOFEDFiles = files
    let simulation = Simulation(Machine(adapters: [adapter]), isService: isService, docker: docker)
    try simulation.write("0", to: "sriov_drivers_autoprobe", of: adapter)
    try simulation.write("\(vfs)", to: "sriov_numvfs", of: adapter)
    try simulation.write("1", to: "sriov_drivers_autoprobe", of: adapter)
    for vf in 0..<vfs {
      let number = UInt32(vf)
      let mac: [UInt8] = [0x02, 0x42, 0xa1, 0, 1, UInt8(vf)]
      try simulation.setVF(vf, 1, mac + [UInt8](repeating: 0, count: 26))
      if vf != 3 {
        let vlan =
          (100 + number).nativeBytes + (number % 8).nativeBytes + UInt16(0x8100).bigEndian.nativeBytes + [0, 0]
        let info = NetlinkAttribute(12, [NetlinkAttribute(1, number.nativeBytes + vlan)])
        try simulation.setVF(info, ofPF: 0)
        try simulation.setVF(vf, 6, UInt32(100).nativeBytes + (1000 + number).nativeBytes)
        try simulation.setVF(vf, 4, UInt32(1).nativeBytes)
        try simulation.setVF(vf, 9, UInt32(1).nativeBytes)
        try simulation.setVF(vf, 5, VFPolicy.up.linkState.nativeBytes)
      }
      try simulation.kernel.store(adapter.addressOfVF(vf).description, in: "/sys/bus/pci/drivers/mlx5_core/bind")
    }
    simulation.kernel.forgetStores()
    return simulation
  }

  /// As where mlx5_ib is not loaded.
  package func hideRDMADevices() {
    kernel.update { machine in
      machine.adapters[0].rdmaDevice = nil
      for vf in machine.adapters[0].vfs.indices { machine.adapters[0].vfs[vf].rdmaDevice = nil }
    }
  }
}
