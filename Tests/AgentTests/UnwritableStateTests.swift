import Agent
import Model
import Planning
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
import Testing

/// A /var that is read-only or full: VFs are restored, and what is not recorded is told.
@Suite struct UnwritableStateTests {
  private static let record = "/var/lib/sriov-persist/outcomes/0000:b1:00.0.json"

  private func rebooted(_ errno: Errno) throws -> Simulation {
    let simulation = try Simulation.setUp()
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.reboot()
    simulation.disk.failWrites(errno, below: "/var")
    return simulation
  }

  private func restore(_ simulation: Simulation) throws -> Report {
    try RestoreVFs(on: simulation.host).run([], on: .unattended).reports[0]
  }

  private func verified(_ simulation: Simulation) throws -> Bool {
    let generation = try #require(try GenerationStore(simulation.disk).current().generation)
    return VerifiedGenerations(simulation.disk).isGood(generation)
  }

  @Test(
    arguments: [
      (Errno.readOnlyFileSystem, "EROFS", "make its file system writable"), (.noSpace, "ENOSPC", "free space there"),
    ])
  func `VFs are restored, and the record that is missing is told, with the remedy`(
    errno: Errno, name: String, remedy: String
  ) throws {
    let simulation = try rebooted(errno)
    let report = try restore(simulation)
    #expect(report.result == .restored, "\(report.failure?.description ?? "")")
    let note = try #require(report.notes.first { $0.contains("failed to record the outcome on disk") })
    for word in [name, "/var/lib/sriov-persist/outcomes", remedy, "run: sriov-persist restore"] {
      #expect(note.contains(word), "\(note)")
    }
    #expect(simulation.disk.files[Self.record] == nil)
    #expect(try restore(simulation).result == .unchanged)
    // The next boot knows of nothing; and once there is room for it, it is recorded.
    simulation.reboot()
    #expect(try !verified(simulation))
    simulation.disk.failWrites(nil)
    #expect(try restore(simulation).notes.isEmpty)
    #expect(simulation.disk.files[Self.record] != nil)
    #expect(try verified(simulation))
  }

  @Test func `one that is killed is known as failed all the same, and is not saved`() throws {
    let simulation = try rebooted(.readOnlyFileSystem)
    simulation.kernel.killProcess(beforeStore: 6)
    _ = try restore(simulation)
    #expect(simulation.kernel.isProcessDead)
    simulation.kernel.startProcess()
    simulation.disk.failWrites(nil)
    #expect(kind { _ = try Save(on: simulation.host).run([], acceptLoss: false) } == .refused)
    #expect(try restore(simulation).result == .restored)
  }

  @Test func `without a record for this boot nothing is written`() throws {
    let simulation = try rebooted(.readOnlyFileSystem)
    simulation.disk.failWrites(.noSpace, below: "/run/sriov-persist/outcomes")
    simulation.kernel.forgetStores()
    let report = try restore(simulation)
    #expect(report.failure?.message.contains("ENOSPC") == true, "\(report.failure?.description ?? "")")
    #expect(simulation.kernel.stores.isEmpty)
  }
}
