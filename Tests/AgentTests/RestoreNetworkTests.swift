import Agent
import HostInterface
import Model
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite struct RestoreNetworkTests {
  /// Restored after a reboot on a fabric without a subnet manager.
  private func restored(pfs: Int = 1, isService: Bool = false, seconds: Int? = nil) throws -> Simulation {
    let simulation = try Simulation.setUp(pfs: pfs, isService: isService)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    if let seconds {
      simulation.disk.files[Configuration.path.string] = .init(contents: "{\"subnetManagerSeconds\": \(seconds)}")
    }
    simulation.kernel.stopSubnetManager()
    simulation.reboot()
    _ = try RestoreVFs(on: simulation.host).run([])
    return simulation
  }

  private func ports(_ simulation: Simulation) throws -> [RestoreNetwork.PortReport] {
    try RestoreNetwork(on: simulation.host).run([]).ports
  }

  private func pf(_ simulation: Simulation) -> PCIAddress { simulation.kernel.machine.adapters[0].address }

  private func later(_ simulation: Simulation, _ time: Duration, _ body: @escaping @Sendable () -> Void) {
    simulation.tasks.start {
      simulation.tasks.pass(time)
      body()
    }
  }

  @Test func `a subnet manager that is there already is not waited for`() throws {
    let simulation = try restored()
    simulation.kernel.startSubnetManager(after: .zero)
    simulation.tasks.pass(.seconds(30))
    let start = simulation.tasks.now()
    let port = try ports(simulation)[0]
    #expect(port.isReady && port.failure == nil)
    #expect(port.state == "port 1 of 0000:b1:00.0: active, SM LID 1")
    #expect(simulation.tasks.now() == start)
    #expect(simulation.kernel.openDevices == 0, "closed again")
  }

  @Test func `its coming wakes the wait at once, and what is missing is told meanwhile`() throws {
    let simulation = try restored(isService: true)
    let start = simulation.tasks.now()
    simulation.kernel.startSubnetManager(after: .milliseconds(15_300))
    let port = try ports(simulation)[0]
    #expect(port.failure == nil)
    let events = simulation.kernel.portEvents(of: pf(simulation))
    #expect(events.contains(.portActive))
    // Woken by the event, not by the look of every ten seconds.
    #expect(simulation.tasks.now() - start < .seconds(20))
    let told = simulation.notifier.sent.joined()
    #expect(told.contains("STATUS=port 1 of 0000:b1:00.0: link up, no subnet manager yet (12 s)"))
  }

  @Test func `without one it ends at its deadline with 69, naming what is missing`() throws {
    let simulation = try restored(seconds: 30)
    let start = simulation.tasks.now()
    let failure = try #require(try ports(simulation)[0].failure)
    #expect(failure.kind == .unavailable)
    #expect(failure.message == "port 1 of 0000:b1:00.0: link up, no subnet manager yet, after 30 s")
    #expect(failure.remedy?.contains("sminfo") == true)
    #expect(simulation.tasks.now() - start == .seconds(30))
  }

  @Test func `a cable that is pulled changes the words, and one that is plugged wakes it`() throws {
    let simulation = try restored(isService: true)
    let pf = pf(simulation)
    later(simulation, .milliseconds(4500)) { simulation.kernel.pullCable(of: pf) }
    later(simulation, .milliseconds(8500)) {
      simulation.kernel.startSubnetManager(after: .zero)
      simulation.kernel.plugCable(of: pf)
    }
    #expect(try ports(simulation)[0].isReady)
    let told = simulation.notifier.sent.joined()
    #expect(told.contains("STATUS=port 1 of 0000:b1:00.0: link up, no subnet manager yet (3 s)"))
    #expect(told.contains("STATUS=port 1 of 0000:b1:00.0: cable down (6 s)"))
  }

  @Test func `zero seconds is one look, and whatever it says is no failure`() throws {
    let simulation = try restored(seconds: 0)
    let start = simulation.tasks.now()
    let port = try ports(simulation)[0]
    #expect(!port.isReady && port.failure == nil)
    #expect(port.state.hasSuffix("link up, no subnet manager yet"))
    #expect(simulation.tasks.now() == start)
  }

  @Test func `a device that is removed ends it at once`() throws {
    let simulation = try restored()
    let start = simulation.tasks.now()
    let pf = pf(simulation)
    later(simulation, .milliseconds(2500)) { simulation.kernel.remove(pf) }
    let failure = try #require(try ports(simulation)[0].failure)
    #expect(failure.kind == .unavailable)
    #expect(failure.message.contains("it was removed while its port was waited for"))
    #expect(simulation.tasks.now() - start == .milliseconds(2500))
  }

  @Test func `a device that its driver lost ends it at once`() throws {
    let simulation = try restored()
    let pf = pf(simulation)
    later(simulation, .milliseconds(2500)) { simulation.kernel.raise(.deviceFatal, of: pf) }
    #expect(try ports(simulation)[0].failure?.message.contains("removed") == true)
  }

  @Test func `without a provider it looks now and then, and names the package`() throws {
    let simulation = try restored()
    simulation.kernel.update { $0.verbs = .withoutProvider }
    simulation.kernel.startSubnetManager(after: .seconds(15))
    let start = simulation.tasks.now()
    let port = try ports(simulation)[0]
    #expect(port.isReady)
    #expect(port.notes.contains { $0.contains("ibverbs-providers") })
    #expect(simulation.tasks.now() - start <= .seconds(30))
  }

  @Test func `several ports are waited for together, and the signal ends it`() throws {
    let simulation = try restored(pfs: 2)
    later(simulation, .seconds(5)) { simulation.tasks.terminate() }
    #expect { try ports(simulation) } throws: { Failure($0).kind == .terminated }
    #expect(simulation.kernel.openDevices == 0)
  }

  @Test func `VFs' ports that stay down are told afterwards, with what keeps them`() throws {
    let simulation = try restored()
    simulation.kernel.update { machine in
      machine.subnetManager.knowsVirtualPorts = false
      machine.adapters[0].contexts[3].policy = .down
    }
    simulation.kernel.startSubnetManager(after: .zero)
    let network = RestoreNetwork(on: simulation.host)
    let result = try network.run([])
    #expect(result.ports[0].isReady)
    let remarks = network.remarks(on: result).map(\.words)
    #expect(remarks.contains { $0.contains("VF 3: port down: policy Down") })
    #expect(remarks.contains { $0.contains("VFs 0-2") && $0.contains("virt_enabled 2") })
  }

  @Test func `what cannot mend itself is not waited for`() throws {
    let simulation = try restored()
    simulation.kernel.startSubnetManager(after: .zero)
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[3].policy = .down
      machine.adapters[0].vfs[1].rdmaDevice = nil
    }
    let network = RestoreNetwork(on: simulation.host)
    let result = try network.run([])
    let start = simulation.tasks.now()
    #expect(network.remarks(on: result).count == 2)
    #expect(simulation.tasks.now() == start)
  }

  @Test func `a port that the firmware fails to tell of is that PF's failure, not the others'`() throws {
    let simulation = try restored(pfs: 2, seconds: 20)
    simulation.kernel.startSubnetManager(after: .zero)
    simulation.tasks.pass(.seconds(10))
    var host = simulation.host
    host.files = FailingFileTree(host.files, failing: "0000:b1:00.0/infiniband/")
    let result = try RestoreNetwork(on: host).run([])
    #expect(result.ports.map(\.isReady) == [false, true])
    #expect(result.ports[0].failure?.message.contains("EIO") == true)
    #expect(result.ports[1].waited == .zero)
    #expect(RestoreNetwork(on: host).remarks(on: result).isEmpty)
  }

  @Test func `opening a device that takes its time holds nothing up`() throws {
    let simulation = try restored()
    simulation.kernel.startSubnetManager(after: .zero)
    simulation.tasks.pass(.seconds(10))
    var host = simulation.host
    host.ports = SlowPortEvents(host.ports, simulation.tasks)
    let start = simulation.tasks.now()
    #expect(try RestoreNetwork(on: host).run([]).ports[0].isReady)
    #expect(simulation.tasks.now() == start)
    simulation.tasks.pass(.seconds(10))
    #expect(simulation.kernel.openDevices == 0, "closed although it was open too late")
  }

  @Test func `VFs' ports that only need a moment are not complained about`() throws {
    let simulation = try restored()
    simulation.kernel.update { $0.subnetManager.knowsVirtualPorts = false }
    simulation.kernel.startSubnetManager(after: .zero)
    let network = RestoreNetwork(on: simulation.host)
    let result = try network.run([])
    later(simulation, .seconds(3)) { simulation.kernel.update { $0.subnetManager.knowsVirtualPorts = true } }
    #expect(network.remarks(on: result).isEmpty)
  }
}

