import Agent
import HostInterface
import Model
import SimulatedHost
import Storage
import TestSupport
import Testing

@Suite struct AdoptionTests {
  private func savedAndReplaced(pfs: Int = 1) throws -> Simulation {
    let simulation = try Simulation.setUp(pfs: pfs)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].nodeGUID ^= 0xff00_0000 }
    return simulation
  }

  @Test func `a replaced card is refused, adopted, and then restored with the saved identities`() throws {
    let simulation = try savedAndReplaced()
    let refused = try RestoreVFs(on: simulation.host).run([]).reports[0]
    #expect(refused.result == .refused)
    #expect(refused.failure?.remedy?.contains("sriov-persist adopt 0000:b1:00.0") == true)

    let result = try Adoption(on: simulation.host).adopt("0000:b1:00.0", as: nil)
    #expect(result.generation == 2)
    #expect(result.new?.nodeGUID?.value == simulation.kernel.machine.adapters[0].nodeGUID)
    #expect(simulation.kernel.stores.isEmpty, "the card itself is not touched")
    #expect(try RestoreVFs(on: simulation.host).run([]).reports[0].result == .restored)
    #expect(simulation.kernel.machine.adapters[0].contexts[0].nodeGUID == 0x0c42_a103_00b1_0100)
    // What was refused before concerns the old card.
    #expect(kind { _ = try Save(on: simulation.host).run([], acceptLoss: false) } == nil)
  }

  @Test func `a card in another slot is named`() throws {
    let simulation = try savedAndReplaced(pfs: 2)
    let old = try #require(GenerationStore(simulation.disk).current().generation?.snapshot.adapters[0].pf.nodeGUID)
    #expect(
      kind { _ = try Adoption(on: simulation.host).adopt("\(old)", as: "ibs22") } == .refused, "it is saved itself")
    #expect(kind { _ = try Adoption(on: simulation.host).adopt("ibs22", as: "ibs21") } == .refused, "it is here")
    #expect(kind { _ = try Adoption(on: simulation.host).adopt("mlx5_9", as: nil) } == .notFound)
    #expect(kind { _ = try Adoption(on: simulation.host).adopt("\(old)", as: "mlx5_9") } == .notFound)
    #expect(try Adoption(on: simulation.host).adopt("\(old)", as: "ibs21").old.nodeGUID == old)
    #expect(try GenerationStore(simulation.disk).numbers() == [1, 2])
  }

  @Test func `another model is taken, and said`() throws {
    let simulation = try savedAndReplaced()
    simulation.kernel.update { $0.adapters[0].boardID = "MT_0000000999" }
    let notes = try Adoption(on: simulation.host).adopt("ibs21", as: nil).notes
    #expect(notes == ["another model: board MT_0000000999, saved MT_0000000008"])
  }

  @Test func `a card whose GUID cannot be read is not adopted`() throws {
    let simulation = try savedAndReplaced()
    simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
    #expect(kind { _ = try Adoption(on: simulation.host).adopt("0000:b1:00.0", as: nil) } == .unavailable)
  }

  @Test func `a card that is gone for good is forgotten, and the gate opens without it`() throws {
    let simulation = try savedAndReplaced(pfs: 2)
    simulation.kernel.update { _ = $0.adapters.removeFirst() }
    _ = try RestoreVFs(on: simulation.host).run([])
    #expect(kind { _ = try Gate(on: simulation.host).pass(within: .seconds(20)) } == .unavailable)
    let result = try Adoption(on: simulation.host).forget("0000:b1:00.0")
    #expect(result.notes.isEmpty)
    #expect(try Gate(on: simulation.host).pass(within: .zero) == "1 PF with 4 VFs as in generation 2")
    #expect(OutcomeStore(simulation.disk).all().map(\.pciAddress.description) == ["0000:b2:00.0"])
  }

  @Test func `only root`() throws {
    let simulation = try savedAndReplaced()
    simulation.isPrivileged = false
    #expect(kind { _ = try Adoption(on: simulation.host).forget("ibs21") } == .notPermitted)
    #expect(kind { _ = try Adoption(on: simulation.host).adopt("ibs21", as: nil) } == .notPermitted)
  }
}
