import Agent
import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

/// The eswitch mode of an Ethernet PF, which shows only once there are VFs.
@Suite struct ESwitchModeTests {
  private func saved(files: Bool) throws -> Simulation {
    let simulation = try Simulation.setUpEthernet(files: files)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.reboot()
    return simulation
  }

  private func restore(_ simulation: Simulation) throws -> Report {
    try RestoreVFs(on: simulation.host).run([]).reports[0]
  }

  @Test(arguments: [true, false], [true, false]) func `in legacy mode all is brought back, with a switch's id or none`(
    files: Bool, hasDevlinkPort: Bool
  ) throws {
    let simulation = try Simulation.setUpEthernet(files: files)
    simulation.kernel.update { $0.adapters[0].hasDevlinkPort = hasDevlinkPort }
    let before = simulation.kernel.machine.adapters[0].contexts
    let saved = try Save(on: simulation.host).run([], acceptLoss: false).snapshot.adapters[0]
    #expect(saved.eswitchMode == .legacy)
    simulation.reboot()
    let report = try restore(simulation)
    #expect(report.notes.isEmpty)
    #expect(report.notVisible.isEmpty)
    #expect(simulation.kernel.machine.adapters[0].contexts == before)
  }

  @Test(arguments: [true, false]) func `what turns out to be a representor's once there are VFs is not tried`(
    files: Bool
  ) throws {
    let simulation = try saved(files: files)
    simulation.kernel.update { $0.adapters[0].isSwitchdev = true }
    let report = try restore(simulation)
    #expect(report.result == .restored, "\(report.failure?.description ?? "")")
    #expect(report.notes == ["eswitch mode is switchdev, saved legacy: it is for devlink to set"])
    #expect(
      report.steps.filter { $0.words.hasPrefix("VF 1: ") }.map(\.words) == [
        "VF 1: MAC 02:42:a1:00:01:01", "VF 1: rate 100:1001", "VF 1: bind to mlx5_core",
      ])
    let written = simulation.kernel.stores.compactMap { $0.path.lastComponent?.string }
    #expect(Set(written).isDisjoint(with: ["vlan", "trust", "spoofcheck", "link_state", "12", "4", "9", "5"]))
  }

  @Test func `a mode that cannot be told is no difference, is warned of, and stays as saved`() throws {
    let simulation = try saved(files: true)
    _ = try restore(simulation)
    simulation.kernel.update { $0.adapters[0].hasNetdev = false }
    let report = try restore(simulation)
    #expect(report.result == .unchanged)
    #expect(report.notes.isEmpty)
    let saved = try Save(on: simulation.host).run([], acceptLoss: false)
    #expect(saved.warnings.contains { $0.contains("cannot be told whether it is in switchdev mode") })
    #expect(saved.snapshot.adapters[0].eswitchMode == .legacy)
    #expect(saved.snapshot.adapters[0].vfs[1].attributes[.vlan]?.description == "101:1:802.1q")
  }
}
