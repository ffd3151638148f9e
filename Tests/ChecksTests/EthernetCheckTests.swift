import Model
import SimulatedHost
import TestSupport
import Testing

@testable import Checks

@Suite struct EthernetCheckTests {
  @Test(arguments: [true, false]) func `no MAC is another VF's or the PF's`(files: Bool) throws {
    let simulation = try Simulation.setUpEthernet(files: files)
    simulation.kernel.update { $0.adapters[0].contexts[2].mac = $0.adapters[0].contexts[0].mac }
    let found = Check(simulation).findings(.vfMACs)
    #expect(found.map(\.verdict) == [.problem])
    #expect(
      found[0].seen == "VF 0 of 0000:b1:00.0 and VF 2 of 0000:b1:00.0 have the same MAC 02:42:a1:00:01:00: "
        + "the PF's switch cannot tell them apart")
    simulation.kernel.update { $0.adapters[0].contexts[2].mac = [0x0c, 0x42, 0xa1, 0xb1, 0, 0] }
    #expect(Check(simulation).findings(.vfMACs)[0].seen.hasPrefix("PF 0000:b1:00.0 and VF 2 of 0000:b1:00.0 have"))
  }

  @Test func `a VF that was bound before it got its MAC has another`() throws {
    let simulation = try Simulation.setUpEthernet()
    simulation.kernel.update { $0.adapters[0].contexts[1].mac = [0x02, 0x42, 0xa1, 0, 1, 9] }
    let found = Check(simulation).findings(.vfMACs)
    #expect(found.map(\.verdict) == [.problem])
    #expect(found[0].seen == "VF 1: bound before its MAC came: others are in use")
    #expect(found[0].remedy?.contains("for vf in 0000:b1:00.2; do echo $vf >") == true)
  }

  @Test func `in switchdev mode the policy is the representors', and all is well`() throws {
    let simulation = try Simulation.setUpEthernet()
    simulation.kernel.update { $0.adapters[0].isSwitchdev = true }
    #expect(Check(simulation).findings.filter { $0.verdict != .ok && $0.id != .docker } == [])
    #expect(Check(simulation).findings(.vfPolicy)[0].seen.contains("switchdev mode"))
  }

  @Test(arguments: [true, false]) func `an Ethernet PF without a netdev is not told to load ib_ipoib`(files: Bool)
    throws
  {
    let simulation = try Simulation.setUpEthernet(vfs: 0, files: files)
    simulation.kernel.update { machine in
      machine.adapters[0].rdmaDevice = nil
      machine.adapters[0].hasNetdev = false
    }
    let found = Check(simulation).findings(.netdev)
    #expect(found.map(\.verdict) == [.problem])
    #expect(found[0].remedy?.contains("another network namespace") == true)
    #expect(Check(simulation).findings.allSatisfy { $0.remedy?.contains("ipoib") != true })
  }

  @Test func `a port that is switched off is told, with how to switch it on`() throws {
    let simulation = try Simulation.setUpEthernet()
    simulation.kernel.update { $0.adapters[0].port.isNetdevUp = false }
    let found = Check(simulation).findings(.port)
    #expect(found.map(\.verdict) == [.warning])
    #expect(found[0].seen == "netdev switched off" && found[0].remedy == "run: ip link set dev ens1f0 up")
  }
}
