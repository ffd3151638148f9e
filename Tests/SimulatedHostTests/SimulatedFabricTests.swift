import HostInterface
import Model
import SimulatedHost
import SystemPackage
import Testing

/// The simulated ports and subnet manager, as mlx5 and OpenSM would have them.
@Suite struct SimulatedFabricTests {
  private let simulation = Simulation()
  private var pf: PCIAddress { simulation.kernel.machine.adapters[0].address }

  private func port(_ name: String) throws -> String {
    let device = try simulation.kernel.list(FilePath("/sys/bus/pci/devices/\(pf)/infiniband"))[0]
    return try simulation.kernel.read(FilePath("/sys/bus/pci/devices/\(pf)/infiniband/\(device)/ports/1/\(name)"))
  }

  private func withoutSubnetManager() {
    simulation.kernel.stopSubnetManager()
    simulation.reboot()
  }

  /// What the port's state reads at each ring until nothing rang for a minute, and how long after `start` each came.
  private func rings(_ device: String = "mlx5_0", while change: () -> Void) throws -> [(state: String, after: Duration)]
  {
    let bell = simulation.tasks.makeBell()
    let watch = try simulation.kernel.watch(device, ringing: bell)
    defer { watch.stop() }
    let start = simulation.tasks.now()
    change()
    var rings: [(String, Duration)] = []
    while bell.wait(until: simulation.tasks.now() + .seconds(60)) {
      rings.append((try port("state"), simulation.tasks.now() - start))
    }
    return rings
  }

  @Test func `files are as the kernel prints them`() throws {
    #expect(
      try ["state", "phys_state", "link_layer", "lid", "sm_lid"].map(port) == [
        "4: ACTIVE\n", "5: LinkUp\n", "InfiniBand\n", "0xb3\n", "0x1\n",
      ])
    simulation.kernel.pullCable(of: pf)
    // The subnet manager's LID stays: alone it proves nothing.
    #expect(try ["state", "phys_state", "sm_lid"].map(port) == ["1: DOWN\n", "2: Polling\n", "0x1\n"])
    withoutSubnetManager()
    #expect(try ["state", "lid", "sm_lid"].map(port) == ["1: DOWN\n", "0x0\n", "0x0\n"])
  }

  @Test func `a subnet manager that comes after 15 s raises LID_CHANGE, CLIENT_REREGISTER, PORT_ACTIVE`() throws {
    withoutSubnetManager()
    #expect(try port("state") == "2: INIT\n")
    let rings = try rings { simulation.kernel.startSubnetManager(after: .seconds(15)) }
    #expect(
      simulation.kernel.portEvents(of: pf) == [.pkeyChange, .lidChange, .clientReregister, .portActive])
    // Whoever looks at the first event finds the port in Init still.
    #expect(rings.map(\.state) == ["2: INIT\n", "2: INIT\n", "4: ACTIVE\n"])
    #expect(rings.map(\.after) == [.milliseconds(15_010), .milliseconds(15_020), .milliseconds(15_040)])
  }

  @Test func `one that never comes raises nothing`() throws {
    withoutSubnetManager()
    #expect(try rings {}.isEmpty)
    #expect(try port("state") == "2: INIT\n")
  }

  @Test func `one that goes is not noticed, and one that begins anew asks to register again`() throws {
    simulation.kernel.stopSubnetManager()
    #expect(try port("state") == "4: ACTIVE\n")
    _ = try rings { simulation.kernel.startSubnetManager() }
    #expect(simulation.kernel.portEvents(of: pf) == [.pkeyChange, .lidChange, .clientReregister])
  }

  @Test func `a cable that is pulled and put back`() throws {
    let rings = try rings {
      simulation.kernel.pullCable(of: pf)
      simulation.kernel.plugCable(of: pf)
    }
    #expect(rings.map(\.state) == ["1: DOWN\n", "2: INIT\n", "2: INIT\n", "2: INIT\n", "4: ACTIVE\n"])
  }

  @Test func `a cable that is pulled while the subnet manager works stays down`() throws {
    withoutSubnetManager()
    simulation.kernel.startSubnetManager()
    simulation.tasks.pass(.milliseconds(25))
    simulation.kernel.pullCable(of: pf)
    simulation.tasks.pass(.seconds(10))
    #expect(try port("state") == "1: DOWN\n")
    #expect(!simulation.kernel.portEvents(of: pf).contains(.portActive))
  }

  @Test func `a device that is removed, or loses its driver, says so once`() throws {
    for isUnplugged in [false, true] {
      let simulation = Simulation()
      let bell = simulation.tasks.makeBell()
      let watch = try simulation.kernel.watch("mlx5_0", ringing: bell)
      let pf = simulation.kernel.machine.adapters[0].address
      #expect(!watch.isDeviceGone)
      if isUnplugged {
        simulation.kernel.remove(pf)
      } else {
        try simulation.kernel.store("\(pf)", in: "/sys/bus/pci/drivers/mlx5_core/unbind")
      }
      #expect(watch.isDeviceGone)
      #expect(bell.wait(until: .zero))
      simulation.kernel.raise(.portActive, of: pf)
      #expect(!bell.wait(until: .zero))
    }
  }

  @Test func `a device that is renamed stays watched`() throws {
    let rings = try rings {
      simulation.kernel.update { $0.adapters[0].rdmaDevice = "ibp177s0" }
      simulation.kernel.raise(.gidChange, of: pf)
    }
    #expect(rings.count == 1)
  }

  @Test func `a watch that is stopped is silent`() throws {
    let bell = simulation.tasks.makeBell()
    let watch = try simulation.kernel.watch("mlx5_0", ringing: bell)
    #expect(simulation.kernel.openDevices == 1)
    watch.stop()
    #expect(simulation.kernel.openDevices == 0)
    simulation.kernel.pullCable(of: pf)
    #expect(!bell.wait(until: .zero))
  }

  @Test(arguments: [
    (SimulatedVerbs.withoutProvider, NoPortEvents.Reason.noProvider), (.withoutUserAccess, .noUserAccess),
  ])
  func `without what libibverbs needs there are no events`(verbs: SimulatedVerbs, reason: NoPortEvents.Reason) throws {
    simulation.kernel.update { $0.verbs = verbs }
    #expect(throws: NoPortEvents("mlx5_0", reason)) { try rings {} }
    #expect(throws: NoPortEvents("mlx5_9", .noSuchDevice)) { try rings("mlx5_9") {} }
  }

  @Test func `a PF that is bound again trains its link, and the subnet manager finds it`() throws {
    for file in ["unbind", "bind"] {
      try simulation.kernel.store("\(pf)", in: FilePath("/sys/bus/pci/drivers/mlx5_core/\(file)"))
    }
    #expect(try port("state") == "1: DOWN\n")
    simulation.tasks.pass(.seconds(2))
    #expect(try port("state") == "4: ACTIVE\n")
  }
}
