import Mlx5
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

/// The lines about the first PF, without its name.
private func unsaved(_ simulation: Simulation) throws -> [String] {
  let pf = try #require(Discovery(simulation.kernel).pfs.first)
  let lines = try PFDevice(pf, on: simulation.host).observe(holdingLock: true).unsavedSettings(simulation.kernel)
  return lines.map { $0.replacing("\(pf): ", with: "") }
}

@Suite struct UnsavedSettingsTests {
  private func ethernet(vfs: Int = 6) throws -> Simulation {
    let simulation = Simulation()
    simulation.kernel.update { $0.adapters[0].linkLayer = .ethernet }
    try simulation.write("\(vfs)", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    return simulation
  }

  @Test func `what a snapshot holds, and what is as by default, is not told`() throws {
    #expect(try unsaved(.setUp()) == [])
    #expect(try unsaved(.setUp(vfs: 0)) == [])
    #expect(try unsaved(ethernet()) == [])
    let inbox = try Simulation.setUp()
    inbox.kernel.update { $0.adapters[0].hasOFEDFiles = false }
    #expect(try unsaved(inbox) == [])
  }

  @Test func `Ethernet: trunks, rate groups and meters, a line each`() throws {
    let simulation = try ethernet()
    simulation.kernel.update { machine in
      for vf in [0, 1, 2, 5] { machine.adapters[0].contexts[vf].trunk = "100 101" }
      machine.adapters[0].contexts[1].rateGroup = 3
      machine.adapters[0].contexts[2].meters["tx/pps"] = 1000
      machine.adapters[0].contexts[4].meters["rx/bps"] = 1000
    }
    #expect(
      try unsaved(simulation) == [
        "VFs 0-2, 5 have a VLAN trunk (VGT+): it is not saved", "VF 1 is in a rate group: that is not saved",
        "VFs 2, 4 have flow meters: they are not saved",
      ])
  }

  @Test func `MSI-X vectors: those that differ from most, of VFs with our driver only`() throws {
    let simulation = try Simulation.setUp(vfs: 6)
    simulation.kernel.update { machine in
      machine.adapters[0].vfs[2].vectors = 63
      machine.adapters[0].vfs[3].vectors = 4
      (machine.adapters[0].vfs[4].driver, machine.adapters[0].vfs[4].vectors) = ("vfio-pci", 1)
      machine.adapters[0].vfs[5].driver = nil
    }
    #expect(
      try unsaved(simulation) == ["VFs 2-3 have another number of MSI-X vectors than the others (8): it is not saved"])
  }

  @Test(
    arguments: [
      ([0xffff], false), ([0x7fff], false), ([0x0000], false), ([0x8001], true), ([0xffff, 0x8001], true),
      ([0x7fff, 0, 0, 0x0001], true),
    ] as [([UInt16], Bool)]) func `P_Keys other than the default one`(keys: [UInt16], isTold: Bool) throws
  {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { $0.adapters[0].vfs[1].pkeys = keys }
    #expect(try unsaved(simulation).map { $0.hasPrefix("VF 1 has P_Keys of their own") } == (isTold ? [true] : []))
  }

  @Test func `the work for as many VFs as there can be is bounded`() throws {
    let simulation = try Simulation.setUp(vfs: 127)
    simulation.kernel.update { machine in
      for vf in machine.adapters[0].vfs.indices { machine.adapters[0].vfs[vf].pkeys = [0x7fff, 0x8002] }
    }
    #expect(try unsaved(simulation).map { $0.hasPrefix("VFs 0-126 have P_Keys") } == [true])
  }

  @Test func `sub-functions`() throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { $0.adapters[0].subFunctions = ["mlx5_8", "mlx5_9"] }
    #expect(try unsaved(simulation) == ["2 sub-functions: not saved"])
  }
}
