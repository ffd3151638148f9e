import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

@testable import Mlx5

/// Which netdev is the PF's own, and what the others tell of the eswitch.
@Suite struct NetdevTests {
  private func mode(_ simulation: Simulation, _ files: (any FileTree)? = nil) throws -> ESwitchMode? {
    var host = simulation.host
    if let files { host.files = files }
    let pf = try #require(Discovery(host.files).pfs.first)
    return try PFDevice(pf, on: host).observe(holdingLock: false).eswitchMode
  }

  /// `phys_port_name` of one netdev, or of all, cannot be read.
  private func unreadable(_ simulation: Simulation, of netdev: String?, _ errno: Errno) -> MeddledFiles {
    MeddledFiles(simulation.kernel) { path throws(Errno) in
      guard path.lastComponent?.string == "phys_port_name" else { return }
      if netdev == nil || path.removingLastComponent().lastComponent?.string == netdev { throw errno }
    }
  }

  @Test(arguments: [true, false]) func `a switch's id says nothing: VFs' representors do`(hasDevlinkPort: Bool) throws {
    let simulation = try Simulation.setUpEthernet()
    simulation.kernel.update { $0.adapters[0].hasDevlinkPort = hasDevlinkPort }
    #expect(try mode(simulation) == .legacy)
    simulation.kernel.update { $0.adapters[0].isSwitchdev = true }
    #expect(try mode(simulation) == .switchdev)
  }

  @Test(arguments: [true, false]) func `without VFs nobody can tell`(isSwitchdev: Bool) throws {
    let simulation = try Simulation.setUpEthernet(vfs: 0)
    simulation.kernel.update { $0.adapters[0].isSwitchdev = isSwitchdev }
    #expect(try mode(simulation) == nil)
  }

  @Test func `names that cannot be read tell nothing, and make no representor the PF's own`() throws {
    let simulation = try Simulation.setUpEthernet()
    #expect(try mode(simulation, unreadable(simulation, of: nil, .invalidArgument)) == nil)
    simulation.kernel.update { $0.adapters[0].isSwitchdev = true }
    let files = unreadable(simulation, of: "a0", .invalidArgument)
    #expect(try Discovery(files).pfs[0].netdev == "ens1f0")
    #expect(try mode(simulation, files) == .switchdev)
    simulation.kernel.update { $0.adapters[0].vfs.removeLast(3) }
    #expect(try mode(simulation, files) == nil)
  }

  @Test func `a name that cannot be read is read once, and its errno told`() throws {
    let simulation = try Simulation.setUpInbox()
    let address = simulation.kernel.machine.adapters[0].address
    let reads = Counter()
    let files = MeddledFiles(simulation.kernel) { path throws(Errno) in
      guard path.lastComponent?.string == "phys_port_name" else { return }
      throw reads.next(below: 1) == nil ? .noMemory : .ioError
    }
    let file = FilePath("/sys/bus/pci/devices/\(address)/net/ibs21/phys_port_name")
    #expect(throws: FileError(.read, file, .ioError)) { try PCIFunction(address: address, files: files).link }
  }

  @Test(arguments: [true, false]) func `a netdev that is renamed while it is looked at is looked at again`(
    isSwitchdev: Bool
  ) throws {
    let simulation = try Simulation.setUpEthernet()
    simulation.kernel.update { $0.adapters[0].isSwitchdev = isSwitchdev }
    for file in ["phys_port_name", "parent", "iflink", "addr_assign_type", "address", "type"] {
      let counter = Counter()
      let kernel = simulation.kernel
      let files = MeddledFiles(kernel) { path in
        guard path.lastComponent?.string == file, !path.string.contains("/a"), counter.next(below: 2) != nil else {
          return
        }
        kernel.update { $0.adapters[0].netdev += "x" }
      }
      let pf = try #require(Discovery(files).pfs.first)
      #expect(pf.netdev?.hasPrefix("ens1f0") == true, "\(file)")
      #expect(pf.macAddress?.description == "0c:42:a1:b1:00:00", "\(file)")
      #expect(try mode(simulation) == (isSwitchdev ? .switchdev : .legacy))
    }
  }

  @Test func `representors that are renamed all the time hide neither the PF's own netdev nor the mode`() throws {
    let simulation = try Simulation.setUpEthernet()
    simulation.kernel.update { $0.adapters[0].isSwitchdev = true }
    for isOneLeft in [true, false] {
      let files = MeddledFiles(simulation.kernel) { path throws(Errno) in
        let isRenamed = path.string.contains("/net/a") && !(isOneLeft && path.string.contains("/net/a3"))
        if isRenamed { throw .noSuchFileOrDirectory }
      }
      let pf = try #require(Discovery(files).pfs.first)
      #expect(pf.netdev == "ens1f0")
      #expect(try mode(simulation, files) == (isOneLeft ? .switchdev : nil))
    }
  }

  @Test(arguments: [true, false], ["data", "aaa", "ibs21.8001"]) func `an IPoIB child is never the PF's own netdev`(
    isLegacy: Bool, name: String
  ) throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { machine in
      machine.adapters[0].pkeyNetdevs = [name]
      machine.adapters[0].areChildrenLegacy = isLegacy
    }
    #expect(try Discovery(simulation.kernel).pfs[0].netdev == "ibs21")
    simulation.kernel.update { machine in
      machine.adapters[0].netdev = "zzz"
      machine.adapters[0].rdmaDevice = nil
    }
    #expect(try Discovery(simulation.kernel).pfs[0].netdev == "zzz")
  }

  @Test(arguments: ["type", "addr_assign_type", "address", "ifindex"])
  func `a netdev that is just leaving costs no PF`(file: String) throws {
    let simulation = try Simulation.setUpEthernet(files: false)
    simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
    let files = MeddledFiles(simulation.kernel) { path throws(Errno) in
      if path.lastComponent?.string == file { throw .invalidArgument }
    }
    let pf = try #require(Discovery(files).pfs.first)
    // Its PCI class tells as well.
    #expect(pf.linkLayer == .ethernet)
    #expect((pf.macAddress == nil) == ["addr_assign_type", "address"].contains(file))
    var host = simulation.host
    host.files = files
    #expect(try PFDevice(pf, on: host).needsNetdev == (file == "ifindex"))
  }
}
