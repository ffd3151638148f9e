import Agent
import HostInterface
import Model
import Planning
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
import Testing

/// VFs come back with the driver that they were saved with, or with none.
@Suite struct DriverTests {
  /// Four VFs: VF 1 with vfio-pci for a virtual machine, VF 2 without a driver.
  private func saved(inbox: Bool = false, autoprobe: Bool = true) throws -> Simulation {
    let simulation = try inbox ? Simulation.setUpInbox() : Simulation.setUp(autoprobe: autoprobe)
    let address = simulation.kernel.machine.adapters[0].address
    for vf in 1...2 {
      let function = try #require(
        try simulation.kernel.linkName(FilePath("/sys/bus/pci/devices/\(address)/virtfn\(vf)")))
      try simulation.kernel.store(function, in: "/sys/bus/pci/drivers/mlx5_core/unbind")
      guard vf == 1 else { continue }
      try simulation.kernel.store("vfio-pci", in: FilePath("/sys/bus/pci/devices/\(function)/driver_override"))
      try simulation.kernel.store(function, in: "/sys/bus/pci/drivers/vfio-pci/bind")
    }
    let result = try Save(on: simulation.host).run([], acceptLoss: false)
    #expect(result.warnings.contains { $0.contains("VF 2 has no driver, also after a restore") })
    simulation.kernel.forgetStores()
    return simulation
  }

  private func restore(_ simulation: Simulation, on authority: Authority = .person) throws -> Report {
    try RestoreVFs(on: simulation.host).run([], on: authority).reports[0]
  }

  private let wanted = ["mlx5_core", "vfio-pci", nil, "mlx5_core"]

  @Test(arguments: [(false, true), (false, false), (true, true)])
  func `after a reboot each VF has the driver that it was saved with`(inbox: Bool, autoprobe: Bool) throws {
    let simulation = try saved(inbox: inbox, autoprobe: autoprobe)
    let before = simulation.kernel.machine.adapters[0].contexts
    simulation.reboot()
    #expect(try restore(simulation).result == .restored)
    let adapter = simulation.kernel.machine.adapters[0]
    #expect(adapter.vfs.map(\.driver) == wanted)
    // It stays for vfio-pci: else mlx5_core would take the VF at the next occasion.
    #expect(adapter.vfs.map(\.driverOverride) == [nil, "vfio-pci", nil, nil])
    #expect(adapter.contexts == before)
    #expect(adapter.driversAutoprobe == autoprobe)
    simulation.kernel.forgetStores()
    #expect(try restore(simulation).result == .unchanged)
    #expect(simulation.kernel.stores.isEmpty)
  }

  @Test func `drivers that were changed are drift, and are changed back`() throws {
    let simulation = try saved()
    simulation.kernel.update { machine in
      for vf in 1...2 {
        machine.adapters[0].vfs[vf].driver = "mlx5_core"
        machine.adapters[0].vfs[vf].driverOverride = nil
        machine.adapters[0].vfs[vf].rdmaDevice = "mlx5_\(vf + 20)"
        machine.adapters[0].vfs[vf].netdev = "ibs21v\(vf)"
        machine.adapters[0].vfs[vf].probedNodeGUID = machine.adapters[0].contexts[vf].nodeGUID
        machine.adapters[0].vfs[vf].probedPortGUID = machine.adapters[0].contexts[vf].portGUID
      }
    }
    guard case .compared(let drift) = try Status(of: simulation.host).entries[0].state else {
      Issue.record("not compared")
      return
    }
    #expect(
      drift.differences.map(\.description) == [
        "VF 1: driver is mlx5_core, wanted vfio-pci", "VF 2: driver is mlx5_core, wanted none",
      ])
    #expect(
      try restore(simulation).steps.map(\.words) == [
        "VF 1: unbind from mlx5_core", "VF 1: bind to vfio-pci", "VF 2: unbind from mlx5_core",
      ])
    #expect(simulation.kernel.machine.adapters[0].vfs.map(\.driver) == wanted)
  }

  @Test func `one that is in use keeps its driver, the other does not`() throws {
    let simulation = try saved()
    simulation.kernel.update { machine in
      machine.adapters[0].vfs[1].driver = "mlx5_core"
      machine.adapters[0].vfs[1].rdmaDevice = "mlx5_21"
      machine.adapters[0].vfs[1].netdev = "ibs21v1"
      machine.adapters[0].vfs[1].probedNodeGUID = machine.adapters[0].contexts[1].nodeGUID
      machine.adapters[0].vfs[1].probedPortGUID = machine.adapters[0].contexts[1].portGUID
      machine.adapters[0].vfs[1].users = [4711]
      machine.adapters[0].vfs[3].driver = nil
      (machine.adapters[0].vfs[3].rdmaDevice, machine.adapters[0].vfs[3].netdev) = (nil, nil)
    }
    let report = try restore(simulation)
    #expect(report.result == .refused)
    #expect(report.failure?.message.contains("VF 1: in use, its RDMA device is used by pid 4711") == true)
    #expect(report.steps.map(\.words) == ["VF 3: bind to mlx5_core"])
    #expect(simulation.kernel.machine.adapters[0].vfs.map(\.driver) == ["mlx5_core", "mlx5_core", nil, "mlx5_core"])
    #expect(try restore(simulation, on: .replacing).result == .restored)
    #expect(simulation.kernel.machine.adapters[0].vfs.map(\.driver) == wanted)
  }

  @Test func `a driver that is not loaded is named, costs no other VF, and the next run goes on`() throws {
    let simulation = try saved()
    simulation.reboot()
    simulation.kernel.update { $0.hasVFIO = false }
    let report = try restore(simulation)
    #expect(report.failure?.description.contains("run: modprobe vfio-pci; then restore again") == true)
    #expect(simulation.kernel.machine.adapters[0].vfs.map(\.driver) == ["mlx5_core", nil, nil, "mlx5_core"])
    #expect(simulation.kernel.machine.adapters[0].vfs.allSatisfy { $0.driverOverride == nil })
    simulation.kernel.update { $0.hasVFIO = true }
    #expect(try restore(simulation).steps.map(\.words) == ["VF 1: bind to vfio-pci"])
    #expect(simulation.kernel.machine.adapters[0].vfs.map(\.driver) == wanted)
  }

  @Test func `a VF is not taken from its driver for one that is not loaded`() throws {
    let simulation = try saved()
    simulation.kernel.update { machine in
      machine.hasVFIO = false
      machine.adapters[0].vfs[1].driver = "mlx5_core"
      machine.adapters[0].vfs[1].driverOverride = nil
      machine.adapters[0].vfs[1].rdmaDevice = "mlx5_21"
      machine.adapters[0].vfs[1].netdev = "ibs21v1"
      machine.adapters[0].vfs[1].probedNodeGUID = machine.adapters[0].contexts[1].nodeGUID
      machine.adapters[0].vfs[1].probedPortGUID = machine.adapters[0].contexts[1].portGUID
    }
    let report = try restore(simulation)
    #expect(report.failure?.kind == .unavailable)
    #expect(simulation.kernel.stores.isEmpty)
  }

  @Test func `without an IOMMU vfio-pci takes nothing, and that is said`() throws {
    let simulation = try saved()
    simulation.reboot()
    simulation.kernel.update { $0.hasIOMMU = false }
    let report = try restore(simulation)
    #expect(report.failure?.description.contains("no IOMMU") == true)
    #expect(simulation.kernel.machine.adapters[0].vfs.map(\.driver) == ["mlx5_core", nil, nil, "mlx5_core"])
  }
}
