import HostInterface
import Model
import SimulatedHost
import Storage
import Testing
import struct FoundationEssentials.Date

@Suite struct OutcomeStoreTests {
  private func pf(_ guid: UInt64, at address: String) throws -> PhysicalFunction {
    PhysicalFunction(
      pciAddress: try #require(PCIAddress(address)), nodeGUID: try GUID(guid), boardID: nil, deviceID: "1017",
      linkLayer: .infiniBand, rdmaDevice: nil, netdev: nil)
  }

  private func outcome(_ pf: PhysicalFunction, verified: [Int], at seconds: Double = 0) -> Outcome {
    Outcome(
      of: pf, generation: 9, result: .failed, finishedAt: Date(timeIntervalSince1970: seconds), seconds: 0,
      problem: nil, verifiedBefore: verified)
  }

  /// One card moves to the slot of another: each has one record, and neither loses what it was verified against.
  @Test func `a power cut at any instant loses no verified generation, also of a card that moved`() throws {
    let (moved, other) = (try pf(0x0c01, at: "c1:00.0"), try pf(0x0c02, at: "b1:00.0"))
    let today = try pf(0x0c01, at: "b1:00.0")
    for operation in 1...24 {
      for surviving in 0...6 {
        let disk = SimulatedDisk(tasks: SimulatedTasks())
        let store = OutcomeStore(disk)
        _ = try store.save(outcome(moved, verified: [7]))
        _ = try store.save(outcome(other, verified: [8]))
        disk.cutPower(inOperation: operation)
        _ = try? store.save(outcome(today, verified: [7], at: 60))
        disk.restart(surviving: surviving)
        let place = "cut in operation \(operation), \(surviving) changes survive"
        #expect(store.load(today)?.verifiedGenerations == [7], "\(place)")
        #expect(store.load(other)?.verifiedGenerations == [8], "\(place)")
        _ = try store.save(outcome(today, verified: [7], at: 60))
        #expect(store.all().count == 2, "\(place)")
      }
    }
  }
}