/// The port's state cannot be read of one PF.
private struct FailingFileTree: FileTree {
  let files: any FileTree
  let place: String

  init(_ files: any FileTree, failing place: String) {
    self.files = files
    self.place = place
  }

  func read(_ path: FilePath) throws(FileError) -> String {
    if path.string.contains(place), path.string.hasSuffix("/state") { throw FileError(.read, path, .ioError) }
    return try files.read(path)
  }
  func store(_ text: String, in path: FilePath) throws(FileError) { try files.store(text, in: path) }
  func list(_ path: FilePath) throws(FileError) -> [String] { try files.list(path) }
  func link(_ path: FilePath) throws(FileError) -> FilePath { try files.link(path) }
  func inode(_ path: FilePath) throws(FileError) -> UInt64 { try files.inode(path) }
}

/// The device's node is new: opening it takes five seconds (rdma-core's util/open_cdev.c).
private struct SlowPortEvents: PortEvents {
  let ports: any PortEvents
  let tasks: SimulatedTasks

  init(_ ports: any PortEvents, _ tasks: SimulatedTasks) {
    self.ports = ports
    self.tasks = tasks
  }

  func watch(_ device: String, ringing bell: any Bell) throws(NoPortEvents) -> any PortWatch {
    tasks.pass(.seconds(5))
    return try ports.watch(device, ringing: bell)
  }
}
