import FoundationEssentials
import HostInterface
import Mlx5
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

@Suite struct DiscoveryTests {
  /// Two Ethernet PFs whose netdevs are in one bond.
  private var bonded: Simulation {
    var adapters = [
      SimulatedAdapter(at: "b1:00.0", netdev: "ens1f0"),
      SimulatedAdapter(at: "b1:00.1", netdev: "ens1f1", nodeGUID: 0x0c42_a103_00b1_0001),
    ]
    for index in adapters.indices { (adapters[index].linkLayer, adapters[index].bond) = (.ethernet, "bond0") }
    return Simulation(Machine(adapters: adapters))
  }

  @Test func `a bond is told, and has the one RDMA device of its PFs`() throws {
    let pfs = try Discovery(bonded.kernel).pfs
    #expect(pfs.map(\.bond) == ["bond0", "bond0"])
    #expect(pfs.map(\.rdmaDevice) == ["mlx5_bond_0", nil])
    #expect(pfs.map { $0.nodeGUID == nil } == [false, true])
    #expect(try bonded.kernel.list("/sys/class/infiniband") == ["mlx5_bond_0"])
  }

  @Test func `in a bond a PF is known by the address that netlink tells, and sysfs does not`() throws {
    let simulation = bonded
    #expect(
      try Discovery(simulation.kernel, simulation.kernel).pfs.map { $0.macAddress?.description } == [
        "0c:42:a1:b1:00:00", "0c:42:a1:b1:00:01",
      ])
    simulation.kernel.update { $0.routeNetlink.tellsPermanentAddress = false }
    #expect(try Discovery(simulation.kernel, simulation.kernel).pfs.map(\.macAddress) == [nil, nil])
    simulation.kernel.update { machine in machine.adapters.indices.forEach { machine.adapters[$0].bond = nil } }
    #expect(try Discovery(simulation.kernel, simulation.kernel).pfs.allSatisfy { $0.macAddress != nil })
  }

  @Test func `VFs on one of its PFs give each PF its RDMA device back`() throws {
    let simulation = bonded
    try simulation.write("2", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[1])
    let pfs = try Discovery(simulation.kernel).pfs
    #expect(pfs.map(\.rdmaDevice) == ["mlx5_0", "mlx5_1"])
    #expect(pfs.map(\.bond) == ["bond0", "bond0"])
  }

  @Test func `IPoIB in a bond keeps its RDMA device, and a bridge is no bond`() throws {
    let simulation = try Simulation.setUp(pfs: 2)
    simulation.kernel.update { machine in
      machine.adapters[0].bond = "bond0"
      machine.adapters[1].bridge = "br0"
    }
    let pfs = try Discovery(simulation.kernel).pfs
    #expect(pfs.map(\.bond) == ["bond0", nil])
    #expect(pfs.map(\.rdmaDevice) == ["mlx5_0", "mlx5_1"])
  }

  @Test func `a bond is neither compared nor saved`() throws {
    let pf = try #require(Discovery(bonded.kernel).pfs.first)
    var alone = pf
    alone.bond = nil
    #expect(alone == pf)
    #expect(Set([alone, pf]).count == 1)
    let saved = try JSONDecoder().decode(PhysicalFunction.self, from: JSONEncoder().encode(pf))
    #expect(saved.bond == nil)
    alone.netdev = "ens2"
    #expect(alone != pf)
  }

  /// An Ethernet PF; a GUID without its link layer would make it pass for InfiniBand.
  private var ethernet: Simulation {
    var adapter = SimulatedAdapter(at: "b1:00.0", netdev: "ens1f0")
    adapter.linkLayer = .ethernet
    return Simulation(Machine(adapters: [adapter]))
  }

  @Test(arguments: ["node_guid", "board_id", "link_layer"])
  func `an RDMA device that is renamed while it is read is read again`(file: String) throws {
    let simulation = ethernet
    let whole = try #require(Discovery(simulation.kernel).pfs.first)
    let pf = try #require(Discovery(renaming(simulation.kernel, at: file, times: 1)).pfs.first)
    #expect(pf.rdmaDevice == "renamed1")
    #expect(pf.nodeGUID == whole.nodeGUID)
    #expect(pf.boardID == whole.boardID)
    #expect(pf.linkLayer == .ethernet)
  }

  @Test(arguments: ["node_guid", "board_id", "link_layer"])
  func `one that never stays is taken for none, not for half of one`(file: String) throws {
    let pf = try #require(Discovery(renaming(ethernet.kernel, at: file, times: .max)).pfs.first)
    #expect(pf.rdmaDevice == nil)
    #expect(pf.nodeGUID == nil)
    #expect(pf.boardID == nil)
    // Its netdev says that much.
    #expect(pf.linkLayer == .ethernet)
  }

  @Test func `a sub-function's RDMA device is not the PF's, whatever its name`() throws {
    let simulation = try Simulation.setUp(vfs: 0)
    simulation.kernel.update { machine in
      machine.adapters[0].rdmaDevice = "mlx5_1"
      machine.adapters[0].subFunctions = ["mlx5_0"]
    }
    let sub: FilePath = "/sys/bus/pci/devices/0000:b1:00.0/mlx5_core.sf.0/infiniband"
    #expect(try simulation.kernel.list(sub) == ["mlx5_0"])
    #expect(try simulation.kernel.read("/sys/class/infiniband/mlx5_0/node_guid") == "0c42:a103:00b1:0001\n")
    let pf = try #require(Discovery(simulation.kernel).pfs.first)
    #expect(pf.rdmaDevice == "mlx5_1")
    #expect(pf.nodeGUID?.description == "0c:42:a1:03:00:b1:00:00")
    simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
    #expect(try Discovery(simulation.kernel).pfs.map(\.rdmaDevice) == [nil])
  }

  @Test(arguments: [true, false], ["smi1", "smi-mlx5_0", "a_smi"])
  func `the SMI device of a multi-plane card is never the PF's RDMA device, whatever sorts first`(
    hasUverbs: Bool, name: String
  ) throws {
    for own in ["zzz", "ibp11s0", "mlx5_0"] {
      let simulation = try Simulation.setUp(vfs: 0)
      simulation.kernel.update { machine in
        machine.adapters[0].rdmaDevice = own
        machine.adapters[0].smiDevices = [name]
        machine.adapters[0].hasUverbs = hasUverbs
      }
      // Without uverbs only the usual names tell it.
      if !hasUverbs && name == "a_smi" { continue }
      let pf = try #require(Discovery(simulation.kernel).pfs.first)
      #expect(pf.rdmaDevice == own)
      #expect(pf.nodeGUID?.description == "0c:42:a1:03:00:b1:00:00")
      simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
      if name.hasPrefix("smi") { #expect(try Discovery(simulation.kernel).pfs[0].rdmaDevice == nil) }
    }
  }

  @Test(arguments: ["1003", "1007"], [true, false]) func `a ConnectX-3 is not supported, bound or not`(
    deviceID: String, isBound: Bool
  ) throws {
    let simulation = Simulation(.guide)
    simulation.kernel.update { machine in
      machine.adapters[0].deviceID = deviceID
      machine.adapters[0].isBound = isBound
    }
    let discovery = try Discovery(simulation.kernel)
    #expect(discovery.pfs.isEmpty && discovery.withoutDriver.isEmpty)
    #expect(discovery.unsupported == simulation.kernel.machine.adapters.map(\.address))
  }

  @Test(arguments: [LinkLayer.ethernet, .infiniBand])
  func `a PF that shows neither netdev nor RDMA device has the link layer of its PCI class`(layer: LinkLayer) throws {
    let simulation = Simulation(.guide)
    simulation.kernel.update { machine in
      machine.adapters[0].linkLayer = layer
      machine.adapters[0].rdmaDevice = nil
      machine.adapters[0].hasNetdev = false
    }
    let pf = try #require(Discovery(simulation.kernel).pfs.first)
    #expect(pf.linkLayer == layer)
    #expect(!pf.isIdentified)
  }

  @Test func `an RDMA device of siw on the PF's netdev is not the PF's`() throws {
    let simulation = try Simulation.setUp(vfs: 0)
    simulation.kernel.update { $0.adapters[0].softRDMADevices = ["an_siw"] }
    #expect(try Discovery(simulation.kernel).pfs[0].rdmaDevice == "mlx5_0")
  }
}

/// The RDMA device gets another name just before a file of it is read.
private func renaming(_ kernel: SimulatedKernel, at file: String, times: Int) -> MeddledFiles {
  let renamed = Counter()
  return MeddledFiles(kernel) { path in
    guard path.lastComponent?.string == file, let number = renamed.next(below: times) else { return }
    kernel.update { $0.adapters[0].rdmaDevice = "renamed\(number)" }
  }
}
