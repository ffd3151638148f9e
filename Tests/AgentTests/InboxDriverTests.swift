import Agent
import HostInterface
import Model
import Planning
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
import Testing

/// InfiniBand PFs with the kernel's own driver: attributes go by netlink, through the PF's IPoIB netdev.
@Suite struct InboxDriverTests {
  private func savedAndRebooted(_ simulation: Simulation) throws -> Simulation {
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.reboot()
    return simulation
  }

  private func restore(_ simulation: Simulation) throws -> Report {
    try RestoreVFs(on: simulation.host).run([]).reports[0]
  }

  /// What is written by netlink.
  private func settings(_ simulation: Simulation) -> [SimulatedKernel.Store] {
    simulation.kernel.stores.filter { $0.path.string.hasPrefix("/rtnetlink/") }
  }

  @Test(arguments: [(1, 4), (2, 4), (1, 40)])
  func `a reboot is undone, each VF is probed once, and a second run writes nothing`(pfs: Int, vfs: Int) throws {
    let simulation = try Simulation.setUpInbox(pfs: pfs, vfs: vfs)
    let before = simulation.kernel.machine.adapters.map(\.contexts)
    _ = try savedAndRebooted(simulation)
    let reports = try RestoreVFs(on: simulation.host).run([]).reports
    #expect(reports.map(\.result) == Array(repeating: .restored, count: pfs))
    #expect(reports.allSatisfy { $0.notVisible.isEmpty })
    #expect(simulation.kernel.machine.adapters.map(\.contexts) == before)
    #expect(simulation.kernel.stores.filter { $0.path.lastComponent?.string == "bind" }.count == vfs * pfs)
    #expect(settings(simulation).count == 3 * vfs * pfs)
    for adapter in simulation.kernel.machine.adapters {
      #expect(zip(adapter.vfs, adapter.contexts).allSatisfy { $0.probedPortGUID == $1.portGUID && $1.portGUID != 0 })
    }
    simulation.kernel.forgetStores()
    #expect(try restore(simulation).result == .unchanged)
    #expect(simulation.kernel.stores.isEmpty)
  }

  @Test func `a policy changed behind our back is the one thing written`() throws {
    let simulation = try Simulation.setUpInbox()
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    try simulation.setVF(2, 5, VFPolicy.down.linkState.nativeBytes)
    simulation.kernel.forgetStores()
    #expect(try restore(simulation).steps.map(\.words) == ["VF 2: policy Follow"])
    #expect(simulation.kernel.stores.map(\.path) == ["/rtnetlink/2/5"])
  }

