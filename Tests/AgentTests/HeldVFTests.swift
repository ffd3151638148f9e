import Agent
import HostInterface
import Model
import Planning
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

/// What somebody uses is left as it is.
@Suite struct HeldVFTests {
  private func restored(isService: Bool = false) throws -> Simulation {
    let simulation = try Simulation.setUp(isService: isService)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.kernel.forgetStores()
    return simulation
  }

  private func restore(_ simulation: Simulation, replacingVFs: Bool = false) throws -> Report {
    try RestoreVFs(on: simulation.host).run([], replacingVFs: replacingVFs).reports[0]
  }

  @Test func `a VF that was probed with another identity is bound anew, by a unit too`() throws {
    let simulation = try restored(isService: true)
    let wanted = simulation.kernel.machine.adapters[0].contexts
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[1].nodeGUID = 0
      machine.adapters[0].contexts[2].portGUID ^= 0xff
      machine.adapters[0].vfs[3].probedNodeGUID = 0
    }
    #expect(try restore(simulation).result == .restored)
    let adapter = simulation.kernel.machine.adapters[0]
    #expect(adapter.contexts == wanted)
    #expect(zip(adapter.vfs, adapter.contexts).allSatisfy { $0.probedNodeGUID == $1.nodeGUID })
    let unbound = simulation.kernel.stores.filter { $0.path.lastComponent?.string == "unbind" }
    #expect(unbound.count == 3)
    simulation.kernel.forgetStores()
    #expect(try restore(simulation).result == .unchanged)
  }

  enum Holder: CaseIterable {
    case namespace, rdmaNamespace, driver, process

    func take(_ vf: inout SimulatedVF) {
      switch self {
      case .namespace: vf.netdev = nil
      case .rdmaNamespace: vf.rdmaDevice = nil
      case .process: vf.users = [17]
      case .driver: (vf.driver, vf.driverOverride, vf.netdev, vf.rdmaDevice) = ("vfio-pci", "vfio-pci", nil, nil)
      }
    }
  }

  @Test(arguments: Holder.allCases, [true, false])
  func `a held VF keeps its identity; the others are repaired, and its policy too`(
    holder: Holder, isService: Bool
  ) throws {
    let simulation = try restored(isService: isService)
    simulation.kernel.update { machine in
      for vf in 1...2 {
        machine.adapters[0].contexts[vf].nodeGUID = 0
        machine.adapters[0].contexts[vf].policy = .down
      }
      holder.take(&machine.adapters[0].vfs[1])
    }
    let before = simulation.kernel.machine.adapters[0].vfs[1]
    let report = try restore(simulation)
    #expect(report.result == .refused)
    #expect(report.failure?.message.contains("not as saved, and kept so: VF 1 is in use: ") == true)
    let adapter = simulation.kernel.machine.adapters[0]
    #expect(adapter.vfs[1] == before)
    #expect(adapter.contexts[1].nodeGUID == 0)
    #expect(adapter.contexts[1].policy == .follow)
    #expect(adapter.contexts[2].nodeGUID != 0 && adapter.vfs[2].probedNodeGUID != 0)
  }

  @Test(arguments: Holder.allCases) func `told to, a person replaces it`(holder: Holder) throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[1].nodeGUID = 0
      holder.take(&machine.adapters[0].vfs[1])
    }
    #expect(try restore(simulation, replacingVFs: true).result == .restored)
    #expect(simulation.kernel.machine.adapters[0].vfs[1].driver == "mlx5_core")
  }

  @Test func `a unit is not told to`() throws {
    let simulation = try restored(isService: true)
    #expect { try restore(simulation, replacingVFs: true) } throws: { Failure($0).kind == .usage }
  }

  @Test func `another count is made anew for a person, through zero`() throws {
    let simulation = try restored()
    try simulation.write("0", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    try simulation.write("2", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    simulation.kernel.forgetStores()
    #expect(try restore(simulation).result == .restored)
    let counts = simulation.kernel.stores.filter { $0.path.lastComponent?.string == "sriov_numvfs" }
    #expect(counts.map(\.text) == ["0", "4"])
  }

  @Test(arguments: Holder.allCases) func `what comes into use after the plan was made is seen before the write`(
    holder: Holder
  ) throws {
    let simulation = try restored()
    let machine = simulation.kernel.machine
    // Autoprobe is the first step: in the moment in which it is written, somebody takes a VF.
    simulation.kernel.update { machine in
      machine.adapters[0].vfs.removeLast()
      machine.adapters[0].vfCount = 3
    }
    simulation.kernel.onStore("sriov_drivers_autoprobe") { holder.take(&$0.adapters[0].vfs[1]) }
    let report = try restore(simulation)
    #expect(report.result == .refused)
    #expect(report.failure?.message.contains("has just come into use") == true)
    #expect(simulation.kernel.machine.adapters[0].vfCount == 3)
    #expect(simulation.kernel.machine.adapters[0].driversAutoprobe, "cleaned up")

    simulation.kernel.update { $0 = machine }
    simulation.kernel.update { $0.adapters[0].contexts[0].nodeGUID = 0 }
    simulation.kernel.update { $0.adapters[0].contexts[1].nodeGUID = 0 }
    simulation.kernel.onStore("unbind") { holder.take(&$0.adapters[0].vfs[1]) }
    #expect(try restore(simulation).failure?.kind == .refused)
    #expect(simulation.kernel.machine.adapters[0].contexts.prefix(2).map { $0.nodeGUID == 0 } == [false, true])
  }

  @Test func `a link that leads to the PF itself unbinds nothing`() throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[1].nodeGUID = 0
      machine.adapters[0].faults.linkOfVF1LeadsToPF = true
    }
    #expect(try restore(simulation).result != .restored)
    #expect(simulation.kernel.machine.adapters[0].isBound)
    #expect(!simulation.kernel.stores.contains { $0.path.lastComponent?.string == "unbind" })
  }
}
