import Agent
import HostInterface
import Model
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite struct SaveTests {
  private func save(_ simulation: Simulation, _ names: [String] = [], acceptLoss: Bool = false) throws -> Save.Result {
    try Save(on: simulation.host).run(names, acceptLoss: acceptLoss)
  }

  @Test func `a PF without VFs that cannot be identified costs the others nothing, and is named`() throws {
    let simulation = try Simulation.setUp(pfs: 2)
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    try simulation.write("0", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[1])
    simulation.kernel.update { machine in
      machine.adapters[1].rdmaDevice = nil
      machine.adapters[1].hasNetdev = false
      machine.adapters[0].contexts[0].policy = .up
    }
    let result = try Save(on: simulation.host).run([], acceptLoss: false)
    #expect(result.generation == 2 && result.looked.map(\.description) == ["0000:b1:00.0"])
    #expect(result.snapshot.adapters.map(\.vfs.count) == [4, 4])
    #expect(
      result.warnings.filter { $0.contains("0000:b2:00.0") } == [
        "0000:b2:00.0 is not saved: it has no VFs, and shows neither the node GUID nor the MAC by which to know it again; "
          + "what was saved at its address is kept"
      ])
    #expect(kind { _ = try Save(on: simulation.host).run(["0000:b2:00.0"], acceptLoss: false) } == .unavailable)
    simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
    #expect(kind { _ = try Save(on: simulation.host).run([], acceptLoss: false) } == .unavailable)
  }

  @Test func `a PF with VFs that cannot be identified is no PF to leave out`() throws {
    let simulation = try Simulation.setUp(pfs: 2)
    simulation.kernel.update { $0.adapters[1].rdmaDevice = nil }
    #expect(kind { _ = try Save(on: simulation.host).run([], acceptLoss: false) } == .unavailable)
  }

  @Test(arguments: [true, false]) func `a ConnectX-3 is named as not supported, and no driver is to be loaded`(
    isBound: Bool
  ) throws {
    let simulation = try Simulation.setUp()
    _ = try Save(on: simulation.host).run([], acceptLoss: false)
    simulation.reboot()
    simulation.kernel.update { machine in
      machine.adapters[0].deviceID = "1003"
      machine.adapters[0].isBound = isBound
    }
    let ofSave = #expect(throws: Failure.self) { try save(simulation) }
    for failure in [try RestoreVFs(on: simulation.host).run([]).reports[0].failure, ofSave] {
      #expect(failure?.message.contains("ConnectX-3 or older") == true)
      #expect(failure?.description.contains("modprobe") == false)
    }
  }

  @Test func `everything is written down`() throws {
    let simulation = try Simulation.setUp()
    let adapter = try save(simulation).snapshot.adapters[0]
    #expect(adapter.pf.nodeGUID?.description == "0c:42:a1:03:00:b1:00:00")
    #expect(adapter.pf.boardID == "MT_0000000008")
    #expect(adapter.pf.deviceID == "1017")
    #expect(adapter.pf.rdmaDevice == "mlx5_0")
    #expect(adapter.pf.netdev == "ibs21")
    #expect(adapter.vfs.map(\.driver) == Array(repeating: "mlx5_core", count: 4))
    #expect(adapter.vfs[3].attributes[.policy] == .policy(.follow))
    #expect(adapter.vfs[3].attributes[.nodeGUID] == .guid(try GUID("0c:42:a1:03:00:b1:04:00")))
    #expect(adapter.vfs[3].attributes[.portGUID] == .guid(try GUID("0c:42:a1:03:00:b1:04:01")))
    #expect(simulation.kernel.stores.isEmpty, "save writes nothing to the kernel")
  }

  @Test func `the guide's own host is saved with a warning: its GUIDs were never set`() throws {
    let result = try save(.setUp(guids: false))
    #expect(result.snapshot.adapters[0].vfs.allSatisfy { $0.attributes.keys.map(\.self) == [.policy] })
    #expect(result.warnings.count == 1)
    #expect(result.warnings[0].contains("VFs 0-3 have no GUIDs"))
  }

  @Test func `a VF of another host is no PF`() throws {
    let simulation = Simulation(.guide)
    simulation.kernel.update { machine in
      machine.adapters[0].totalVFs = 0
      machine.adapters[0].deviceID = "1018"
    }
    #expect {
      try save(simulation)
    } throws: { error in
      (error as? Failure)?.kind == .notFound && "\(error)".contains("0000:b1:00.0 is a VF of another host's")
    }
  }

  @Test func `policy Down is saved with a warning`() throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { $0.adapters[0].contexts[1].policy = .down }
    #expect(try save(simulation).warnings.map { $0.contains("VF 1 has policy Down") } == [true])
  }

  @Test func `saving the same again writes nothing`() throws {
    let simulation = try Simulation.setUp()
    #expect(try !save(simulation).isUnchanged)
    #expect(try save(simulation).isUnchanged)
    #expect(try GenerationStore(simulation.disk).numbers() == [1])
  }

  @Test func `fewer VFs than saved are refused, unless told`() throws {
    let simulation = try Simulation.setUp()
    _ = try save(simulation)
    simulation.reboot()
    #expect(kind { _ = try save(simulation) } == .refused)
    #expect(try GenerationStore(simulation.disk).numbers() == [1])
    #expect(try save(simulation, acceptLoss: true).snapshot.adapters[0].vfs.isEmpty)
  }

  @Test func `what a failed restore left is not saved, unless told`() throws {
    let simulation = try Simulation.setUp()
    _ = try save(simulation)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.ignoresPolicy = true }
    #expect(try RestoreVFs(on: simulation.host).run([]).reports[0].result == .failed)
    #expect(kind { _ = try save(simulation) } == .refused)
    #expect(try save(simulation, acceptLoss: true).generation == 2)
  }

  @Test(arguments: [UInt64.max, 0x0d42_a103_00b1_0000]) func `an identity that must not come back is refused`(
    guid: UInt64
  ) throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { $0.adapters[0].contexts[1].nodeGUID = guid }
    #expect(kind { _ = try save(simulation) } == .refused)
  }

  @Test func `what is said to be saved already is on disk, whoever wrote it`() throws {
    let simulation = try Simulation.setUp()
    _ = try save(simulation)
    simulation.kernel.update { $0.adapters[0].contexts[0].policy = .up }
    for _ in 1...2 {
      simulation.disk.failSyncs(1)
      #expect(kind { _ = try save(simulation) } == .writeFailed)
    }
    let again = try save(simulation)
    #expect(again.isUnchanged && again.generation == 2)
    simulation.reboot(cuttingPower: true)
    #expect(try GenerationStore(simulation.disk).current().generation?.number == 2)
  }

  @Test func `a copy that a person made is on disk before it is said to be saved`() throws {
    let simulation = try Simulation.setUp()
    let path = try save(simulation).path.string
    simulation.disk.copy(path, to: path.replacing("1.json", with: "2.json"))
    #expect(try save(simulation).generation == 2)
    simulation.reboot(cuttingPower: true)
    let (generation, damaged) = try GenerationStore(simulation.disk).current()
    #expect(generation?.number == 2 && damaged.isEmpty)
  }

  @Test func `a save on a host without a VF says what it is good for, and the command that is meant`() throws {
    let empty = try save(.setUp(pfs: 2, vfs: 0))
    let words = [
      "makes none", "echo <number> > /sys/bus/pci/devices/0000:b1:00.0/sriov_numvfs", "run: sriov-persist save",
    ]
    for word in words { #expect(empty.warnings.contains { $0.contains(word) }, "\(empty.warnings)") }
    let half = try Simulation.setUp(pfs: 2)
    try half.write("0", to: "sriov_numvfs", of: half.kernel.machine.adapters[0])
    #expect(try save(half).warnings.isEmpty, "one of them is meant to have none")
  }

  @Test func `an accepted failure that cannot be noted is a warning: the generation is written`() throws {
    let simulation = try Simulation.setUp()
    _ = try save(simulation)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.ignoresPolicy = true }
    #expect(try RestoreVFs(on: simulation.host).run([]).reports[0].result == .failed)
    simulation.disk.failSyncs(1, below: "/var/lib/sriov-persist/outcomes")
    let result = try save(simulation, acceptLoss: true)
    #expect(result.generation == 2 && result.warnings.contains { $0.contains("EIO") })
  }

  @Test func `what runs at boot is read once, however many PFs there are`() throws {
    let simulation = try Simulation.setUp(pfs: 3)
    _ = try save(simulation)
    #expect(simulation.disk.reads(of: "/etc/rc.local") == 1)
  }

  @Test func `two VFs with one GUID are refused`() throws {
    let simulation = try Simulation.setUp(pfs: 2)
    simulation.kernel.update { $0.adapters[1].contexts[0].portGUID = $0.adapters[0].contexts[0].portGUID }
    #expect(kind { _ = try save(simulation) } == .refused)
  }

  @Test func `PFs that were not asked about, or are away, stay as they were saved`() throws {
    let simulation = try Simulation.setUp(pfs: 2)
    _ = try save(simulation)
    simulation.kernel.update { machine in
      for index in 0...1 { machine.adapters[index].contexts[0].policy = .up }
    }
    let second = try save(simulation, ["0000:b2:00.0"]).snapshot.adapters
    #expect(second.map { $0.vfs[0].attributes[.policy] } == [.policy(.follow), .policy(.up)])
    simulation.kernel.update { _ = $0.adapters.removeFirst() }
    let result = try save(simulation)
    #expect(result.snapshot.adapters.count == 2)
    #expect(result.warnings.contains { $0.contains("is not on this host now") })
  }

  @Test func `a host without an adapter, without SR-IOV, and an unknown name are told apart`() throws {
    #expect(
      throws: Failure(
        .notFound, "this host has no mlx5 adapter", remedy: "look whether the adapter is seated: lspci -d 15b3:")
    ) {
      try save(Simulation(Machine(adapters: [])))
    }
    #expect {
      try save(Simulation(Machine(adapters: [SimulatedAdapter(at: "b1:00.0", netdev: "ibs21", totalVFs: 0)])))
    } throws: { Failure($0).description.contains("SRIOV_EN=1") }
    #expect { try save(.setUp(), ["mlx5_7"]) } throws: { Failure($0).description.contains("0000:b1:00.0 (mlx5_0)") }
  }

  @Test func `only root saves`() throws {
    let simulation = try Simulation.setUp()
    simulation.isPrivileged = false
    #expect(kind { _ = try save(simulation) } == .notPermitted)
  }

  @Test func `a disk that cannot be written is an error, and no generation`() throws {
    let simulation = try Simulation.setUp()
    simulation.disk.failWrites(.readOnlyFileSystem)
    #expect(kind { _ = try save(simulation) } == .writeFailed)
    #expect(simulation.disk.files.isEmpty)
  }

  @Test func `a PF that nothing but its address tells is not saved`() throws {
    let simulation = try Simulation.setUp()
    _ = try save(simulation)
    simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
    #expect(kind { _ = try save(simulation) } == .unavailable)
    #expect(try GenerationStore(simulation.disk).numbers() == [1])
  }

  @Test func `VFs that somebody is just making are not saved by halves`() throws {
    let simulation = try Simulation.setUp(vfs: 0)
    simulation.tasks.start {
      try? simulation.write("4", to: "mlx5_num_vfs", of: simulation.kernel.machine.adapters[0])
    }
    simulation.tasks.pass(.milliseconds(450))
    #expect(kind { _ = try save(simulation) } == .busy)
    simulation.tasks.pass(.seconds(10))
    #expect(try save(simulation).snapshot.adapters[0].vfs.count == 4)
  }

  @Test func `reading the count waits for whoever makes VFs through the kernel's own file`() throws {
    let simulation = try Simulation.setUp(vfs: 0)
    simulation.tasks.start {
      try? simulation.write("4", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    }
    simulation.tasks.pass(.milliseconds(50))
    #expect(try save(simulation).snapshot.adapters[0].vfs.count == 4)
  }

  @Test func `two cards that swapped their slots are both kept`() throws {
    let simulation = try Simulation.setUp(pfs: 2)
    _ = try save(simulation)
    simulation.kernel.update { machine in
      let address = machine.adapters[0].address
      machine.adapters[0].address = machine.adapters[1].address
      machine.adapters[1].address = address
    }
    let snapshot = try save(simulation, ["0000:b1:00.0"]).snapshot
    #expect(Set(snapshot.adapters.compactMap(\.pf.nodeGUID)).count == 2)
    #expect(snapshot.adapters.map(\.pf.pciAddress.description) == ["0000:b1:00.0", "0000:b2:00.0"])
  }

  @Test func `another card in a saved one's place is saved only when told`() throws {
    let simulation = try Simulation.setUp()
    _ = try save(simulation)
    simulation.kernel.update { $0.adapters[0].nodeGUID = 0x0c00_0000_0000_0002 }
    #expect(kind { _ = try save(simulation) } == .refused)
    #expect(try save(simulation, acceptLoss: true).snapshot.adapters.count == 1)
    #expect(try Status(of: simulation.host).entries.allSatisfy(\.isAsSaved))
  }

  @Test func `what was accepted once is not refused again`() throws {
    let simulation = try Simulation.setUp()
    _ = try save(simulation)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.ignoresPolicy = true }
    _ = try RestoreVFs(on: simulation.host).run([])
    _ = try save(simulation, acceptLoss: true)
    #expect(try save(simulation).isUnchanged)
  }

  @Test func `what a killed restore left is not saved`() throws {
    for number in 1..<19 {
      let simulation = try Simulation.setUp()
      _ = try save(simulation)
      simulation.reboot()
      simulation.kernel.killProcess(beforeStore: number)
      _ = try RestoreVFs(on: simulation.host).run([])
      simulation.kernel.startProcess()
      #expect(kind { _ = try save(simulation) } == .refused)
    }
  }

  @Test func `names that changed with the boot make no new generation`() throws {
    let simulation = try Simulation.setUp(pfs: 2)
    _ = try save(simulation)
    simulation.kernel.update { machine in
      (machine.adapters[0].rdmaDevice, machine.adapters[1].rdmaDevice) = ("mlx5_1", "mlx5_0")
    }
    #expect(try save(simulation).isUnchanged)
  }

  @Test func `a signal before the end of reading saves nothing`() throws {
    let simulation = try Simulation.setUp()
    simulation.tasks.terminate()
    #expect(kind { _ = try save(simulation) } == .terminated)
    #expect(simulation.disk.files.isEmpty)
  }

  @Test func `an identity that was saved and is not to be seen now is a loss`() throws {
    let simulation = try Simulation.setUp()
    _ = try save(simulation)
    simulation.kernel.update { $0.adapters[0].contexts[1].portGUID = 0 }
    #expect(kind { _ = try save(simulation) } == .refused)
    simulation.kernel.update { machine in
      machine.adapters[0].hasOFEDFiles = false
      machine.adapters[0].hasNetdev = false
    }
    #expect(kind { _ = try save(simulation) } == .refused)
    #expect(try save(simulation, acceptLoss: true).generation == 2)
  }

  @Test func `a store of which nothing can be read forgets no failure`() throws {
    let simulation = try Simulation.setUp()
    let path = try save(simulation).path.string
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.ignoresPolicy = true }
    _ = try RestoreVFs(on: simulation.host).run([])
    simulation.disk.files[path]?.contents = "{"
    #expect(kind { _ = try save(simulation) } == .refused)
    #expect(try save(simulation, acceptLoss: true).warnings.contains { $0.contains("no generation can be read") })
  }

  @Test func `accepting a failure verifies nothing`() throws {
    let simulation = try Simulation.setUp()
    _ = try save(simulation)
    simulation.reboot()
    _ = try RestoreVFs(on: simulation.host).run([])
    simulation.kernel.update { $0.adapters[0].faults.deadVF = 1 }
    simulation.reboot()
    _ = try RestoreVFs(on: simulation.host).run([])
    #expect(try save(simulation, acceptLoss: true).generation == 2)
    let outcome = try #require(OutcomeStore(simulation.disk).all().first)
    #expect(outcome.result == .accepted)
    #expect(outcome.verifiedGenerations == [1])
  }
}
