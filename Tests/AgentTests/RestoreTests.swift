import Agent
import HostInterface
import LinuxHost
import Model
import Planning
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
import Testing

/// What a person does: save, reboot.
private func savedAndRebooted(_ simulation: Simulation) throws -> Simulation {
  _ = try Save(on: simulation.host).run([], acceptLoss: false)
  simulation.reboot()
  return simulation
}

extension Simulation {
  fileprivate func restore(_ names: [String] = [], on authority: Authority = .person) throws -> [Report] {
    try RestoreVFs(on: host).run(names, on: authority).reports
  }

  fileprivate var isHealthy: Bool {
    get throws {
      try Status(of: host).entries.allSatisfy { entry in
        if case .compared(let drift) = entry.state { drift.isEmpty } else { false }
      }
    }
  }
}

@Suite struct RestoreTests {
  @Test(arguments: [1, 2], [true, false])
  func `a reboot is undone, each VF is probed once, and a second run writes nothing`(pfs: Int, guids: Bool) throws {
    let simulation = try savedAndRebooted(.setUp(pfs: pfs, guids: guids))
    let before = simulation.kernel.machine.adapters
    #expect(before.allSatisfy { $0.vfCount == 0 })
    let reports = try simulation.restore()
    #expect(reports.map(\.result) == Array(repeating: .restored, count: pfs))
    #expect(try simulation.isHealthy)
    let probes = simulation.kernel.stores.filter { $0.path.lastComponent?.string == "bind" }
    #expect(probes.count == 4 * pfs)
    for adapter in simulation.kernel.machine.adapters {
      for (vf, context) in zip(adapter.vfs, adapter.contexts) {
        #expect(context.policy == .follow)
        #expect(vf.probedNodeGUID == context.nodeGUID)
        #expect((context.nodeGUID != 0) == guids)
      }
      #expect(adapter.driversAutoprobe)
    }
    simulation.kernel.forgetStores()
    #expect(try simulation.restore().map(\.result) == Array(repeating: .unchanged, count: pfs))
    #expect(simulation.kernel.stores.isEmpty)
  }

  @Test func `PFs are restored side by side`() throws {
    let one = try savedAndRebooted(.setUp(pfs: 1))
    let three = try savedAndRebooted(.setUp(pfs: 3))
    func duration(_ simulation: Simulation) throws -> Duration {
      let start = simulation.tasks.now()
      _ = try simulation.restore()
      return simulation.tasks.now() - start
    }
    #expect(try duration(one) == duration(three))
  }

  @Test func `only the named PF is touched`() throws {
    let simulation = try savedAndRebooted(.setUp(pfs: 2))
    _ = try simulation.restore(["ibs22"])
    #expect(simulation.kernel.machine.adapters.map(\.vfCount) == [0, 4])
  }

  @Test func `a policy changed behind our back is mended with one write`() throws {
    let simulation = try savedAndRebooted(.setUp())
    _ = try simulation.restore()
    simulation.kernel.update { $0.adapters[0].contexts[2].policy = .down }
    simulation.kernel.forgetStores()
    #expect(try simulation.restore()[0].result == .restored)
    #expect(simulation.kernel.stores.map(\.text) == ["Follow"])
  }

  @Test func `a wrong count is refused to a unit and nothing is written`() throws {
    let simulation = try savedAndRebooted(.setUp())
    try simulation.write("2", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    simulation.kernel.forgetStores()
    let report = try simulation.restore(on: .unattended)[0]
    #expect(report.result == .refused)
    #expect(report.failure?.kind == .refused)
    #expect(simulation.kernel.stores.isEmpty)
  }

  // MARK: Faults

  @Test func `a count that reads right with a dead VF is a failure that names the VF`() throws {
    let simulation = try savedAndRebooted(.setUp())
    simulation.kernel.update { $0.adapters[0].faults.deadVF = 2 }
    let report = try simulation.restore()[0]
    #expect(report.result == .failed)
    #expect(report.foundVFs == 4)
    #expect(report.verdicts == [.verified, .verified, .differs, .verified])
    #expect(report.failure?.message.contains("VF 2") == true)
    // The others work all the same.
    #expect(simulation.kernel.machine.adapters[0].vfs.filter { $0.driver != nil }.count == 3)
    #expect(simulation.kernel.machine.adapters[0].driversAutoprobe)
  }

  @Test func `a policy that is ignored is found out`() throws {
    let simulation = try savedAndRebooted(.setUp())
    simulation.kernel.update { $0.adapters[0].faults.ignoresPolicy = true }
    let report = try simulation.restore()[0]
    #expect(
      report.failure?.message.contains("VF 0: policy Follow: did not read back as written: it is Down") == true)
  }

