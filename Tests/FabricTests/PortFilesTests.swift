import Fabric
import HostInterface
import Model
import SimulatedHost
import Synchronization
import SystemPackage
import Testing

/// A PF's port through the kernel's files.
@Suite struct PortFilesTests {
  private func read(_ simulation: Simulation) throws -> PortReading {
    PortFiles(of: simulation.pf, files: simulation.host.files).read()
  }

  @Test func `a port that works`() throws {
    let port = Port(
      linkLayer: .infiniBand, state: .active, physicalState: .linkUp, lid: 0xb3, smLID: 1,
      guid: try GUID(0x0c42_a103_00b1_0000), netdev: nil)
    #expect(try read(Simulation()) == .port(port))
  }

  @Test func `every absence is told from every other`() throws {
    let simulation = Simulation()
    simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
    #expect(try read(simulation) == .noRDMADevice)
    try simulation.kernel.store("0000:b1:00.0", in: "/sys/bus/pci/drivers/mlx5_core/unbind")
    #expect(try read(simulation) == .unbound)
    simulation.kernel.update { $0.adapters = [] }
    #expect(PortFiles(of: try #require(PCIAddress("b1:00.0")), files: simulation.host.files).read() == .noFunction)
  }

  @Test func `an Ethernet port goes by its netdev`() throws {
    var adapter = SimulatedAdapter(at: "b1:00.0", netdev: "ens1")
    adapter.linkLayer = .ethernet
    let simulation = Simulation(Machine(adapters: [adapter]))
    let kernel = simulation.kernel
    func words() throws -> String {
      simulation.tasks.pass(.seconds(2))
      return try read(simulation).words(of: adapter.address)
    }
    #expect(try words() == "port 1 of 0000:b1:00.0: link up")
    kernel.pullCable(of: adapter.address)
    #expect(try words() == "port 1 of 0000:b1:00.0: no carrier")
    kernel.setNetdev(of: adapter.address, up: false)
    #expect(try words() == "port 1 of 0000:b1:00.0: netdev switched off")
    kernel.plugCable(of: adapter.address)
    #expect(try words() == "port 1 of 0000:b1:00.0: netdev switched off")
    kernel.setNetdev(of: adapter.address, up: true)
    #expect(try words() == "port 1 of 0000:b1:00.0: link up")
    #expect(kernel.portEvents(of: adapter.address) == [.portError, .portError, .portActive])
  }

  @Test func `a device that is renamed while it is read is read under its new name`() throws {
    let simulation = Simulation()
    let files = RenamingFiles(simulation)
    #expect(PortFiles(of: simulation.pf, files: files).read().isReady)
    #expect(simulation.kernel.machine.adapters[0].rdmaDevice == "ibp177s0")
  }

  @Test(arguments: ["", "ACTIVE", "9: UNKNOWN"]) func `a state that nobody knows is told as that`(text: String) {
    let simulation = Simulation()
    let files = RenamingFiles(simulation, state: text)
    guard case .unreadable(let why) = PortFiles(of: simulation.pf, files: files).read() else {
      Issue.record("taken for a state")
      return
    }
    #expect(why.hasSuffix("ports/1/state: EINVAL"))
  }
}

extension Simulation {
  var pf: PCIAddress { kernel.machine.adapters[0].address }
}

/// Renames the RDMA device when its state is first read.
private final class RenamingFiles: FileTree {
  private let simulation: Simulation
  private let state: String?

  init(_ simulation: Simulation, state: String? = nil) {
    self.simulation = simulation
    self.state = state
  }

  func read(_ path: FilePath) throws(FileError) -> String {
    if path.lastComponent == "state" {
      if let state { return state }
      simulation.kernel.update { $0.adapters[0].rdmaDevice = "ibp177s0" }
    }
    return try simulation.kernel.read(path)
  }

  func store(_ text: String, in path: FilePath) throws(FileError) { try simulation.kernel.store(text, in: path) }
  func list(_ path: FilePath) throws(FileError) -> [String] { try simulation.kernel.list(path) }
  func link(_ path: FilePath) throws(FileError) -> FilePath { try simulation.kernel.link(path) }
  func inode(_ path: FilePath) throws(FileError) -> UInt64 { try simulation.kernel.inode(path) }
}