  @Test func `what was never set is not set, and the warning says how`() throws {
    let simulation = try Simulation.setUpInbox(guids: false, policy: .down)
    let result = try Save(on: simulation.host).run([], acceptLoss: false)
    #expect(
      result.warnings.filter { $0.contains("VFs 0-3 have") } == [
        """
        0000:b1:00.0 (mlx5_0): VFs 0-3 have no GUIDs: a port without a GUID is down, and stays down after a restore; let them be \
        generated: sriov-persist save --generate-guids; or give them your own: ip link set dev ibs21 vf <n> \
        node_guid <GUID>; the same with port_guid; bind the VF anew
        """,
        """
        0000:b1:00.0 (mlx5_0): VFs 0-3 have policy Down: a port with this policy stays down; run: ip link set dev ibs21 vf <n> \
        state auto; then save again
        """,
      ])
    simulation.reboot()
    #expect(try restore(simulation).result == .restored)
    #expect(settings(simulation).map(\.path) == Array(repeating: "/rtnetlink/2/5", count: 4))
  }

  @Test func `a save with one driver is restored with the other`() throws {
    let simulation = try savedAndRebooted(.setUpInbox())
    simulation.kernel.update { $0.adapters[0].hasOFEDFiles = true }
    #expect(try restore(simulation).result == .restored)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].hasOFEDFiles = false }
    #expect(try restore(simulation).result == .restored)
  }

  @Test func `an IPoIB netdev that comes late is waited for, by events`() throws {
    let simulation = try savedAndRebooted(.setUpInbox(isService: true))
    simulation.kernel.update { $0.adapters[0].hasNetdev = false }
    let start = simulation.tasks.now()
    simulation.tasks.start {
      simulation.tasks.pass(.milliseconds(10_300))
      simulation.kernel.update { $0.adapters[0].hasNetdev = true }
    }
    #expect(try restore(simulation).result == .restored)
    // Ten seconds and the restore's own.
    #expect(simulation.tasks.now() - start == .milliseconds(11_300))
    let told = simulation.notifier.sent.joined()
    #expect(told.contains { $0 == "STATUS=waiting for the netdev of 0000:b1:00.0 (mlx5_0)" })
    #expect(told.contains { $0.hasPrefix("EXTEND_TIMEOUT_USEC=") })
  }

  @Test(arguments: [nil, 0, 5] as [Int?]) func `one that never comes ends in words, and nothing is written`(
    configured: Int?
  ) throws {
    let simulation = try savedAndRebooted(.setUpInbox())
    if let configured {
      simulation.disk.files[Configuration.path.string] = .init(contents: "{\"netdevSeconds\": \(configured)}")
    }
    simulation.kernel.update { $0.adapters[0].hasNetdev = false }
    let start = simulation.tasks.now()
    let report = try restore(simulation)
    #expect(simulation.tasks.now() - start == .seconds(configured ?? 30))
    #expect(report.failure?.kind == .unavailable)
    #expect(report.failure?.description.contains("modprobe ib_ipoib") == true)
    #expect(simulation.kernel.stores.isEmpty)
    simulation.kernel.update { $0.adapters[0].hasNetdev = true }
    #expect(try restore(simulation).result == .restored)
  }

  @Test func `without attributes saved no netdev is waited for`() throws {
    let simulation = try Simulation.setUpInbox(guids: false)
    simulation.kernel.update { $0.adapters[0].hasNetdev = false }
    let result = try Save(on: simulation.host).run([], acceptLoss: false)
    #expect(
      result.warnings.contains {
        $0.contains("only the VF count and the GUIDs that VFs show are saved: it has no IPoIB netdev here")
      })
    simulation.reboot()
    let start = simulation.tasks.now()
    #expect(try restore(simulation).result == .restored)
    #expect(simulation.tasks.now() - start < .seconds(5))
  }

  @Test func `a netdev that is gone again is no drift, and GUIDs are still compared`() throws {
    let simulation = try savedAndRebooted(.setUpInbox())
    _ = try restore(simulation)
    simulation.kernel.update { $0.adapters[0].hasNetdev = false }
    simulation.kernel.forgetStores()
    let report = try restore(simulation)
    #expect(report.result == .unchanged, "\(report.failure?.description ?? "")")
    #expect(Set(report.notVisible.map(\.name)) == ["policy"])
    simulation.kernel.update { $0.adapters[0].vfs[1].probedNodeGUID = 0x10 }
    #expect(try restore(simulation).failure?.kind == .unavailable)
    // VFs that have no driver, and of which nobody can tell who they are, are not given to one.
    simulation.kernel.update { machine in
      (machine.adapters[0].vfs[1].driver, machine.adapters[0].vfs[1].rdmaDevice) = (nil, nil)
    }
    #expect(try restore(simulation).failure?.kind == .unavailable)
    #expect(simulation.kernel.stores.isEmpty)
  }

  @Test func `a policy that could not be written and cannot be seen is not taken for right`() throws {
    let simulation = try savedAndRebooted(.setUpInbox())
    let kernel = simulation.kernel
    var host = simulation.host
    host.netlink = Meddler { request throws(NetlinkError) in
      // The type of the one attribute, and the VF's number: the last write that there is.
      let bytes = request.payload
      let isPolicy = request.command.name == "RTM_SETLINK" && bytes[26] == 5 && bytes[28] == 3
      if isPolicy { kernel.update { $0.adapters[0].hasNetdev = false } }
      return try kernel.exchange(request)
    }
    let report = try RestoreVFs(on: host).run([]).reports[0]
    #expect(report.remaining.isEmpty)
    #expect(report.result == .failed)
    #expect(report.failure?.message.contains("policy") == true, "\(report.failure?.description ?? "")")
    #expect(throws: Failure.self) { try Save(on: simulation.host).run([], acceptLoss: false) }
  }

  @Test func `GUIDs are saved without a netdev too`() throws {
    let simulation = try Simulation.setUpInbox()
    simulation.kernel.update { $0.adapters[0].hasNetdev = false }
    let saved = try Save(on: simulation.host).run([], acceptLoss: false).snapshot.adapters[0]
    let guid = try GUID(simulation.kernel.machine.adapters[0].contexts[1].nodeGUID)
    #expect(saved.vfs[1].attributes[.nodeGUID] == .guid(guid))
    #expect(saved.vfs[1].attributes[.policy] == nil)
  }

  @Test func `a GUID that is not seen and so not saved is named`() throws {
    let simulation = try Simulation.setUpInbox()
    simulation.kernel.update { machine in
      machine.routeNetlink.tellsGUIDs = false
      (machine.adapters[0].vfs[1].rdmaDevice, machine.adapters[0].vfs[1].netdev) = (nil, nil)
    }
    let warnings = try Save(on: simulation.host).run([], acceptLoss: false).warnings
    #expect(warnings.count == 2)
    #expect(warnings.contains { $0.contains("VF 1 is saved without node GUID: this kernel tells no node GUID") })
  }

  @Test func `a signal ends the wait`() throws {
    let simulation = try savedAndRebooted(.setUpInbox())
    simulation.kernel.update { $0.adapters[0].hasNetdev = false }
    let start = simulation.tasks.now()
    simulation.tasks.start {
      simulation.tasks.pass(.seconds(3))
      simulation.tasks.terminate()
    }
    #expect(try restore(simulation).result != .restored)
    #expect(simulation.tasks.now() - start < .seconds(10))
  }

  @Test func `a kernel that tells no GUIDs is verified by the VFs' own RDMA devices`() throws {
    let simulation = try savedAndRebooted(.setUpInbox())
    simulation.kernel.update { $0.routeNetlink.tellsGUIDs = false }
    let report = try restore(simulation)
    #expect(report.result == .restored)
    #expect(report.notVisible.isEmpty)
    simulation.kernel.update { machine in
      machine.sharesRDMADevices = false
      machine.adapters[0].vfs[1].rdmaDevice = nil
    }
    let again = try restore(simulation)
    #expect(again.result == .unchanged)
    #expect(
      again.notVisible.map(\.description).contains(
        "VF 1: node GUID not compared: this kernel tells no node GUID by netlink"))
    #expect(Set(again.notVisible.map(\.vf)) == [1])
  }

  @Test func `GUIDs of a VF that vfio-pci has are known, and are what they were`() throws {
    let simulation = try Simulation.setUpInbox()
    simulation.kernel.update { machine in
      (machine.adapters[0].vfs[1].driver, machine.adapters[0].vfs[1].driverOverride) = ("vfio-pci", "vfio-pci")
      (machine.adapters[0].vfs[1].rdmaDevice, machine.adapters[0].vfs[1].netdev) = (nil, nil)
    }
    let before = simulation.kernel.machine.adapters[0].contexts
    _ = try savedAndRebooted(simulation)
    #expect(try restore(simulation).result == .restored)
    let adapter = simulation.kernel.machine.adapters[0]
    #expect(adapter.contexts == before)
    #expect(adapter.vfs.map(\.driver) == ["mlx5_core", "vfio-pci", "mlx5_core", "mlx5_core"])
  }

  @Test func `a write that the kernel refuses is told with its errno and the message's name`() throws {
    let simulation = try savedAndRebooted(.setUpInbox(vfs: 2))
    simulation.kernel.update { $0.adapters[0].faults.attributeErrors = [Errno.ioError.rawValue] }
    let report = try restore(simulation)
    #expect(report.result == .failed)
    #expect(report.failure?.message.contains("VF 0: node GUID 0c:42:a1:03:00:b1:01:00: EIO") == true)
    #expect(report.failure?.message.contains("(RTM_SETLINK)") == true)
    #expect(simulation.kernel.machine.adapters[0].vfs.map(\.driver) == [nil, "mlx5_core"])
    #expect(try restore(simulation).result == .restored)
  }

  @Test func `policies that are ignored are found out, and GUIDs that the driver says back all the same`() throws {
    let simulation = try savedAndRebooted(.setUpInbox())
    simulation.kernel.update { $0.adapters[0].faults.ignoresGUIDs = true }
    let report = try restore(simulation)
    #expect(report.result == .failed)
    #expect(report.remaining.map(\.description).contains { $0.contains("VF 3: port GUID of its RDMA device is unset") })
    simulation.kernel.update { machine in
      machine.adapters[0].faults.ignoresGUIDs = false
      machine.adapters[0].faults.ignoresPolicy = true
      for vf in 0..<4 { machine.adapters[0].contexts[vf].policy = .down }
    }
    #expect(try restore(simulation).result == .failed)
    // The driver said the right GUIDs all along: they were sent again.
    let adapter = simulation.kernel.machine.adapters[0]
    #expect(zip(adapter.vfs, adapter.contexts).allSatisfy { $0.probedPortGUID == $1.rememberedPortGUID })
    simulation.kernel.update { $0.adapters[0].faults.ignoresPolicy = false }
    #expect(try restore(simulation).result == .restored)
  }

  @Test(arguments: 0..<22) func `killed before any write, the next run heals`(store: Int) throws {
    let simulation = try Simulation.setUpInbox()
    let before = simulation.kernel.machine.adapters[0].contexts
    _ = try savedAndRebooted(simulation)
    simulation.kernel.killProcess(beforeStore: store)
    _ = try RestoreVFs(on: simulation.host).run([])
    simulation.kernel.startProcess()
    #expect(try restore(simulation).failure == nil)
    #expect(simulation.kernel.machine.adapters[0].contexts == before)
    #expect(simulation.kernel.machine.adapters[0].driversAutoprobe)
  }
}
