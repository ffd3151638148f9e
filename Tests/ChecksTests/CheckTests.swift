import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

@testable import Checks

extension Check {
  init(_ simulation: Simulation, saved: Snapshot? = nil) { self.init(of: simulation.host, saved: saved) }

  init(of host: Host, saved: Snapshot? = nil, holder: (PCIAddress) -> LockHolder? = { _ in nil }) {
    self.init(of: host, dockerSocket: Simulation.dockerSocket, saved: saved, mistakes: [], holder: holder)
  }

  func findings(_ id: Finding.ID) -> [Finding] { findings.filter { $0.id == id } }
}

extension Finding: CustomTestStringConvertible {
  public var testDescription: String { "\(verdict.rawValue) \(id.rawValue): \(seen)\(remedy.map { "; \($0)" } ?? "")" }
}

@Suite struct CheckTests {
  static let rows = Row.hardware + Row.firmware + Row.driver + Row.fabric + Row.docker + Row.networks

  @Test(arguments: rows) func `what is found where one thing is changed`(row: Row) throws {
    let host = try GuideHost()
    try row.change(host)
    let found = Check(host.simulation).findings(row.id)
    #expect(
      found.contains { finding in
        let text = [finding.seen, finding.remedy ?? ""].joined(separator: "; ")
        return finding.verdict == row.verdict && row.words.allSatisfy(text.contains)
      }, "\(found.map(\.testDescription))")
  }

  @Test func `every finding is in the table, as it should be and otherwise`() {
    // Only Ethernet has the one, and no host the other: they have tests of their own.
    for id in Finding.ID.allCases where id != .vfMACs && id != .configuration {
      let verdicts = Set(Self.rows.filter { $0.id == id }.map(\.verdict))
      #expect(verdicts.contains(.ok) && verdicts.count > 1, "\(id.rawValue)")
    }
  }

  @Test func `a host that follows the guide has no problem`() throws {
    let host = try GuideHost()
    let check = Check(host.simulation)
    #expect(check.findings.filter { $0.verdict != .ok } == [])
    #expect(check.findings.allSatisfy { $0.remedy == nil })
    #expect(host.simulation.kernel.stores.isEmpty)
    #expect(host.simulation.kernel.openDevices == 0)
    #expect(host.changes.isEmpty)
  }

  @Test func `so has one with the kernel's own driver, and one with Ethernet`() throws {
    for simulation in [try Simulation.setUpInbox(), try .setUpEthernet(), try .setUpEthernet(files: false)] {
      let bad = Check(simulation).findings.filter { $0.verdict != .ok && $0.id != .docker }
      #expect(bad == [])
    }
  }

  @Test func `an Ethernet VF without a MAC of its own works, and is told`() throws {
    let simulation = try Simulation.setUpEthernet()
    let adapter = simulation.kernel.machine.adapters[0]
    func found() -> [Finding] { Check(simulation).findings(.vfMACs) }
    #expect(found().map(\.verdict) == [.ok])
    simulation.kernel.update { $0.adapters[0].contexts[1].mac = [0, 0, 0, 0, 0, 0] }
    #expect(found().map(\.verdict) == [.warning])
    #expect(found()[0].seen.hasPrefix("VF 1: no MAC was set"))
    simulation.kernel.update { $0.adapters[0].contexts[1].mac = [1, 0, 0, 0, 0, 0] }
    #expect(found().map(\.verdict) == [.problem])
    simulation.kernel.update { machine in
      machine.adapters[0] = adapter
      machine.adapters[0].hasOFEDFiles = false
      machine.adapters[0].hasNetdev = false
    }
    #expect(found().map(\.verdict) == [.unknown])
  }

  /// Files that the caller may not read, and what then cannot be told.
  @Test(
    arguments: [
      ("/sys/bus/pci/drivers/mlx5_core", .adapter), ("/proc/cpuinfo", .cpuVirtualization), ("/sys/class/iommu", .iommu),
      ("/sys/bus/pci/devices/0000:b1:00.0/iommu_group", .iommu),
      ("/sys/bus/pci/devices/0000:b1:00.0/sriov", .driver),
      ("/sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe", .vfCount),
      ("/sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe", .vfPolicy),
      ("/sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe", .vfGUIDs),
      ("/sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe", .sriovResources),
      ("/sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe", .firmwareVFs),
      ("/sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe", .vfDrivers),
      ("/sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe", .vfNetdevs),
      ("/sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe", .virtEnabled),
      ("/sys/bus/pci/devices/0000:b1:00.0/infiniband/mlx5_0/ports/1/state", .port),
    ] as [(FilePath, Finding.ID)]) func `what may not be read is unknown, and the reason is told`(
      path: FilePath, id: Finding.ID
    ) throws
  {
    var host = try GuideHost().simulation.host
    host.files = ForbiddenFiles(host.files, below: path)
    let found = Check(of: host).findings(id)
    #expect(found.count == 1 && found[0].verdict == .unknown && found[0].remedy != nil)
    #expect(found.contains { $0.seen.contains("EACCES") || [.driver, .virtEnabled, .firmwareVFs].contains(id) })
  }

  /// The first PF's VFs are being made, and are gone for now.
  @Test(arguments: [1, 2]) func `what a restore is at work on is unknown`(asked: Int) throws {
    let guide = try GuideHost()
    try guide.removeVFs()
    var count = 0
    let check = Check(of: guide.simulation.host) { pf in
      count += 1
      return pf == guide.pf && count >= asked ? LockHolder(processID: 42, held: .seconds(3)) : nil
    }
    for id in [Finding.ID.sriovResources, .vfCount, .vfPolicy, .vfGUIDs, .vfDrivers, .vfNetdevs] {
      let found = check.findings(id)
      #expect(found.map(\.verdict) == [.unknown], "\(id.rawValue)")
      #expect(found.first?.seen == "a restore is under way (pid 42, for 3 s)", "\(id.rawValue)")
    }
    #expect(check.findings.filter { $0.verdict == .problem } == [])
  }

  @Test func `Docker that is stopped is not started, and one that hangs costs seconds`() throws {
    let host = try GuideHost()
    host.docker.stopDaemon()
    host.simulation.sockets.forgetCalls()
    _ = Check(host.simulation)
    #expect(host.docker.now.activations == 0)
    #expect(host.simulation.sockets.calls.isEmpty)

    let hanging = try GuideHost()
    hanging.docker.update { $0.daemon = .starting }
    hanging.simulation.kernel.update { $0.firmwareTool.mood = .hangs }
    let start = hanging.simulation.tasks.now()
    _ = Check(hanging.simulation)
    #expect(hanging.simulation.tasks.now() - start < .seconds(30))
  }

  @Test func `a firmware tool that hangs is asked once, not for each PF`() throws {
    let simulation = try Simulation.setUp(pfs: 3)
    simulation.kernel.update { $0.firmwareTool.mood = .hangs }
    let start = simulation.tasks.now()
    let found = Check(simulation).findings(.firmwareTool)
    #expect(found.map(\.verdict) == [.unknown, .unknown, .unknown])
    #expect(simulation.tasks.now() - start < .seconds(25))
  }

  @Test(arguments: 0..<60) func `a kernel that answers nonsense gives findings all the same`(seed: Int) throws {
    let guide = try GuideHost()
    var host = guide.simulation.host
    host.files = GarbledFileTree(guide.simulation.kernel, seed: UInt64(seed))
    let check = Check(of: host)
    #expect(!check.findings.isEmpty)
    #expect(check.findings.allSatisfy { ($0.remedy == nil) == ($0.verdict == .ok) })
    #expect(guide.simulation.kernel.stores.isEmpty)
  }
}