  @Test func `one VF fewer than asked is found out`() throws {
    let simulation = try savedAndRebooted(.setUp())
    simulation.kernel.update { $0.adapters[0].faults.makesOneFewer = true }
    #expect(try simulation.restore()[0].result == .failed)
  }

  @Test(arguments: [Errno.ioError, .noMemory]) func `a count write that fails cleans up, and the next run heals`(
    errno: Errno
  ) throws {
    let simulation = try savedAndRebooted(.setUp())
    simulation.kernel.update { $0.adapters[0].faults.countErrors = [errno.rawValue] }
    let report = try simulation.restore()[0]
    #expect(report.result == .failed)
    #expect(report.failure?.message.contains(errno.name) == true)
    #expect(simulation.kernel.machine.adapters[0].driversAutoprobe)
    #expect(try simulation.restore()[0].result == .restored)
  }

  @Test func `a VF without its identity is not bound`() throws {
    let simulation = try savedAndRebooted(.setUp())
    simulation.kernel.update { $0.adapters[0].faults.attributeErrors = [Errno.ioError.rawValue] }
    #expect(try simulation.restore()[0].result == .failed)
    #expect(simulation.kernel.machine.adapters[0].vfs.map { $0.driver == nil } == [true, false, false, false])
    #expect(try simulation.restore()[0].result == .restored)
  }

  @Test func `a kernel that makes the VFs of one PF after those of another is waited for`() throws {
    let simulation = try savedAndRebooted(.setUp(pfs: 3))
    simulation.kernel.update { machine in
      machine.locksPCIForCounts = true
      for pf in machine.adapters.indices { machine.adapters[pf].timing.create = 60 }
    }
    let start = simulation.tasks.now()
    #expect(try simulation.restore().map(\.result) == [.restored, .restored, .restored])
    // 4 VFs each, one PF after another.
    #expect(simulation.tasks.now() - start >= .seconds(720))
  }

  @Test func `a write that never returns is reported as stuck`() throws {
    let simulation = try savedAndRebooted(.setUp(isService: true))
    simulation.kernel.update { $0.adapters[0].faults.countWriteHangs = true }
    let report = try simulation.restore()[0]
    #expect(report.failure?.message.contains("stuck for 300 s") == true)
    // Meanwhile the service manager was told every second, and given time.
    let told = simulation.notifier.sent.filter { $0.contains("EXTEND_TIMEOUT_USEC=10000000") }
    #expect(told.count >= 300)
    // Nobody else is held up by it.
    #expect(throws: Never.self) { try Status(of: simulation.host) }
  }

  @Test func `a second run meanwhile is told so at once, and status too`() throws {
    let simulation = try savedAndRebooted(.setUp())
    let first = simulation.tasks.makeBell()
    simulation.tasks.start {
      _ = try? RestoreVFs(on: simulation.host).run([])
      first.ring()
    }
    simulation.tasks.pass(.milliseconds(300))
    let start = simulation.tasks.now()
    #expect(try simulation.restore()[0].failure?.kind == .busy)
    guard case .restoring(let holder) = try Status(of: simulation.host).entries[0].state else {
      Issue.record("not shown")
      return
    }
    #expect(holder.held == .milliseconds(300))
    #expect(simulation.tasks.now() == start)
    first.wait(until: .forever)
    #expect(try simulation.isHealthy)
  }

  @Test func `a replaced card is refused and nothing is written`() throws {
    let simulation = try savedAndRebooted(.setUp())
    simulation.kernel.update { $0.adapters[0].nodeGUID ^= 0xff00 }
    #expect(try simulation.restore()[0].result == .refused)
    #expect(simulation.kernel.stores.isEmpty)
  }

  @Test func `a card in another slot is restored there`() throws {
    let simulation = try savedAndRebooted(.setUp())
    simulation.kernel.update { machine in
      if let address = PCIAddress("c1:00.0") { machine.adapters[0].address = address }
    }
    let report = try simulation.restore()[0]
    #expect(report.result == .restored)
    #expect(report.notes == ["0000:b1:00.0 has moved to 0000:c1:00.0"])
  }

  @Test func `a dry run writes nothing`() throws {
    let simulation = try savedAndRebooted(.setUp())
    let files = simulation.disk.files
    let preview = try DryRun(of: [], on: simulation.host).previews[0]
    #expect(preview.plan.steps.count == 19)
    #expect(simulation.kernel.stores.isEmpty)
    #expect(simulation.disk.files == files)
  }

