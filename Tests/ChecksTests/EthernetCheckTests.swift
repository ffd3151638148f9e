import Model
import SimulatedHost
import TestSupport
import Testing

@testable import Checks

@Suite struct EthernetCheckTests {
  @Test func `a port that is switched off is told, with how to switch it on`() throws {
    let simulation = try Simulation.setUpEthernet()
    simulation.kernel.update { $0.adapters[0].port.isNetdevUp = false }
    let found = Check(simulation).findings(.port)
    #expect(found.map(\.verdict) == [.warning])
    #expect(found[0].seen == "netdev switched off" && found[0].remedy == "run: ip link set dev ens1f0 up")
  }
}
