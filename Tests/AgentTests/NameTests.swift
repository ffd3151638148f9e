import Agent
import HostInterface
import Model
import SimulatedHost
import Storage
import TestSupport
import Testing

/// A name means the PF that has it today.
@Suite struct NameTests {
  /// The first of two PFs is saved; then a reboot gives each the other's name.
  private func firstSaved() throws -> Simulation {
    let simulation = try Simulation.setUp(pfs: 2)
    _ = try Save(on: simulation.host).run(["0000:b1:00.0"], acceptLoss: false)
    simulation.kernel.update { machine in
      let names = machine.adapters.map(\.rdmaDevice)
      (machine.adapters[0].rdmaDevice, machine.adapters[1].rdmaDevice) = (names[1], names[0])
      machine.adapters[0].contexts[0].policy = .down
    }
    simulation.kernel.forgetStores()
    return simulation
  }

  @Test func `one that another PF has today does not mean the saved one that had it`() throws {
    let simulation = try firstSaved()
    let name = try #require(simulation.kernel.machine.adapters[1].rdmaDevice)
    #expect(kind { _ = try RestoreVFs(on: simulation.host).run([name]) } == .notSaved)
    #expect(simulation.kernel.stores.isEmpty)
    let today = try #require(simulation.kernel.machine.adapters[0].rdmaDevice)
    #expect(try RestoreVFs(on: simulation.host).run([today]).reports[0].result == .restored)
  }

  @Test func `an address where another card is now does not mean the saved one that moved`() throws {
    let simulation = try firstSaved()
    let places = simulation.kernel.machine.adapters.map(\.address)
    simulation.kernel.update { machine in
      (machine.adapters[0].address, machine.adapters[1].address) = (places[1], places[0])
    }
    #expect(kind { _ = try RestoreVFs(on: simulation.host).run([places[0].description]) } == .notSaved)
    let report = try RestoreVFs(on: simulation.host).run([places[1].description]).reports[0]
    #expect(report.result == .restored && report.pf.pciAddress == places[1])
  }

  @Test func `a second card with a saved one's GUID is refused by its own name too`() throws {
    let simulation = try firstSaved()
    simulation.kernel.update { $0.adapters[1].nodeGUID = $0.adapters[0].nodeGUID }
    for name in ["0000:b1:00.0", "0000:b2:00.0"] {
      #expect(try RestoreVFs(on: simulation.host).run([name]).reports.map(\.result) == [.refused])
    }
    #expect(simulation.kernel.stores.isEmpty)
  }

  @Test func `one that means two saved PFs is not forgotten, nor adopted`() throws {
    let simulation = try Simulation.setUp(pfs: 2)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    let name = try #require(simulation.kernel.machine.adapters[0].rdmaDevice)
    simulation.kernel.update { machine in
      let names = machine.adapters.map(\.rdmaDevice)
      (machine.adapters[0].rdmaDevice, machine.adapters[1].rdmaDevice) = (names[1], names[0])
    }
    #expect(kind { _ = try Adoption(on: simulation.host).forget(name) } == .refused)
    #expect(kind { _ = try Adoption(on: simulation.host).adopt(name, as: nil) } == .refused)
    #expect(try Adoption(on: simulation.host).forget("0000:b1:00.0").old.netdev == "ibs21")
  }

  @Test func `a restore that failed is remembered of the card, wherever it goes`() throws {
    let simulation = try firstSaved()
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.deadVF = 1 }
    #expect(try RestoreVFs(on: simulation.host).run([]).reports[0].result == .failed)
    simulation.kernel.update { machine in
      if let address = PCIAddress("c1:00.0") { machine.adapters[0].address = address }
    }
    #expect(kind { _ = try Save(on: simulation.host).run(["0000:c1:00.0"], acceptLoss: false) } == .refused)
  }

  @Test func `two cards that swapped their slots keep what is known of each`() throws {
    let simulation = try Simulation.setUp(pfs: 2)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    _ = try RestoreVFs(on: simulation.host).run([])
    simulation.reboot()
    simulation.kernel.update { machine in
      let places = machine.adapters.map(\.address)
      (machine.adapters[0].address, machine.adapters[1].address) = (places[1], places[0])
      for index in 0..<2 { machine.adapters[index].faults.deadVF = 1 }
    }
    #expect(try RestoreVFs(on: simulation.host).run([]).reports.map(\.result) == [.failed, .failed])
    let outcomes = OutcomeStore(simulation.disk).all()
    #expect(outcomes.count == 2)
    #expect(outcomes.allSatisfy { $0.verifiedGenerations == [1] && $0.result == .failed })
  }

  @Test func `a number is not given twice, for what was said of the first is not said of the second`() throws {
    let simulation = try Simulation.setUp()
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    _ = try RestoreVFs(on: simulation.host).run([])
    simulation.disk.files["/var/lib/sriov-persist/generations/000001.json"] = nil
    #expect(try Save(on: simulation.host).run([], acceptLoss: false).generation == 2)
    let generation = try GenerationStore(simulation.disk).load(2)
    #expect(!VerifiedGenerations(simulation.disk).isGood(generation))
  }

  @Test func `a card that is away, and whose place another saved one took, is to be forgotten first`() throws {
    let simulation = try Simulation.setUp(pfs: 3)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.kernel.update { machine in
      machine.adapters[0].address = machine.adapters[1].address
      machine.adapters.remove(at: 1)
    }
    #expect { try Save(on: simulation.host).run(["ibs23"], acceptLoss: true) } throws: { error in
      Failure(error).remedy?.contains("sriov-persist forget 0c:42:a1:03:00:c1:00:00") == true
    }
  }
}
