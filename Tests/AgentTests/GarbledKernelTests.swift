import Agent
import HostInterface
import Model
import Planning
import SimulatedHost
import TestSupport
import Testing

/// Whatever the kernel's files say, the agent ends in words.
@Suite struct GarbledKernelTests {
  @Test(arguments: 1...150) func `every command, on files that answer nonsense`(seed: UInt64) throws {
    let simulation = try Simulation.setUp(pfs: 2)
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
