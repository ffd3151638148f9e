import Agent
import Model
import SimulatedHost
import Storage
import TestSupport
import Testing

/// Whatever stops a restore, and whenever, the next one ends with no drift.
@Suite struct InterruptionTests {
  private func rebooted(pfs: Int = 1, vfs: Int = 3, autoprobe: Bool = true) throws -> Simulation {
    let simulation = try Simulation.setUp(pfs: pfs, vfs: vfs, autoprobe: autoprobe)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.reboot()
    return simulation
  }

  private func expectConverges(_ simulation: Simulation) throws {
    let reports = try RestoreVFs(on: simulation.host).run([]).reports
    #expect(reports.allSatisfy { $0.failure == nil }, "\(reports.compactMap(\.failure))")
    simulation.kernel.forgetStores()
    #expect(try RestoreVFs(on: simulation.host).run([]).reports.allSatisfy { $0.result == .unchanged })
    #expect(simulation.kernel.stores.isEmpty)
  }

  private static let vfs = 3
  /// Of 2 PFs each: autoprobe, count, three attributes per VF, then autoprobe and a bind per VF, or a bind between two
  /// overrides per VF where autoprobe stays off.
  private static let writes = [true: 2 * (3 + 4 * vfs), false: 2 * (2 + 6 * vfs)]

  @Test(arguments: writes.flatMap { autoprobe, count in (0..<count).map { ($0, autoprobe) } })
  func `killed before any write`(number: Int, autoprobe: Bool) throws {
    let simulation = try rebooted(pfs: 2, vfs: Self.vfs, autoprobe: autoprobe)
    simulation.kernel.killProcess(beforeStore: number)
    _ = try RestoreVFs(on: simulation.host).run([])
    #expect(simulation.kernel.isProcessDead, "there is such a write")
    simulation.kernel.startProcess()
    try expectConverges(simulation)
  }

  @Test(arguments: 0..<12) func `killed while VFs are bound anew`(number: Int) throws {
    let simulation = try rebooted()
    _ = try RestoreVFs(on: simulation.host).run([])
    simulation.kernel.update { machine in
      for vf in 0..<3 { machine.adapters[0].contexts[vf].nodeGUID = 0 }
      machine.adapters[0].driversAutoprobe = false
    }
    simulation.kernel.killProcess(beforeStore: number)
    _ = try RestoreVFs(on: simulation.host).run([])
    simulation.kernel.startProcess()
    try expectConverges(simulation)
  }

  @Test(arguments: stride(from: 0, through: 2000, by: 50).map(\.self))
  func `SIGTERM at any time`(milliseconds: Int) throws {
    let simulation = try rebooted()
    let start = simulation.tasks.now()
    simulation.tasks.start {
      simulation.tasks.pass(.milliseconds(milliseconds))
      simulation.tasks.terminate()
    }
    simulation.tasks.pass(.zero)
    let report = try RestoreVFs(on: simulation.host).run([]).reports[0]
    let end = simulation.tasks.now() - start
    guard report.failure?.kind == .terminated else {
      #expect(report.result == .restored)
      return
    }
    // The longest kernel call in it takes half a second.
    #expect(end - .milliseconds(milliseconds) <= .milliseconds(500))
    #expect(simulation.kernel.machine.adapters[0].driversAutoprobe, "cleaned up")
    simulation.kernel.startProcess()
    try expectConverges(simulation)
  }

  @Test(arguments: 1...40) func `any snapshot restored leaves no drift`(seed: UInt64) throws {
    var dice = Dice(seed: seed)
    let simulation = try Simulation.setUp(
      pfs: .random(in: 1...3, using: &dice), vfs: .random(in: 0...8, using: &dice), guids: .random(using: &dice),
      policy: VFPolicy.allCases.randomElement(using: &dice) ?? .up, autoprobe: .random(using: &dice))
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.reboot()
    try expectConverges(simulation)
  }
}
