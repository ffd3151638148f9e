import Commands
import HostInterface
import Model
import SimulatedHost
import Storage
import TestSupport
import Testing

private let generation = "/var/lib/sriov-persist/generations/000001.json"

@Suite struct CommandLineTests {
  @Test func `a subnet manager that does not come keeps no Docker network down`() throws {
    let host = try DockerHost(isService: true)
    try host.run(DockerContainer("a", on: "net0", ipv4: "10.10.1.7", policy: "always"))
    let saved = Run(host.simulation, "save")
    #expect(saved.output.contains("net0     10.10.1.0/24  0000:b1:00.0  a\n"))
    host.simulation.kernel.stopSubnetManager()
    host.simulation.reboot()
    #expect(Run(host.simulation, "restore vfs").status == 0)
    let restored = Run(host.simulation, "restore network --json --unattended")
    #expect(restored.status == 69)
    #expect(restored.output.contains("\"name\" : \"net0\""))
    #expect(host.docker.container("a")?.isRunning == true)
    host.simulation.kernel.startSubnetManager(after: .zero)
    #expect(Run(host.simulation, "restore network").status == 0)
    let ready = ["READY=1", "STATUS=port 1 of 0000:b1:00.0: active, SM LID 1; network net0: unchanged"]
    #expect(host.simulation.notifier.sent.contains(ready))
    let fields = Set(host.simulation.journal.recorded.flatMap(\.fields.keys))
    #expect(fields.isSuperset(of: ["SRIOV_NETWORK", "SRIOV_CONTAINER"]))
  }

  @Test func `status and dry run tell of networks, and the journal of a refused one once`() throws {
    let host = try DockerHost(isService: true)
    _ = Run(host.simulation, "save")
    #expect(
      Run(host.simulation, "status").output.contains(
        "\nNETWORK  PF                     STATE\nnet0     0000:b1:00.0 (mlx5_0)  ok\n"))
    host.docker.plugin.start()
    let blank = Run(host.simulation, "status")
    #expect(blank.status == 1 && blank.output.contains("  network net0: to be done: tell the plugin of the network"))
    let dry = Run(host.simulation, "restore --dry-run")
    #expect(dry.status == 0 && dry.output.contains("network net0: 1 step\n  1. tell the plugin of the network"))
    host.docker.update { $0.networks[0].labels = [:] }
    let refused = Run(host.simulation, "status --json")
    #expect(refused.status == 1 && refused.output.contains("\"state\" : \"drift\""))
    #expect(Run(host.simulation, "restore --dry-run").status == 78)
    for _ in 0..<3 { #expect(Run(host.simulation, "restore network").status == 78) }
    #expect(host.simulation.journal.recorded.filter { $0.priority == .error }.count == 1)
    host.docker.update { $0.networks[0].labels = ["owner": "me"] }
    #expect(Run(host.simulation, "restore network").status == 0)
    #expect(host.simulation.journal.recorded.last { $0.fields["SRIOV_NETWORK"] != nil }?.priority == .notice)
  }

