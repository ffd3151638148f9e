import Agent
import HostInterface
import Model
import Planning
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
import Testing

/// Ethernet PFs, with MLNX_OFED's files and by netlink.
@Suite struct EthernetTests {
  private func saved(files: Bool) throws -> Simulation {
    let simulation = try Simulation.setUpEthernet(files: files)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.kernel.forgetStores()
    return simulation
  }

  private func restore(_ simulation: Simulation, on authority: Authority = .person) throws -> Report {
    try RestoreVFs(on: simulation.host).run([], on: authority).reports[0]
  }

  @Test(arguments: [true, false]) func `what is saved is what a person gave, in a form to edit`(files: Bool) throws {
    let simulation = try Simulation.setUpEthernet(files: files)
    let result = try Save(on: simulation.host).run([], acceptLoss: false)
    #expect(result.warnings == [])
    let adapter = result.snapshot.adapters[0]
    #expect(adapter.eswitchMode == .legacy)
    #expect(
      adapter.vfs[1].attributes.mapValues(\.description) == [
        .mac: "02:42:a1:00:01:01", .vlan: "101:1:802.1q", .rate: "100:1001", .spoofCheck: "on", .trust: "on",
        .policy: "Up",
      ])
    #expect(
      adapter.vfs[3].attributes.mapValues(\.description) == [
        .mac: "02:42:a1:00:01:03", .vlan: "0:0:802.1q", .rate: "0:0", .spoofCheck: "off", .trust: "off",
        .policy: "Follow",
      ])
    #expect(try GenerationStore(simulation.disk).current().generation?.snapshot == result.snapshot)
  }

  @Test(arguments: [true, false], [true, false]) func `a reboot is undone, and a second run writes nothing`(
    files: Bool, filesAfterwards: Bool
  ) throws {
    let simulation = try saved(files: files)
    let before = simulation.kernel.machine.adapters[0].contexts
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].hasOFEDFiles = filesAfterwards }
    let report = try restore(simulation)
    #expect(report.result == .restored, "\(report.failure?.description ?? "")")
    #expect(report.notVisible.isEmpty)
    let adapter = simulation.kernel.machine.adapters[0]
    #expect(adapter.contexts == before)
    #expect(simulation.kernel.stores.filter { $0.path.lastComponent?.string == "bind" }.count == 4)
    #expect(zip(adapter.vfs, adapter.contexts).allSatisfy { $0.probedNodeGUID == $1.nodeGUID && $1.nodeGUID != 0 })
    simulation.kernel.forgetStores()
    #expect(try restore(simulation).result == .unchanged)
    #expect(simulation.kernel.stores.isEmpty)
  }

  struct Change: Sendable {
    let change: @Sendable (inout VFContext) -> Void
    let steps: [String]
  }

  static let changes = [
    Change(change: { $0.vlan.id = 7 }, steps: ["VF 1: VLAN 101:1:802.1q"]),
    Change(change: { $0.vlan.qos = 0 }, steps: ["VF 1: VLAN 101:1:802.1q"]),
    Change(change: { $0.vlan.type = 0x88a8 }, steps: ["VF 1: VLAN 101:1:802.1q"]),
    Change(change: { $0.minRate = 0 }, steps: ["VF 1: rate 100:1001"]),
    Change(change: { ($0.minRate, $0.maxRate) = (2000, 3000) }, steps: ["VF 1: rate 100:1001"]),
    Change(change: { ($0.minRate, $0.maxRate) = (10, 50) }, steps: ["VF 1: rate 100:1001"]),
    Change(change: { $0.spoofCheck = false }, steps: ["VF 1: spoof check on"]),
    Change(change: { $0.trust = false }, steps: ["VF 1: trust on"]),
    Change(change: { $0.policy = .down }, steps: ["VF 1: policy Up"]),
    Change(
      change: { $0.mac[5] = 99 },
      steps: ["VF 1: unbind from mlx5_core", "VF 1: MAC 02:42:a1:00:01:01", "VF 1: bind to mlx5_core"]),
  ]

  @Test(arguments: changes.indices, [true, false]) func `what was changed, and nothing else, is written`(
    index: Int, files: Bool
  ) throws {
    let simulation = try saved(files: files)
    let before = simulation.kernel.machine.adapters[0].contexts
    simulation.kernel.update { Self.changes[index].change(&$0.adapters[0].contexts[1]) }
    let report = try restore(simulation, on: .unattended)
    #expect(report.result == .restored)
    #expect(report.steps.map(\.words) == Self.changes[index].steps)
    #expect(simulation.kernel.machine.adapters[0].contexts == before)
  }

  @Test(arguments: [true, false]) func `a held VF keeps its MAC and VLAN; its rate, trust and policy are repaired`(
    files: Bool
  ) throws {
    let simulation = try saved(files: files)
    let before = simulation.kernel.machine.adapters[0].contexts
    simulation.kernel.update { machine in
      machine.adapters[0].vfs[1].users = [17]
      machine.adapters[0].contexts[1].mac[5] = 99
      machine.adapters[0].contexts[1].vlan.id = 7
      machine.adapters[0].contexts[1].trust = false
      machine.adapters[0].contexts[1].maxRate = 0
      machine.adapters[0].contexts[1].policy = .down
      machine.adapters[0].contexts[2].vlan.id = 8
    }
    let report = try restore(simulation)
    #expect(report.result == .refused)
    #expect(report.failure?.message.contains("VF 1: in use, its RDMA device is used by pid 17") == true)
    #expect(
      report.steps.map(\.words) == [
        "VF 1: rate 100:1001", "VF 1: trust on", "VF 1: policy Up", "VF 2: VLAN 102:2:802.1q",
      ])
    let context = simulation.kernel.machine.adapters[0].contexts[1]
    #expect(context.mac[5] == 99 && context.vlan.id == 7)
    #expect(try restore(simulation, on: .replacing).result == .restored)
    #expect(simulation.kernel.machine.adapters[0].contexts == before)
  }

  @Test func `a VF that comes into use before its VLAN is written keeps it`() throws {
    let simulation = try saved(files: true)
    simulation.kernel.update { machine in
      machine.adapters[0].contexts[0].spoofCheck = false
      machine.adapters[0].contexts[1].vlan.id = 7
    }
    simulation.kernel.onStore("spoofcheck") { $0.adapters[0].vfs[1].users = [17] }
    let report = try restore(simulation)
    #expect(report.failure?.message.contains("VF 1 (0000:b1:00.2) has just come into use") == true)
    #expect(simulation.kernel.machine.adapters[0].contexts[1].vlan.id == 7)
  }

  @Test(arguments: [true, false]) func `a VF that was probed before it had its MAC is bound anew`(files: Bool) throws {
    let simulation = try saved(files: files)
    simulation.kernel.update { $0.adapters[0].vfs[2].probedNodeGUID = 0 }
    #expect(try restore(simulation).steps.map(\.words) == ["VF 2: unbind from mlx5_core", "VF 2: bind to mlx5_core"])
    // Somebody gave it a node GUID of another kind: that is not ours.
    simulation.kernel.update { $0.adapters[0].vfs[2].probedNodeGUID = 0x0c42_a103_00b1_0000 }
    #expect(try restore(simulation).result == .unchanged)
  }

  @Test(arguments: [true, false]) func `a MAC that was never set is not set, and warned of`(files: Bool) throws {
    let simulation = try Simulation.setUpEthernet(files: files)
    simulation.kernel.update { machine in
      (machine.adapters[0].contexts[1].mac, machine.adapters[0].contexts[1].nodeGUID) = ([0, 0, 0, 0, 0, 0], 0)
    }
    let result = try Save(on: simulation.host).run([], acceptLoss: false)
    #expect(result.warnings.count == 1)
    let warning = try #require(result.warnings.first)
    #expect(warning.contains("VF 1 has no MAC"))
    #expect(warning.contains("ip link set dev ens1f0 vf <n> mac <MAC>"))
    simulation.reboot()
    #expect(try restore(simulation).result == .restored)
    #expect(simulation.kernel.machine.adapters[0].contexts[1].mac == [0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: [true, false]) func `in switchdev mode nothing is saved or tried that is not ours`(files: Bool)
    throws
  {
    let simulation = try Simulation.setUpEthernet(files: files)
    simulation.kernel.update { $0.adapters[0].isSwitchdev = true }
    let adapter = try Save(on: simulation.host).run([], acceptLoss: false).snapshot.adapters[0]
    #expect(adapter.eswitchMode == .switchdev)
    #expect(adapter.pf.netdev == "ens1f0")
    #expect(adapter.vfs.allSatisfy { Set($0.attributes.keys) == [.mac, .rate] })
    simulation.reboot()
    #expect(try restore(simulation).result == .restored)
    #expect(simulation.kernel.machine.adapters[0].contexts.prefix(4).allSatisfy { $0.mac[1] == 0x42 })
  }

  @Test(arguments: [true, false]) func `another eswitch mode is told, and what it hides is no drift`(files: Bool) throws
  {
    let simulation = try saved(files: files)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].isSwitchdev = true }
    let report = try restore(simulation)
    #expect(report.result == .restored, "\(report.failure?.description ?? "")")
    #expect(report.notes == ["eswitch mode is switchdev, saved legacy: it is for devlink to set"])
    #expect(report.notVisible.contains { $0.description == "VF 1: VLAN not compared: the PF is in switchdev mode" })
    #expect(!report.steps.contains { $0.words.contains("VLAN") || $0.words.contains("trust") })
    guard case .compared(let drift) = try Status(of: simulation.host).entries[0].state else {
      Issue.record("not compared")
      return
    }
    #expect(drift.isEmpty)
    #expect(drift.notes.count == 1)
  }

  @Test func `VFs of a PF that spoke another language are not made`() throws {
    let simulation = try saved(files: true)
    simulation.kernel.update { $0.adapters[0].linkLayer = .infiniBand }
    simulation.reboot()
    let report = try restore(simulation)
    #expect(report.result == .refused)
    #expect(report.failure?.message.contains("is InfiniBand now, and its VFs were saved as Ethernet") == true)
    #expect(simulation.kernel.stores.isEmpty)
  }

  @Test(arguments: [true, false]) func `an Ethernet PF without an RDMA device is known by its MAC`(files: Bool) throws {
    let simulation = try Simulation.setUpEthernet(files: files)
    simulation.hideRDMADevices()
    let saved = try Save(on: simulation.host).run([], acceptLoss: false).snapshot.adapters[0]
    #expect(saved.pf.nodeGUID == nil)
    #expect(saved.pf.macAddress?.description == "0c:42:a1:b1:00:00")
    let before = simulation.kernel.machine.adapters[0].contexts
    simulation.reboot()
    simulation.hideRDMADevices()
    let start = simulation.tasks.now()
    let report = try restore(simulation)
    #expect(report.result == .restored, "\(report.failure?.description ?? "")")
    #expect(report.notes == ["0000:b1:00.0 is known by its MAC; its node GUID cannot be read"])
    #expect(simulation.tasks.now() - start < .seconds(5))
    #expect(simulation.kernel.machine.adapters[0].contexts == before)
    #expect(try RestoreNetwork(on: simulation.host).run([], within: .zero).ports.allSatisfy(\.isReady))
    // Another card in its place is not taken for it.
    simulation.kernel.update { $0.adapters[0].nodeGUID ^= 0xff }
    #expect(try restore(simulation).result == .refused)
  }

  @Test func `a PF that was saved with a node GUID is waited for until it shows it, or not at all`() throws {
    let simulation = try saved(files: true)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
    let start = simulation.tasks.now()
    #expect(try restore(simulation).result == .restored)
    #expect(simulation.tasks.now() - start > .seconds(30))
    // A save now is one of the same PF, not of another.
    #expect(try Save(on: simulation.host).run([], acceptLoss: false).snapshot.adapters.count == 1)
  }

  @Test func `the netdev is waited for where there are no files`() throws {
    let simulation = try saved(files: false)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].hasNetdev = false }
    let report = try restore(simulation)
    #expect(report.failure?.kind == .unavailable)
    #expect(simulation.kernel.stores.isEmpty)
    simulation.kernel.update { $0.adapters[0].hasNetdev = true }
    #expect(try restore(simulation).result == .restored)
  }
}