  @Test func `outcomes are kept, for good and for this boot`() throws {
    let simulation = try savedAndRebooted(.setUp())
    _ = try simulation.restore()
    let address = simulation.kernel.machine.adapters[0].address
    let outcome = OutcomeStore(simulation.disk).all().first
    #expect(outcome?.result == .restored)
    #expect(outcome?.verifiedGenerations == [1])
    #expect(simulation.disk.files["/run/sriov-persist/outcomes/\(address).json"] != nil)
  }

  @Test func `a GUID that does not stick keeps the VF from being bound, and the next run heals it`() throws {
    let simulation = try savedAndRebooted(.setUp())
    simulation.kernel.update { $0.adapters[0].faults.ignoresGUIDs = true }
    let report = try simulation.restore()[0]
    #expect(report.result == .failed)
    #expect(report.failure?.message.contains("did not read back") == true)
    #expect(simulation.kernel.machine.adapters[0].vfs.allSatisfy { $0.driver == nil })
    simulation.kernel.update { $0.adapters[0].faults.ignoresGUIDs = false }
    #expect(try simulation.restore()[0].result == .restored)
  }

  @Test func `attributes that cannot be reached: nothing is written, nothing is verified`()
    throws
  {
    let simulation = try savedAndRebooted(.setUp(guids: false))
    simulation.kernel.update { machine in
      machine.adapters[0].hasOFEDFiles = false
      machine.adapters[0].hasNetdev = false
    }
    for _ in 1...2 {
      let report = try simulation.restore()[0]
      #expect(report.failure?.kind == .unavailable)
      #expect(simulation.kernel.stores.isEmpty)
    }
    #expect(try !simulation.isHealthy)
  }

  @Test func `a PF whose RDMA device is late is waited for`() throws {
    let simulation = try savedAndRebooted(.setUp())
    let name = simulation.kernel.machine.adapters[0].rdmaDevice
    simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
    let start = simulation.tasks.now()
    simulation.tasks.start {
      simulation.tasks.pass(.milliseconds(7300))
      simulation.kernel.update { $0.adapters[0].rdmaDevice = name }
    }
    #expect(try simulation.restore(["ibs21"])[0].result == .restored)
    // Woken by the event, not by a poll: seven seconds and the restore's own.
    #expect(simulation.tasks.now() - start == .milliseconds(8300))
  }

  @Test func `a PF that cannot be told from a saved one is not taken for an unsaved one`() throws {
    let simulation = try savedAndRebooted(.setUp())
    simulation.kernel.update { machine in
      if let address = PCIAddress("c1:00.0") { machine.adapters[0].address = address }
      machine.adapters[0].rdmaDevice = nil
    }
    #expect { try simulation.restore(["0000:c1:00.0"]) } throws: { Failure($0).kind == .unavailable }
  }

  @Test func `a saved card in another saved card's slot is restored, and only it`() throws {
    let simulation = try savedAndRebooted(.setUp(pfs: 2))
    simulation.kernel.update { machine in
      let address = machine.adapters[1].address
      machine.adapters.removeLast()
      machine.adapters[0].address = address
    }
    let reports = try simulation.restore(["0000:b2:00.0"])
    #expect(reports.map(\.result) == [.restored])
    let address = simulation.kernel.machine.adapters[0].address
    _ = try simulation.restore()
    #expect(OutcomeStore(simulation.disk).load(reports[0].pf)?.pciAddress == address)
  }

  @Test func `an outcome of another card is not this one's`() throws {
    let simulation = try savedAndRebooted(.setUp())
    _ = try simulation.restore()
    var pf = try RestoreVFs(on: simulation.host).run([]).reports[0].pf
    #expect(OutcomeStore(simulation.disk).load(pf)?.result == .unchanged)
    pf.nodeGUID = try GUID(0x0c00_0000_0000_0002)
    #expect(OutcomeStore(simulation.disk).load(pf) == nil)
  }

  @Test func `a repair that binds nothing is never called stuck`() throws {
    // On real threads: the simulated ones run one at a time, and never meet in that moment.
    let simulation = try savedAndRebooted(.setUp())
    _ = try simulation.restore()
    for round in 0..<200 {
      simulation.kernel.update { $0.adapters[0].contexts[round % 4].policy = .down }
      var host = simulation.host
      host.tasks = LinuxTasks()
      let report = try RestoreVFs(on: host).run([]).reports[0]
      #expect(report.result == .restored, "\(round): \(report.failure?.description ?? "")")
    }
  }
}
