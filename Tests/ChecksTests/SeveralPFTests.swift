import FoundationEssentials
import HostInterface
import Mlx5
import Model
import SimulatedHost
import TestSupport
import Testing

@testable import Checks

/// What is found of one PF may depend on another.
@Suite struct SeveralPFTests {
  /// Two PFs, of which the second has neither VFs nor a cable.
  private func setUp() throws -> DockerHost {
    let host = try DockerHost(pfs: 2)
    let second = host.simulation.kernel.machine.adapters[1]
    try host.simulation.write("0", to: "sriov_numvfs", of: second)
    host.simulation.kernel.pullCable(of: second.address)
    return host
  }

  private func saved(_ simulation: Simulation, vfs: [Int]) throws -> Snapshot {
    let pfs = try Discovery(simulation.kernel).pfs
    return Snapshot(
      savedAt: Date(timeIntervalSince1970: 0), host: "simulated",
      adapters: zip(pfs, vfs).map { pf, count in
        Adapter(
          pf: pf, driversAutoprobe: true,
          vfs: (0..<count).map { SavedVF(index: $0, driver: "mlx5_core", attributes: [:]) })
      })
  }

  @Test func `a PF beside one that has VFs need have none, and no cable`() throws {
    let host = try setUp()
    host.docker.update { $0.networks.removeLast() }
    for saved in [nil, try saved(host.simulation, vfs: [4]), try saved(host.simulation, vfs: [4, 0])] {
      let check = Check(host.simulation, saved: saved)
      #expect(check.findings(.vfCount).map(\.verdict) == [.ok, .ok])
      #expect(check.findings(.port).map(\.verdict) == [.ok, .warning])
    }
  }

  @Test func `one that lost its VFs is told, whatever another has`() throws {
    let host = try setUp()
    let onNetwork = Check(host.simulation)
    #expect(onNetwork.findings(.vfCount).map(\.verdict) == [.ok, .problem])
    #expect(onNetwork.findings(.vfCount)[1].seen == "no VFs, and Docker has net1 on this PF")
    #expect(onNetwork.findings(.port).map(\.verdict) == [.ok, .problem])
    host.docker.update { $0.networks = [] }
    let wasSaved = Check(host.simulation, saved: try saved(host.simulation, vfs: [4, 3]))
    #expect(wasSaved.findings(.vfCount).map(\.verdict) == [.ok, .problem])
    #expect(wasSaved.findings(.vfCount)[1].seen == "no VFs, and 3 are saved")
    #expect(wasSaved.findings(.vfCount)[1].remedy == "run: sriov-persist restore")
  }

  @Test func `where only the other one was to have VFs, one need have none`() throws {
    let host = try setUp()
    host.docker.update { $0.networks = [] }
    try host.simulation.write("0", to: "sriov_numvfs", of: host.simulation.kernel.machine.adapters[0])
    #expect(Check(host.simulation).findings(.vfCount).map(\.verdict) == [.problem, .problem])
    let saved = try saved(host.simulation, vfs: [4])
    #expect(Check(host.simulation, saved: saved).findings(.vfCount).map(\.verdict) == [.problem, .ok])
  }

  @Test func `no GUID is another PF's or its VF's`() throws {
    let simulation = try Simulation.setUp(pfs: 2)
    let first = simulation.kernel.machine.adapters[0]
    simulation.kernel.update { $0.adapters[1].contexts[2].portGUID = first.contexts[3].nodeGUID }
    let found = Check(simulation).findings(.vfGUIDs)
    #expect(found.map(\.verdict) == [.ok, .problem])
    #expect(found[1].seen.hasPrefix("VF 3 of 0000:b1:00.0 and VF 2 of 0000:b2:00.0 have the same GUID"))
    simulation.kernel.update { $0.adapters[1].contexts[2].portGUID = first.nodeGUID }
    #expect(Check(simulation).findings(.vfGUIDs)[1].seen.hasPrefix("PF 0000:b1:00.0 and VF 2 of 0000:b2:00.0 have"))
  }
}
