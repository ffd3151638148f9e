import Agent
import Model
import SimulatedHost
import TestSupport
import Testing

@Suite struct GeneratedGUIDTests {
  private func guids(_ simulation: Simulation) -> [UInt64] {
    simulation.kernel.machine.adapters.flatMap { pf in
      [pf.nodeGUID] + pf.contexts.prefix(pf.vfCount).flatMap { [$0.nodeGUID, $0.portGUID] }
    }
  }

  @Test func `saved, restored, stable over reboots, unique on the host, locally administered`() throws {
    let simulation = try Simulation.setUp(pfs: 3, vfs: 127, guids: false)
    let result = try Save(on: simulation.host).run([], acceptLoss: false, generateGUIDs: true)
    #expect(result.generatedGUIDs.count == 3 * 127 * 2)
    #expect(!result.warnings.contains { $0.contains("GUIDs") })
    #expect(try RestoreVFs(on: simulation.host).run([]).reports.allSatisfy { $0.result == .restored })
    let guids = guids(simulation)
    #expect(Set(guids).count == 3 * 255)
    #expect(guids.filter { $0 >> 57 & 1 == 1 }.count == 3 * 254)
    // The VFs were bound: each has taken its own over by now.
    #expect(simulation.kernel.machine.adapters[2].vfs[126].probedPortGUID == guids.last)
    simulation.reboot()
    _ = try RestoreVFs(on: simulation.host).run([])
    #expect(self.guids(simulation) == guids)
    #expect(try Save(on: simulation.host).run([], acceptLoss: false, generateGUIDs: true).isUnchanged)
  }

  @Test func `what is set is kept`() throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { $0.adapters[0].contexts[1].portGUID = 0 }
    let result = try Save(on: simulation.host).run([], acceptLoss: false, generateGUIDs: true)
    #expect(result.generatedGUIDs.count == 1)
    #expect(result.snapshot.adapters[0].vfs[1].attributes[.portGUID]?.description == "0e:42:a1:03:05:b1:00:00")
    #expect(result.snapshot.adapters[0].vfs[1].attributes[.nodeGUID]?.description == "0c:42:a1:03:00:b1:02:00")
  }

  @Test func `without being asked, none is made, and the way to them is told`() throws {
    let simulation = try Simulation.setUp(guids: false)
    let result = try Save(on: simulation.host).run([], acceptLoss: false)
    #expect(result.generatedGUIDs.count == 0)
    #expect(result.warnings.contains { $0.contains("sriov-persist save --generate-guids") })
  }

  /// The guide's plugin gives VFs random GUIDs, of which every other one is a group address.
  @Test func `GUIDs that no VF may have are replaced, and a plain save names the way to that`() throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[1].portGUID = 0x0d42_a103_00b1_0202
      machine.adapters[0].contexts[3].nodeGUID = .max
    }
    for acceptLoss in [true, false] {
      #expect {
        try Save(on: simulation.host).run([], acceptLoss: acceptLoss)
      } throws: {
        Failure($0).kind == .refused && Failure($0).remedy?.contains("run: sriov-persist save --generate-guids") == true
      }
    }
    let result = try Save(on: simulation.host).run([], acceptLoss: false, generateGUIDs: true)
    #expect((result.generatedGUIDs.count, result.generatedGUIDs.replacing) == (2, 2))
    #expect(!result.warnings.contains { $0.contains("GUID") }, "\(result.warnings)")
    #expect(result.snapshot.adapters[0].vfs[1].attributes[.nodeGUID]?.description == "0c:42:a1:03:00:b1:02:00")
    #expect(try RestoreVFs(on: simulation.host).run([]).reports[0].result == .restored)
    #expect(try Status(of: simulation.host).entries[0].isAsSaved)
    #expect(try Save(on: simulation.host).run([], acceptLoss: false).isUnchanged)
  }
}
