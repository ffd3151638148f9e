import Agent
import HostInterface
import Model
import Planning
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

/// VFs that their driver is still probing: they have the link to it, and neither RDMA device nor netdev.
@Suite struct ProbingVFTests {
  private func saved(inbox: Bool = false) throws -> Simulation {
    // Told what it waits for, as a unit is.
    let simulation = try inbox ? Simulation.setUpInbox(isService: true) : .setUp(isService: true)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    return simulation
  }

  private func restore(_ simulation: Simulation, on authority: Authority = .unattended) throws -> Report {
    simulation.kernel.forgetStores()
    return try RestoreVFs(on: simulation.host).run([], on: authority).reports[0]
  }

  /// A run that was killed while it bound VFs 1 to 3: the kernel goes on.
  private func leaveUnderWay(_ simulation: Simulation, seconds: Double = 5) throws {
    let adapter = simulation.kernel.machine.adapters[0]
    simulation.kernel.update { $0.adapters[0].timing.probe = seconds }
    for vf in 1...3 {
      let address = adapter.addressOfVF(vf).description
      try simulation.kernel.store(address, in: "/sys/bus/pci/drivers/mlx5_core/unbind")
      simulation.tasks.start { try? simulation.kernel.store(address, in: "/sys/bus/pci/drivers/mlx5_core/bind") }
    }
    simulation.tasks.pass(.milliseconds(100))
    #expect(simulation.kernel.machine.adapters[0].vfs[1...].allSatisfy { $0.driver != nil && $0.rdmaDevice == nil })
  }

  @Test(arguments: [true, false], [true, false])
  func `they are waited for, by events, and then compared`(isPerson: Bool, inbox: Bool) throws {
    let simulation = try saved(inbox: inbox)
    try leaveUnderWay(simulation)
    let start = simulation.tasks.now()
    let report = try restore(simulation, on: isPerson ? .person : .unattended)
    #expect(report.result == .unchanged)
    #expect(report.verdicts == [.verified, .verified, .verified, .verified])
    #expect(report.notVisible.isEmpty)
    #expect(simulation.kernel.stores.isEmpty)
    #expect(simulation.tasks.now() - start == .milliseconds(4900))
    do {
      let told = simulation.notifier.sent.joined()
      #expect(
        told.contains { $0.hasPrefix("STATUS=0000:b1:00.0 (mlx5_0): waiting for the driver of VFs 1-3") }, "\(told)")
    }
  }

  @Test(arguments: [true, false]) func `they are not in use: one with another identity is mended`(isPerson: Bool)
    throws
  {
    let simulation = try saved()
    let wanted = simulation.kernel.machine.adapters[0].contexts
    simulation.kernel.update { $0.adapters[0].contexts[2].nodeGUID = 0x17 }
    try leaveUnderWay(simulation)
    let report = try restore(simulation, on: isPerson ? .person : .unattended)
    #expect(report.result == .restored, "\(report.failure?.description ?? "")")
    let adapter = simulation.kernel.machine.adapters[0]
    #expect(adapter.contexts == wanted)
    #expect(zip(adapter.vfs, wanted).allSatisfy { $0.probedNodeGUID == $1.nodeGUID })
  }

  @Test(arguments: [true, false]) func `one whose RDMA device never comes is named, and not disturbed`(isPerson: Bool)
    throws
  {
    let simulation = try saved()
    simulation.kernel.update { machine in
      (machine.adapters[0].vfs[1].rdmaDevice, machine.adapters[0].vfs[1].netdev) = (nil, nil)
      machine.adapters[0].contexts[1].nodeGUID = 0x17
    }
    let start = simulation.tasks.now()
    let report = try restore(simulation, on: isPerson ? .person : .unattended)
    #expect(report.result == .failed)
    #expect(report.failure?.kind == .unavailable)
    let words = "VF 1: identity of its RDMA device cannot be read: its driver has not made its RDMA device yet"
    #expect(report.failure?.message.contains(words) == true, "\(report.failure?.description ?? "")")
    #expect(simulation.kernel.stores.isEmpty)
    #expect(simulation.tasks.now() - start > .seconds(60))
    #expect(try !Status(of: simulation.host).entries[0].isAsSaved)
  }

  @Test func `where namespaces do not share RDMA devices, one that has it may be another, and that is named`() throws {
    let simulation = try saved()
    simulation.kernel.update { machine in
      machine.sharesRDMADevices = false
      (machine.adapters[0].vfs[1].rdmaDevice, machine.adapters[0].vfs[1].netdev) = (nil, nil)
    }
    let start = simulation.tasks.now()
    let report = try restore(simulation)
    #expect(report.result == .unchanged)
    #expect(
      report.notVisible.map(\.description) == [
        "VF 1: identity of its RDMA device not compared: its netdev is in another network namespace"
      ])
    #expect(simulation.tasks.now() - start < .seconds(15))
    // One that is only probed is waited for there, too.
    let other = try saved()
    other.kernel.update { $0.sharesRDMADevices = false }
    try leaveUnderWay(other)
    let waited = try restore(other)
    #expect(waited.result == .unchanged)
    #expect(waited.notVisible.isEmpty)
  }

  @Test(arguments: [true, false])
  func `on Ethernet without RDMA devices, the end of the probe tells them from VFs in a namespace`(files: Bool) throws {
    let simulation = try Simulation.setUpEthernet(files: files)
    simulation.hideRDMADevices()
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    let wanted = simulation.kernel.machine.adapters[0].contexts
    simulation.kernel.update { $0.adapters[0].contexts[2].mac = [2, 0, 0, 0, 0, 0x17] }
    try leaveUnderWay(simulation)
    let probed = try restore(simulation)
    #expect(probed.result == .restored, "\(probed.failure?.description ?? "")")
    #expect(simulation.kernel.machine.adapters[0].contexts == wanted)
    simulation.hideRDMADevices()
    simulation.kernel.update { machine in
      machine.adapters[0].vfs[1].netdev = nil
      machine.adapters[0].contexts[1].mac = [2, 0, 0, 0, 0, 0x17]
    }
    let moved = try restore(simulation)
    #expect(
      moved.failure?.message.contains("its netdev is in another network namespace") == true,
      "\(moved.failure?.description ?? "")")
  }

  @Test func `a status meanwhile is not ok, and a save waits`() throws {
    let simulation = try saved()
    try leaveUnderWay(simulation)
    let status = try Status(of: simulation.host).entries[0]
    #expect(!status.isAsSaved)
    #expect(
      status.problems.map(\.description).contains { $0.contains("VF 1: identity of its RDMA device cannot be read") })
    #expect(try Save(on: simulation.host).run([], acceptLoss: false).isUnchanged)
    #expect(try Status(of: simulation.host).entries[0].isAsSaved)
  }

  @Test func `an unbind waits until the VF was probed`() throws {
    let simulation = try saved()
    try leaveUnderWay(simulation)
    let address = simulation.kernel.machine.adapters[0].addressOfVF(1).description
    let start = simulation.tasks.now()
    try simulation.kernel.store(address, in: "/sys/bus/pci/drivers/mlx5_core/unbind")
    #expect(simulation.tasks.now() - start == .milliseconds(4900))
  }
}

