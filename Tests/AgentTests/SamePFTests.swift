import Agent
import Model
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
import Testing

/// A PF that is known by its node GUID, by its MAC, or by one after the other, is one PF.
@Suite struct SamePFTests {
  private func saved() throws -> Simulation {
    let simulation = try Simulation.setUpEthernet()
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.reboot()
    return simulation
  }

  private func failToRestore(_ simulation: Simulation) throws {
    simulation.kernel.update { $0.adapters[0].faults.attributeErrors = [Errno.ioError.rawValue] }
    #expect(try RestoreVFs(on: simulation.host).run([]).reports[0].result == .failed)
  }

  private func isSaveRefused(_ simulation: Simulation) -> Bool {
    do {
      _ = try Save(on: simulation.host).run([], acceptLoss: false)
      return false
    } catch {
      return Failure(error).message.contains("the last restore of")
    }
  }

  @Test(arguments: [true, false]) func `a failure without its RDMA device is its failure with it, and the reverse`(
    isLate: Bool
  ) throws {
    let simulation = try saved()
    let device = simulation.kernel.machine.adapters[0].rdmaDevice
    simulation.kernel.update { $0.adapters[0].rdmaDevice = isLate ? nil : device }
    try failToRestore(simulation)
    let outcomes = OutcomeStore(simulation.disk).all()
    #expect(outcomes.map { $0.nodeGUID?.value } == [0x0c42_a103_00b1_0000])
    simulation.kernel.update { $0.adapters[0].rdmaDevice = isLate ? device : nil }
    #expect(isSaveRefused(simulation))
    #expect(try RestoreVFs(on: simulation.host).run([]).reports[0].result == .restored)
    #expect(OutcomeStore(simulation.disk).all().map(\.result) == [.restored])
  }

  @Test func `a save without its RDMA device keeps its node GUID, and one in a bond its MAC`() throws {
    let simulation = try Simulation.setUpEthernet()
    let before = try Save(on: simulation.host).run([], acceptLoss: false).snapshot.adapters[0].pf
    simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
    let late = try Save(on: simulation.host).run([], acceptLoss: false).snapshot.adapters[0].pf
    #expect(late.nodeGUID == before.nodeGUID)
    simulation.kernel.update { machine in
      (machine.adapters[0].rdmaDevice, machine.adapters[0].bond) = ("mlx5_0", "bond0")
      machine.routeNetlink.tellsPermanentAddress = false
    }
    let bonded = try Save(on: simulation.host).run([], acceptLoss: false).snapshot.adapters[0].pf
    #expect(bonded.macAddress == before.macAddress)
  }

  /// Two Ethernet PFs without RDMA devices, restored once.
  private func twoByMAC() throws -> Simulation {
    let adapters = (0...1).map { number in
      var adapter = SimulatedAdapter(
        at: "b1:00.\(number)", netdev: "ens1f\(number)", nodeGUID: 0x0c42_a103_00b1_0000 + UInt64(number), totalVFs: 2)
      adapter.linkLayer = .ethernet
      return adapter
    }
    let simulation = Simulation(Machine(adapters: adapters))
    simulation.kernel.update { machine in for number in 0...1 { machine.adapters[number].rdmaDevice = nil } }
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    _ = try RestoreVFs(on: simulation.host).run([])
    return simulation
  }

  @Test func `of PFs that are known by their MACs each has an outcome, and forgetting one leaves the other's`() throws {
    let simulation = try twoByMAC()
    #expect(OutcomeStore(simulation.disk).all().count == 2)
    let result = try Adoption(on: simulation.host).forget("ens1f0")
    #expect(result.notes.contains { $0.contains("is on this host") })
    #expect(OutcomeStore(simulation.disk).all().map(\.pciAddress.description) == ["0000:b1:00.1"])
  }

  @Test func `one that moved into another's slot has not been verified by the other's restore`() throws {
    let simulation = try twoByMAC()
    let store = GenerationStore(simulation.disk)
    #expect(VerifiedGenerations(simulation.disk).isGood(try store.load(1)))
    simulation.kernel.update { machine in
      machine.adapters[0].nodeGUID = 0x0c42_a103_00b1_0009
      machine.adapters[1].nodeGUID = 0x0c42_a103_00b1_000a
    }
    let pfs = try Save(on: simulation.host).run([], acceptLoss: true).snapshot.adapters.map(\.pf)
    #expect(pfs.allSatisfy { OutcomeStore(simulation.disk).load($0) == nil })
    #expect(VerifiedGenerations(simulation.disk).pfs(in: try store.load(2)).isEmpty)
  }

  @Test func `a saved one that is known by its MAC and is here is not adopted by another`() throws {
    let simulation = try twoByMAC()
    simulation.kernel.update { $0.adapters[1].nodeGUID = 0x0c42_a103_00b1_0009 }
    simulation.kernel.update { $0.adapters[1].rdmaDevice = "mlx5_7" }
    #expect { try Adoption(on: simulation.host).adopt("0000:b1:00.0", as: "ens1f1") } throws: { error in
      Failure(error).message.contains("is on this host")
    }
  }

  @Test func `a PF whose MAC is another than all that are away is not saved, and not in doubt`() throws {
    let simulation = try twoByMAC()
    simulation.kernel.update { machine in
      machine.adapters.removeLast()
      machine.adapters[0].nodeGUID = 0x0c42_a103_00b1_0009
      machine.adapters[0].address = machine.adapters[0].addressOfVF(7)
      machine.adapters[0].netdev = "ens2f0"
    }
    #expect { try RestoreVFs(on: simulation.host).run(["ens2f0"]) } throws: { error in
      Failure(error).kind == .notSaved
    }
  }
}
