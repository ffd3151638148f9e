import Fabric
import Model
import Testing

/// What a port's values mean, and the words for it.
@Suite struct PortTests {
  struct Row: Sendable {
    let state: Port.State
    let physical: Port.PhysicalState
    let smLID: UInt32
    let isReady: Bool
    let words: String
  }

  private static let infiniBand = [
    Row(state: .down, physical: .polling, smLID: 0, isReady: false, words: "cable down"),
    Row(state: .down, physical: .polling, smLID: 7, isReady: false, words: "cable down"),
    Row(state: .down, physical: .sleep, smLID: 0, isReady: false, words: "cable down"),
    Row(state: .nop, physical: .nop, smLID: 0, isReady: false, words: "down"),
    Row(state: .down, physical: .disabled, smLID: 0, isReady: false, words: "disabled"),
    Row(state: .down, physical: .training, smLID: 0, isReady: false, words: "link training"),
    Row(state: .down, physical: .errorRecovery, smLID: 0, isReady: false, words: "link in error recovery"),
    Row(state: .down, physical: .linkUp, smLID: 1, isReady: false, words: "down, though its link is up"),
    Row(state: .initialize, physical: .linkUp, smLID: 0, isReady: false, words: "link up, no subnet manager yet"),
    Row(state: .initialize, physical: .linkUp, smLID: 1, isReady: false, words: "link up, no subnet manager yet"),
    Row(state: .armed, physical: .linkUp, smLID: 1, isReady: false, words: "armed, not active yet"),
    Row(state: .activeDefer, physical: .errorRecovery, smLID: 1, isReady: false, words: "link lost for a moment"),
    Row(state: .active, physical: .linkUp, smLID: 0, isReady: false, words: "active, no subnet manager seen"),
    Row(state: .active, physical: .linkUp, smLID: 1, isReady: true, words: "active, SM LID 1"),
  ]

  private func port(_ layer: LinkLayer, _ row: Row, netdev: Port.Netdev? = nil) -> Port {
    Port(
      linkLayer: layer, state: row.state, physicalState: row.physical, lid: 0, smLID: row.smLID, guid: nil,
      netdev: netdev)
  }

  @Test(arguments: infiniBand) func `an InfiniBand port`(row: Row) throws {
    let reading = PortReading.port(port(.infiniBand, row))
    #expect(reading.isReady == row.isReady)
    #expect(!reading.isGone)
    let pf = try #require(PCIAddress("b1:00.0"))
    #expect(reading.words(of: pf) == "port 1 of 0000:b1:00.0: \(row.words)")
  }

  @Test(arguments: [
    (Port.Netdev?.none, Port.State.down, false, "no netdev yet"),
    (nil, .active, true, "link up"),
    (Port.Netdev(isUp: false, hasCarrier: false), .down, true, "netdev switched off"),
    (Port.Netdev(isUp: true, hasCarrier: false), .down, false, "no carrier"),
    (Port.Netdev(isUp: true, hasCarrier: true), .down, true, "link up"),
  ])
  func `an Ethernet port`(netdev: Port.Netdev?, state: Port.State, isReady: Bool, words: String) {
    let row = Row(state: state, physical: .disabled, smLID: 0, isReady: isReady, words: words)
    #expect(port(.ethernet, row, netdev: netdev).isReady == isReady)
    #expect(port(.ethernet, row, netdev: netdev).words == words)
  }

  @Test(arguments: [
    (PortReading.noFunction, true, "0000:b1:00.0: the PCI function is gone"),
    (.unbound, true, "0000:b1:00.0: no driver has it"),
    (.otherDriver("vfio-pci"), true, "0000:b1:00.0: vfio-pci has it"),
    (.noRDMADevice, false, "0000:b1:00.0: no RDMA device yet"),
  ])
  func `a port that is not there`(reading: PortReading, isGone: Bool, words: String) throws {
    #expect(!reading.isReady)
    #expect(reading.isGone == isGone)
    #expect(reading.words(of: try #require(PCIAddress("b1:00.0"))) == words)
  }
}