/// What the driver remembers over a count of zero.
@Suite struct RememberedGUIDTests {
  @Test(arguments: [true, false]) func `a VF that comes back with another's GUID gets no driver`(inbox: Bool) throws {
    let simulation = try inbox ? Simulation.setUpInbox(guids: false) : .setUp(guids: false)
    let adapter = simulation.kernel.machine.adapters[0]
    let guid = adapter.nodeGUID + 0x100
    func give(_ vf: Int) throws {
      if inbox {
        try simulation.setVF(vf, 10, [0, 0, 0, 0] + guid.nativeBytes)
      } else {
        try simulation.write("\(try GUID(guid))", to: "sriov/\(vf)/node", of: adapter)
      }
    }
    try give(0)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    // Somebody tried it with VF 1, and gave up.
    try give(1)
    try simulation.write("0", to: "sriov_numvfs", of: adapter)
    for _ in 1...2 {
      let report = try RestoreVFs(on: simulation.host).run([]).reports[0]
      #expect(report.result == .refused)
      #expect(report.failure?.message.contains("VF 1") == true, "\(report.failure?.description ?? "")")
      #expect(simulation.kernel.machine.adapters[0].vfs.map { $0.driver == nil } == [false, true, false, false])
    }
  }

  @Test func `one whose saved GUID is unset keeps what it comes back with`() throws {
    let simulation = try Simulation.setUp(guids: false)
    let adapter = simulation.kernel.machine.adapters[0]
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    try simulation.write("0c:42:a1:03:00:b1:07:07", to: "sriov/1/node", of: adapter)
    try simulation.write("0", to: "sriov_numvfs", of: adapter)
    #expect(try RestoreVFs(on: simulation.host).run([]).reports[0].result == .restored)
    #expect(simulation.kernel.machine.adapters[0].vfs[1].probedNodeGUID == 0x0c42_a103_00b1_0707)
    #expect(try RestoreVFs(on: simulation.host).run([]).reports[0].result == .unchanged)
  }
}
