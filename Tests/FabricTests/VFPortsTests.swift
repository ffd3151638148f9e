import Fabric
import HostInterface
import Mlx5
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

/// What is said of VFs' ports that are not ACTIVE.
@Suite struct VFPortsTests {
  private func remarks(_ simulation: Simulation) throws -> [String] {
    let files = simulation.host.files
    let pf = try Discovery(files).pfs[0]
    let observation = try PFDevice(pf, on: simulation.host).observe(holdingLock: false)
    guard case .port(let port) = PortFiles(of: pf.pciAddress, files: files).read() else { return ["no PF port"] }
    return VFPorts(of: observation, files: files).remarks(pfPort: port)
  }

  @Test func `nothing is said of ports that are active`() throws {
    #expect(try remarks(.setUp()).isEmpty)
  }

  @Test func `each reason has its line and its VFs`() throws {
    let simulation = try Simulation.setUp(vfs: 7)
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[0].policy = .down
      machine.adapters[0].contexts[1].policy = .down
      machine.adapters[0].contexts[2].portGUID = 0
      machine.adapters[0].vfs[3].rdmaDevice = nil
      machine.adapters[0].vfs[4].driver = nil
      machine.adapters[0].vfs[4].rdmaDevice = nil
      machine.adapters[0].vfs[5].driver = "vfio-pci"
      machine.adapters[0].vfs[5].rdmaDevice = nil
    }
    let beginnings = [
      "VF 4: port not visible: no driver", "VF 5: port not visible: another driver, such",
      "VF 3: port not visible: no RDMA",
      "VFs 0-1: port down: policy Down", "VF 2: port down: GUID unset",
    ]
    let lines = try remarks(simulation)
    #expect(lines.count == beginnings.count)
    for (line, beginning) in zip(lines, beginnings) { #expect(line.hasPrefix("0000:b1:00.0 (mlx5_0): \(beginning)")) }
  }

  @Test(arguments: [true, false]) func `VFs that nobody gave a GUID, whatever the driver`(isOFED: Bool) throws {
    let simulation = try Simulation.setUp(guids: false)
    simulation.kernel.update { $0.adapters[0].hasOFEDFiles = isOFED }
    #expect(try remarks(simulation).map { $0.contains("VFs 0-3: port down: GUID unset") } == [true])
  }

  @Test func `a GUID that the firmware ignored is not the subnet manager's fault`() throws {
    let simulation = try Simulation.setUpInbox(vfs: 2)
    // The driver says back what it was told; the VF has nothing.
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[1].portGUID = 0
      machine.adapters[0].vfs[1].probedPortGUID = 0
    }
    let lines = try remarks(simulation)
    #expect(lines.count == 1)
    #expect(
      lines[0].contains("VF 1: port down: the VF's own RDMA device has no GUID, although one was set"), "\(lines)")
  }

  @Test func `a subnet manager that knows no virtual ports`() throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { $0.subnetManager.knowsVirtualPorts = false }
    let lines = try remarks(simulation)
    #expect(lines.count == 1)
    #expect(lines[0].hasPrefix("0000:b1:00.0 (mlx5_0): VFs 0-3: "))
    #expect(lines[0].contains("virt_enabled 2 in opensm.conf"))
  }

  @Test func `VFs that follow a PF whose cable is out are no riddle`() throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.pullCable(of: simulation.pf)
    #expect(try remarks(simulation) == ["0000:b1:00.0 (mlx5_0): VFs 0-3: port not active: the PF's port is not active"])
  }

  @Test func `nothing is missing at an Ethernet VF that nobody switched on`() throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { machine in
      machine.adapters[0].linkLayer = .ethernet
      machine.adapters[0].port.state = .down
    }
    #expect(try remarks(simulation).isEmpty)
  }
}

@Suite struct LocalOpenSMTests {
  private static let launcher = "[Service]\nExecStart=/bin/sh -c '… systemctl start opensm@$PORT.service'\n"

  private func remark(unit: String?, settings: String?) throws -> LocalOpenSM.Remark? {
    let disk = Simulation().disk
    for (path, text) in [("/lib/systemd/system/opensm.service", unit), ("/etc/default/opensm", settings)] {
      guard let text else { continue }
      try disk.makeFolder(FilePath(path).removingLastComponent())
      try disk.create(FilePath(path), contents: text)
    }
    let ports = [try GUID(0x0c42_a103_00b1_0000), try GUID(0x0c42_a103_00b2_0000)]
    return LocalOpenSM.remark(pfPorts: ports, on: disk)
  }

  @Test(arguments: ["PORTS=ALL\n", "# All\nPORTS=\"ALL\"", "PORTS=0x1\n  PORTS='ALL'\n"])
  func `an instance on every port is spoken of, with the remedy`(settings: String) throws {
    let remark = try #require(try remark(unit: Self.launcher, settings: settings))
    #expect(remark.remedy.hasSuffix("PORTS=\"0x0c42a10300b10000 0x0c42a10300b20000\""))
  }

  private static let others: [(unit: String?, settings: String?)] = [
    (launcher, "#PORTS=ALL\n"), (launcher, "PORTS=ALL\nPORTS=NONE\n"), (launcher, "PORTS=0x0c42a10300b10000"),
    (launcher, nil), (nil, "PORTS=ALL\n"), ("[Service]\nExecStart=/usr/sbin/opensm\n", "PORTS=ALL\n"),
  ]

  @Test(arguments: others) func `otherwise nothing is said`(unit: String?, settings: String?) throws {
    #expect(try remark(unit: unit, settings: settings) == nil)
  }
}