  @Test func `the main job, as it is shown`() throws {
    let simulation = try Simulation.setUp()
    #expect(
      Run(simulation, "save").output == """
        PF                     VFS  POLICY  NODE GUIDS  PORT GUIDS  AUTOPROBE
        0000:b1:00.0 (mlx5_0)  4    Follow  all set     all set     on
        saved as generation 1: \(generation)

        """)
    #expect(Run(simulation, "save").output.contains("nothing changed since generation 1"))
    simulation.reboot()
    let dry = Run(simulation, "restore --dry-run")
    #expect(dry.output.hasPrefix("0000:b1:00.0 (mlx5_0): 19 steps\n  1. drivers autoprobe off\n  2. create 4 VFs\n"))
    #expect(dry.output.hasSuffix("dry run of generation 1: nothing was written\n"))
    #expect(
      Run(simulation, "restore").output == """
        0000:b1:00.0 (mlx5_0): restored, 4 of 4 VFs, 19 writes in 1.0 s, generation 1
        port 1 of 0000:b1:00.0: active, SM LID 1

        """)
    #expect(
      Run(simulation, "restore vfs --pf ibs21").output
        == "0000:b1:00.0 (mlx5_0): unchanged, 4 of 4 VFs, nothing written, generation 1\n")
    let healthy = Run(simulation, "status")
    #expect(healthy.status == 0)
    simulation.kernel.update { $0.adapters[0].contexts[2].policy = .down }
    let drifted = Run(simulation, "status")
    #expect(drifted.status == 1)
    #expect(drifted.output.contains("  0000:b1:00.0: VF 2: policy is Down, wanted Follow\n"))
    #expect(Run(simulation, "show").output.contains("  2   0c:42:a1:03:00:b1:03:00"))
  }

  @Test(
    arguments: [
      ("", 0), ("--help", 0), ("--version", 0), ("help restore", 0), ("restore --nonsense", 64), ("nonsense", 64),
      ("restore everything", 64), ("show --generation x", 64), ("show", 66), ("status", 66), ("restore", 66),
      ("restore --dry-run", 66), ("save --pf mlx5_9", 66), ("save", 0),
    ] as [(String, Int32)]) func `exit statuses on a host where nothing is saved`(arguments: String, status: Int32)
    throws
  {
    let run = try Run(.setUp(), arguments)
    #expect(run.status == status)
    #expect(run.errors.isEmpty == (status == 0))
    if status == 64 { #expect(run.errors.contains("Usage:")) }
  }

  /// What is wrong with the saved generation or the host, the exit status of `restore`, and words that help.
  @Test(arguments: Mistake.allCases) fileprivate func `every mistake has its status and its remedy, and writes nothing`(
    mistake: Mistake
  ) throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "save").status == 0)
    simulation.reboot()
    try mistake.make(on: simulation)
    let run = Run(simulation, mistake == .unknownPF ? "restore --pf mlx5_9" : "restore")
    let (status, words) = mistake.consequence
    #expect(run.status == status)
    #expect(run.errors.split(separator: "\n").filter { $0.hasPrefix("error: ") }.count == 1)
    #expect(run.errors.contains(words), "\(run.errors)")
    #expect(simulation.kernel.stores.isEmpty)
  }

  fileprivate enum Mistake: CaseIterable {
    case unknownPF, notJSON, unknownVersion, writableByOthers, zeroGUID, duplicateGUID, aboveTotalVFs, replaced, notRoot
    case noAdapter, noDriver, sriovOff, passedThrough, noRDMADevice, wrongCountWhileHeld

    func make(on simulation: Simulation) throws {
      func edit(_ old: String, _ new: String) {
        let text = simulation.disk.files[generation]?.contents ?? ""
        simulation.disk.files[generation]?.contents = text.replacing(old, with: new)
      }
      switch self {
      case .unknownPF: break
      case .notJSON: edit("{", "[")
      case .unknownVersion: edit("\"version\" : 1", "\"version\" : 9")
      case .writableByOthers: simulation.disk.files[generation]?.mode = 0o666
      case .zeroGUID: edit("0c:42:a1:03:00:b1:01:00", "00:00:00:00:00:00:00:00")
      case .duplicateGUID: edit("0c:42:a1:03:00:b1:01:00", "0c:42:a1:03:00:b1:02:00")
      case .aboveTotalVFs: simulation.kernel.update { $0.adapters[0].totalVFs = 2 }
      case .replaced: simulation.kernel.update { $0.adapters[0].nodeGUID = 0x0c00_0000_0000_0002 }
      case .notRoot: simulation.isPrivileged = false
      case .noAdapter: simulation.kernel.update { $0.adapters = [] }
      case .noDriver: simulation.kernel.update { $0.adapters[0].isBound = false }
      case .sriovOff: simulation.kernel.update { $0.adapters[0].totalVFs = 0 }
      case .passedThrough:
        simulation.kernel.update { machine in
          machine.adapters[0].totalVFs = 0
          machine.adapters[0].deviceID = "1018"
        }
      case .noRDMADevice: simulation.kernel.update { $0.adapters[0].rdmaDevice = nil }
      case .wrongCountWhileHeld:
        try simulation.write("3", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
        simulation.kernel.update { $0.adapters[0].vfs[1].netdev = nil }
        simulation.kernel.forgetStores()
      }
    }

    var consequence: (status: Int32, words: String) {
      switch self {
      case .unknownPF: (66, "this host has: 0000:b1:00.0 (mlx5_0)")
      case .notJSON: (65, "repair or remove the files")
      case .unknownVersion: (65, "has version 9, and this program knows version 1 only")
      case .writableByOthers: (65, "chmod 644")
      case .zeroGUID: (65, "adapters[0].vfs[0].nodeGuid: 00:00:00:00:00:00:00:00 is zero")
      case .duplicateGUID: (65, "have the same GUID 0c:42:a1:03:00:b1:02:00")
      case .aboveTotalVFs: (78, "mstconfig -d b1:00.0 set NUM_OF_VFS=4, then reboot")
      case .replaced: (78, "node GUID 0c:00:00:00:00:00:00:02, saved 0c:42:a1:03:00:b1:00:00")
      case .notRoot: (77, "sudo")
      case .noAdapter: (66, "there is no PCI function")
      case .noDriver: (66, "modprobe mlx5_core")
      case .sriovOff: (66, "SRIOV_EN=1")
      case .passedThrough: (66, "is a VF of another host's; run it on the host of this virtual machine")
      case .noRDMADevice: (69, "modprobe mlx5_ib")
      case .wrongCountWhileHeld: (78, "has 3 VFs, wanted 4, and VF 1 is in use: its netdev")
      }
    }
  }

  @Test func `a damaged newest generation is reported and the one before is used`() throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "save").status == 0)
    simulation.kernel.update { $0.adapters[0].contexts[0].policy = .up }
    #expect(Run(simulation, "save").status == 0)
    simulation.disk.files[generation.replacing("1.json", with: "2.json")]?.contents = "{"
    let run = Run(simulation, "restore")
    #expect(run.status == 0)
    #expect(run.errors.hasPrefix("warning: generation 2 is damaged"))
    #expect(run.output.contains("generation 1"))
    #expect(Run(simulation, "show --generation 2").status == 65)
  }

  @Test func `history lists what is kept, and an older generation can be restored`() throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "history").status == 66)
    #expect(Run(simulation, "save").status == 0)
    simulation.kernel.update { $0.adapters[0].contexts[0].policy = .up }
    #expect(Run(simulation, "save").status == 0)
    simulation.reboot()
    #expect(Run(simulation, "restore --generation 7").status == 66)
    #expect(Run(simulation, "restore --generation 1").status == 0)
    #expect(simulation.kernel.machine.adapters[0].contexts[0].policy == .follow)
    simulation.disk.files[generation.replacing("1.json", with: "3.json")] = .init(contents: "{}")
    let lines = Run(simulation, "history").output.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(lines.map(\.first) == ["GENERATION", "3", "2", "1"])
    #expect(lines[1].contains("damaged:"))
    #expect(lines[2].last == "-")
    #expect(lines[3].last == "good")
    #expect(Run(simulation, "restore --generation 3").status == 65)
  }

  @Test func `a save that ends busy has written nothing`() throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "save").status == 0)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.ignoresPolicy = true }
    #expect(Run(simulation, "restore vfs").status == 74)
    var host = simulation.host
    // Another run takes the PF right after it was read.
    host.disk = AskedLocks(
      disk: simulation.disk,
      taking: { $0 == "0000:b1:00.0" && $1 == 2 ? LockHolder(processID: 1, held: .zero) : nil })
    #expect(Run(simulation, "save --accept-loss", on: host).status == 75)
    #expect(try GenerationStore(simulation.disk).numbers() == [1])
    #expect(Run(simulation, "save --accept-loss").status == 0)
  }

  @Test func `generations below etc need nothing of var`() throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "save").status == 0)
    let folder = "/etc/sriov-persist/generations"
    simulation.disk.files["\(folder)/.keep"] = .init(contents: "")
    let unused = Run(simulation, "restore")
    #expect(unused.status == 66)
    #expect(unused.errors.contains("mv /var/lib/sriov-persist/generations/*.json \(folder)/"))
    #expect(Run(simulation, "history").errors == unused.errors)
    let before = simulation.disk.files.filter { $0.key.hasPrefix("/var/") }
    #expect(Run(simulation, "save").output.contains("saved as generation 1: \(folder)/000001.json\n"))
    simulation.reboot()
    #expect(Run(simulation, "restore").status == 0)
    #expect(Run(simulation, "status").status == 0)
    #expect(Run(simulation, "history").output.contains("good"))
    #expect(simulation.disk.files.filter { $0.key.hasPrefix("/var/") } == before)
  }

  @Test func `JSON for machines`() throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "save --json").output.contains("\"unchanged\" : false"))
    #expect(Run(simulation, "show --json").output.contains("\"generation\" : 1"))
    simulation.reboot()
    #expect(Run(simulation, "restore --dry-run --json").output.contains("\"create 4 VFs\""))
    #expect(Run(simulation, "status --json").output.contains("\"state\" : \"drift\""))
    #expect(Run(simulation, "restore --json").output.contains("\"result\" : \"restored\""))
    #expect(Run(simulation, "status --json").output.contains("\"healthy\" : true"))
    #expect(Run(simulation, "history --json").output.contains("\"good\" : true"))
  }
}

