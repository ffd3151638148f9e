import Agent
import HostInterface
import Model
import Planning
import SimulatedHost
import TestSupport
import Testing

/// Whatever the kernel's files say, the agent ends in words.
@Suite struct GarbledKernelTests {
  @Test(arguments: 1...60, ["inbox", "Ethernet files", "Ethernet netlink"])
  func `with the kernel's own driver, and on Ethernet`(seed: UInt64, kind: String) throws {
    let simulation =
      try kind == "inbox" ? Simulation.setUpInbox() : Simulation.setUpEthernet(files: kind == "Ethernet files")
    try run(on: simulation, seed: seed)
  }

  @Test(arguments: 1...150) func `every command, on files that answer nonsense`(seed: UInt64) throws {
    try run(on: Simulation.setUp(pfs: 2), seed: seed)
  }

  private func run(on simulation: Simulation, seed: UInt64) throws {
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    if seed.isMultiple(of: 2) { simulation.reboot() }
    let files = GarbledFileTree(simulation.host.files, seed: seed)
    var host = simulation.host
    host.files = files
    func ending(_ body: () throws -> Void) {
      do { try body() } catch { #expect(Failure(error).kind != .internalError, "\(error)") }
    }
    ending { _ = try Status(of: host) }
    ending { _ = try DryRun(of: [], on: host) }
    ending { _ = try Save(on: host).run([], acceptLoss: true, generateGUIDs: true) }
    ending { _ = try Adoption(on: host).adopt("0000:b1:00.0", as: "0000:b2:00.0") }
    ending {
      for report in try RestoreVFs(on: host).run([]).reports { #expect(report.failure?.kind != .internalError) }
    }
    #expect(files.changed > 0)
  }
}
