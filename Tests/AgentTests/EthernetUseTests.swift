import Agent
import HostInterface
import Mlx5
import Model
import SimulatedHost
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// Ethernet VFs that are in use, and what may become of those that are not.
@Suite struct EthernetUseTests {
  private func saved(files: Bool = true) throws -> Simulation {
    let simulation = try Simulation.setUpEthernet(files: files)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.kernel.forgetStores()
    return simulation
  }

  private func restore(_ simulation: Simulation) throws -> Report {
    try RestoreVFs(on: simulation.host).run([]).reports[0]
  }

  static let stacked: [(words: String, change: @Sendable (inout SimulatedVF) -> Void)] = [
    ("its netdev ens1f0v1 is below br0", { $0.master = "br0" }),
    ("its netdev ens1f0v1 is below ovs-system", { $0.master = "ovs-system" }),
    ("its netdev ens1f0v1 is below macvtap0, vlan7", { $0.uppers = ["vlan7", "macvtap0"] }),
  ]

  @Test(arguments: stacked.indices) func `a VF is held by what is stacked on its netdev`(index: Int) throws {
    let simulation = try saved()
    simulation.kernel.update { machine in
      Self.stacked[index].change(&machine.adapters[0].vfs[1])
      machine.adapters[0].contexts[1].mac[5] = 99
      machine.adapters[0].contexts[1].vlan.id = 7
    }
    let report = try restore(simulation)
    #expect(report.result == .refused)
    #expect(report.failure?.message.contains("VF 1: in use, \(Self.stacked[index].words)") == true)
    #expect(simulation.kernel.stores.isEmpty)
  }

  @Test func `a VF whose netdev is renamed whenever it is looked at may be in use`() throws {
    let simulation = try saved()
    simulation.kernel.update { $0.adapters[0].contexts[1].mac[5] = 99 }
    var host = simulation.host
    let netdev = try #require(simulation.kernel.machine.adapters[0].vfs[1].netdev)
    host.files = MeddledFiles(simulation.kernel) { path throws(Errno) in
      if path.string.hasSuffix("/net/\(netdev)") { throw .noSuchFileOrDirectory }
    }
    let report = try RestoreVFs(on: host).run([]).reports[0]
    #expect(report.failure?.message.contains("VF 1: in use, its netdev is just being renamed") == true)
    #expect(simulation.kernel.stores.isEmpty)
  }

  @Test func `a MAC that the VF has not taken over is warned of when it is saved`() throws {
    let simulation = try Simulation.setUpEthernet()
    simulation.kernel.update { machine in
      for vf in [1, 2] { machine.adapters[0].vfs[vf].probedNodeGUID = vf == 1 ? 0 : 0x0242_a1ff_fe00_0163 }
    }
    let warnings = try Save(on: simulation.host).run([], acceptLoss: false).warnings
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("VFs 1-2 were bound before the saved MAC was set") == true)
  }

  @Test func `what is not seen of a VF and so is not saved is named, with the reason`() throws {
    let simulation = try Simulation.setUpEthernet(files: false)
    simulation.kernel.update { $0.adapters[0].contexts[1].vlan.type = 0x9100 }
    let warnings = try Save(on: simulation.host).run([], acceptLoss: false).warnings
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("VF 1 is saved without VLAN: netlink's 101 0 0 0") == true)
    simulation.kernel.update { machine in
      for vf in 0..<4 {
        (machine.adapters[0].contexts[vf].vlan.type, machine.adapters[0].contexts[vf].vlan.id) = (0x9100, 5)
        machine.adapters[0].contexts[vf].vlan.qos = 0
      }
    }
    let all = try Save(on: simulation.host).run([], acceptLoss: true).warnings
    #expect(all.count == 1)
    #expect(all.first?.contains("VFs 0-3 are saved without VLAN: ") == true)
    simulation.kernel.update { $0.adapters[0].isSwitchdev = true }
    #expect(try Save(on: simulation.host).run([], acceptLoss: true).warnings.isEmpty)
  }

  @Test func `a VF whose VLAN could not be written gets no driver, and the next run heals it`() throws {
    let simulation = try saved()
    simulation.reboot()
    simulation.kernel.onStore("2/vlan") { $0.adapters[0].faults.attributeErrors = [Errno.ioError.rawValue] }
    let report = try restore(simulation)
    #expect(report.result == .failed)
    #expect(report.failure?.message.contains("VF 2: VLAN 102:2:802.1q: EIO") == true)
    #expect(
      simulation.kernel.machine.adapters[0].vfs.map(\.driver) == ["mlx5_core", "mlx5_core", nil, "mlx5_core"])
    #expect(try restore(simulation).result == .restored)
  }

  @Test func `a VLAN that cannot be written costs no other VF its repair`() throws {
    let simulation = try saved()
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[1].vlan.id = 7
      machine.adapters[0].vfs[2].probedNodeGUID = 0
    }
    simulation.kernel.onStore("1/vlan") { $0.adapters[0].faults.attributeErrors = [Errno.ioError.rawValue] }
    let report = try restore(simulation)
    #expect(report.result == .failed)
    #expect(
      report.steps.filter { $0.failure == nil }.map(\.words) == [
        "VF 2: unbind from mlx5_core", "VF 2: bind to mlx5_core",
      ])
  }

  @Test func `who uses RDMA devices is asked for no VF that has no driver`() throws {
    let simulation = try saved()
    simulation.reboot()
    let asked = Mutex(0)
    let kernel = simulation.kernel
    var host = simulation.host
    host.netlink = Meddler { request throws(NetlinkError) in
      if request.command.family == .rdma { asked.withLock { $0 += 1 } }
      return try kernel.exchange(request)
    }
    #expect(try RestoreVFs(on: host).run([]).reports[0].result == .restored)
    // Once, for the plan.
    #expect(asked.withLock(\.self) == 1)
  }

  @Test func `a node GUID that is not the MAC's is told when it is saved`() throws {
    let simulation = try Simulation.setUpEthernet()
    simulation.kernel.update { $0.adapters[0].contexts[1].nodeGUID = 0x0c42_a103_00b1_0909 }
    let warnings = try Save(on: simulation.host).run([], acceptLoss: false).warnings
    #expect(warnings.count == 1)
    #expect(warnings.first?.hasSuffix("VF 1 has a node GUID that is not made from the MAC: it is not saved") == true)
  }
}