@Suite struct ServiceTests {
  @Test func `ready only after verification, with a summary`() throws {
    let simulation = try Simulation.setUp(isService: true)
    #expect(Run(simulation, "save").status == 0)
    simulation.reboot()
    let run = Run(simulation, "restore vfs --pf 0000:b1:00.0 --unattended")
    #expect(run.status == 0)
    #expect(run.output.isEmpty, "the journal has it already")
    let ready = simulation.notifier.sent.filter { $0.contains("READY=1") }
    #expect(
      ready == [["READY=1", "STATUS=0000:b1:00.0 (mlx5_0): restored, 4 of 4 VFs verified, 19 writes in 1.0 s"]])
    #expect(simulation.notifier.sent.last == ready.last)
    #expect(simulation.notifier.sent.joined().contains("STATUS=0000:b1:00.0 (mlx5_0): create 4 VFs, step 2 of 19"))
    let entry = try #require(simulation.journal.recorded.first)
    #expect(entry.fields["SRIOV_PCI"] == "0000:b1:00.0")
    #expect(entry.fields["SRIOV_VFS_WANTED"] == "4")
    #expect(entry.fields["SRIOV_VFS_FOUND"] == "4")
    #expect(entry.fields["SRIOV_RESULT"] == "restored")
    #expect(entry.fields["SRIOV_PHASE"] == "vfs")
  }

  /// Three attributes of each VF follow two steps of the PF: VF 1's first is the sixth, whatever became of VF 0's.
  @Test func `a step keeps its number after a VF that was given up`() throws {
    let simulation = try Simulation.setUp(isService: true)
    #expect(Run(simulation, "save").status == 0)
    simulation.reboot()
    simulation.kernel.update { machine in
      machine.adapters[0].faults.attributeErrors = [5]
      machine.adapters[0].timing.attribute = 1
    }
    #expect(Run(simulation, "restore vfs --pf 0000:b1:00.0 --unattended").status == 74)
    let told = simulation.notifier.sent.joined()
    #expect(told.contains { $0.contains(": VF 0: node GUID ") && $0.hasSuffix(", step 3 of 19") })
    #expect(!told.contains { $0.contains(": VF 0: port GUID ") })
    #expect(told.contains { $0.contains(": VF 1: node GUID ") && $0.hasSuffix(", step 6 of 19") })
  }

  @Test func `the network's unit is ready when the port is, and tells of an outage once and of each reason`() throws {
    let simulation = try Simulation.setUp(isService: true)
    #expect(Run(simulation, "save").status == 0)
    let pf = simulation.kernel.machine.adapters[0].address
    simulation.kernel.stopSubnetManager()
    simulation.reboot()
    for _ in 1...3 { #expect(Run(simulation, "restore network --pf 0000:b1:00.0 --unattended").status == 69) }
    simulation.kernel.pullCable(of: pf)
    for _ in 1...2 { #expect(Run(simulation, "restore network --pf 0000:b1:00.0 --unattended").status == 69) }
    #expect(!simulation.notifier.sent.joined().contains("READY=1"))
    let errors = simulation.journal.recorded.filter { $0.priority == .error }.map(\.message)
    #expect(errors.count == 2)
    #expect(errors[0].contains("no subnet manager yet") && errors[1].contains("cable down"))

    simulation.kernel.startSubnetManager()
    simulation.kernel.plugCable(of: pf)
    #expect(Run(simulation, "restore network --pf 0000:b1:00.0 --unattended").status == 0)
    #expect(
      simulation.notifier.sent.contains(["READY=1", "STATUS=port 1 of 0000:b1:00.0: active, SM LID 1"]))
    simulation.kernel.pullCable(of: pf)
    #expect(Run(simulation, "restore network --pf 0000:b1:00.0 --unattended").status == 69)
    #expect(simulation.journal.recorded.filter { $0.priority == .error }.count == 3, "another outage")
  }

  @Test func `the network's unit of a PF that is gone has nothing to do, and ends with its own words`() throws {
    let simulation = try Simulation.setUp(isService: true)
    #expect(Run(simulation, "save").status == 0)
    simulation.kernel.update { $0.subnetManager.knowsVirtualPorts = false }
    #expect(Run(simulation, "restore network --pf 0000:b1:00.0 --unattended").status == 0)
    #expect(simulation.notifier.sent.last == ["STATUS=port 1 of 0000:b1:00.0: active, SM LID 1"])
    simulation.kernel.remove(simulation.kernel.machine.adapters[0].address)
    let before = simulation.notifier.sent.count
    #expect(Run(simulation, "restore network --pf 0000:b1:00.0 --unattended").status == 0)
    #expect(simulation.notifier.sent.dropFirst(before).joined().contains("READY=1"))
    #expect(Run(simulation, "restore vfs --pf 0000:b1:00.0 --unattended").status == 66)
  }

  @Test func `a failure is never ready, and names the VF in the journal`() throws {
    let simulation = try Simulation.setUp(isService: true)
    #expect(Run(simulation, "save").status == 0)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.deadVF = 2 }
    #expect(Run(simulation, "restore vfs --pf 0000:b1:00.0 --unattended").status == 74)
    #expect(!simulation.notifier.sent.joined().contains("READY=1"))
    #expect(simulation.journal.recorded.contains { $0.fields["SRIOV_VF"] == "2" && $0.priority == .error })
  }

  @Test func `nothing saved, or not this PF, is ready: there is nothing to do`() throws {
    let empty = try Simulation.setUp(isService: true)
    #expect(Run(empty, "restore vfs --pf 0000:b1:00.0 --unattended").status == 0)
    #expect(empty.notifier.sent.joined().contains("READY=1"))
    let other = try Simulation.setUp(pfs: 2, isService: true)
    #expect(Run(other, "save --pf 0000:b1:00.0").status == 0)
    #expect(Run(other, "restore vfs --pf 0000:b2:00.0 --unattended").status == 0)
    #expect(other.notifier.sent.last?.contains("READY=1") == true)
    // Typed by a person, the same is a mistake.
    let typed = try Simulation.setUp(pfs: 2)
    #expect(Run(typed, "save --pf 0000:b1:00.0").status == 0)
    #expect(Run(typed, "restore --pf 0000:b2:00.0").status == 66)
  }

  @Test func `no text from a file or from hardware can begin another line of a message`() {
    let simulation = Simulation(isService: true)
    simulation.host.notifier.tell("one\nREADY=1\r\n" + String(repeating: "x", count: 5000))
    #expect(simulation.notifier.sent.count == 1)
    #expect(simulation.notifier.sent[0].count == 1)
    #expect(!simulation.notifier.sent[0][0].contains { $0.isNewline })
    #expect(simulation.notifier.sent[0][0].utf8.count < 4096)
  }

  @Test func `the errno of a failed write reaches the service manager`() throws {
    let simulation = try Simulation.setUp(isService: true)
    #expect(Run(simulation, "save").status == 0)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.countErrors = [5] }
    #expect(Run(simulation, "restore").status == 74)
    #expect(simulation.notifier.sent.last?.contains("ERRNO=5") == true)
  }
  @Test(arguments: [true, false]) func `who asks is said on the command line, whatever socket there is`(
    isService: Bool
  ) throws {
    for (arguments, status) in [("restore vfs --unattended", Int32(78)), ("restore vfs", 0)] {
      let simulation = try Simulation.setUp(isService: isService)
      #expect(Run(simulation, "save").status == 0)
      for count in ["0", "2"] {
        try simulation.write(count, to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
      }
      #expect(Run(simulation, arguments).status == status, "\(arguments)")
      #expect(simulation.kernel.machine.adapters[0].vfCount == (status == 0 ? 4 : 2))
    }
    for flag in ["--replace-vfs", "--replace-networks"] {
      #expect(try Run(.setUp(isService: isService), "restore --unattended \(flag)").status == 64)
    }
  }
}
