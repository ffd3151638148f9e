import Commands
import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

/// `status --log`: what the health unit tells, and when.
@Suite struct HealthTests {
  private let file = "/run/sriov-persist/sriov-persist.prom"

  private func restored(_ simulation: Simulation) -> Simulation {
    #expect(Run(simulation, "save").status == 0)
    simulation.reboot()
    #expect(Run(simulation, "restore").status == 0)
    return simulation
  }

  private func metrics(of simulation: Simulation) -> String { simulation.disk.files[file]?.contents ?? "" }

  /// The entries of one run.
  private func entries(_ simulation: Simulation) -> [JournalEntry] {
    let before = simulation.journal.recorded.count
    let run = Run(simulation, "status --log --metrics \(file)")
    #expect((run.status, run.output, run.errors) == (0, "", ""))
    return Array(simulation.journal.recorded.dropFirst(before))
  }

  private func setPolicy(_ policy: VFPolicy, of vf: Int, on simulation: Simulation) {
    simulation.kernel.update { $0.adapters[0].contexts[vf].policy = policy }
  }

  @Test func `a change is told, the same again is not, and once a day it is`() throws {
    let simulation = try restored(.setUp(isService: true))
    let first = try #require(entries(simulation).first)
    #expect(first.priority == .notice)
    #expect(first.message == "0000:b1:00.0 (mlx5_0): as saved, 4 of 4 VFs verified, port active, SM LID 1")
    #expect(first.fields["SRIOV_PCI"] == "0000:b1:00.0" && first.fields["SRIOV_RESULT"] == "ok")
    for _ in 1...3 {
      simulation.tasks.pass(.seconds(300))
      #expect(entries(simulation).isEmpty)
    }
    setPolicy(.down, of: 2, on: simulation)
    let drift = entries(simulation)
    #expect(drift.map(\.priority) == [.error])
    #expect(
      drift.first?.message == """
        0000:b1:00.0: VF 2: policy is Down, wanted Follow; put it right: sriov-persist restore; \
        see what that would do: sriov-persist restore --dry-run
        """)
    #expect(entries(simulation).isEmpty)
    setPolicy(.down, of: 1, on: simulation)
    #expect(entries(simulation).count == 1, "another drift")
    simulation.tasks.pass(.seconds(86_399))
    #expect(entries(simulation).isEmpty)
    simulation.tasks.pass(.seconds(1))
    #expect(entries(simulation).count == 1, "a day later")
    #expect(entries(simulation).isEmpty)
    setPolicy(.follow, of: 1, on: simulation)
    setPolicy(.follow, of: 2, on: simulation)
    #expect(entries(simulation).map(\.priority) == [.notice])
    #expect(entries(simulation).isEmpty)
  }

  @Test(arguments: [-864_000, 864_000]) func `a clock that is set does not matter`(seconds: Int) throws {
    let simulation = try restored(.setUp(isService: true))
    #expect(entries(simulation).count == 1)
    simulation.tasks.setClock(by: .seconds(seconds))
    #expect(entries(simulation).isEmpty)
    simulation.tasks.pass(.seconds(86_400))
    #expect(entries(simulation).count == 1)
  }

  /// From the future, as after a restart of the kernel that kept /run; damaged; and written by nobody here.
  @Test(arguments: ["999999999\nok", "", "x\nok", "-1\nok", "5"])
  func `a note that cannot be right is no note`(text: String) throws {
    let simulation = try restored(.setUp(isService: true))
    let note = "/run/sriov-persist/health/pf-0c:42:a1:03:00:b1:00:00"
    #expect(entries(simulation).count == 1)
    #expect(simulation.disk.files[note]?.contents.hasSuffix("\nok") == true)
    simulation.disk.files[note]?.contents = text
    #expect(entries(simulation).count == 1)
    #expect(entries(simulation).isEmpty)
  }

  @Test func `what cannot be noted is told`() throws {
    let simulation = try restored(.setUp(isService: true))
    simulation.disk.failWrites(.readOnlyFileSystem)
    for _ in 1...2 {
      let before = simulation.journal.recorded.count
      #expect(Run(simulation, "status --log").status == 0)
      #expect(simulation.journal.recorded.count == before + 1)
    }
    #expect(Run(simulation, "status --metrics \(file)").status == 74, "and what cannot be written is a failure")
  }

  @Test func `nothing is told of a PF or network while a restore is at work on it`() throws {
    let host = try DockerHost(isService: true)
    #expect(Run(host.simulation, "save").status == 0)
    #expect(entries(host.simulation).count == 2)
    setPolicy(.down, of: 0, on: host.simulation)
    host.docker.plugin.start()
    // A network cannot be right while the VFs below it are made.
    for (lock, others) in [("0000:b1:00.0", []), ("docker", ["0000:b1:00.0"])] {
      let told = try host.simulation.disk.withLock(FilePath("/run/sriov-persist/locks/\(lock)")) {
        entries(host.simulation)
      }
      #expect(told.map { $0.fields["SRIOV_PCI"] ?? "" } == others)
      #expect(told.allSatisfy { $0.fields["SRIOV_NETWORK"] == nil })
      #expect(!metrics(of: host.simulation).contains("sriov_persist_healthy"))
      #expect(!metrics(of: host.simulation).contains("sriov_persist_network_usable"))
    }
    #expect(entries(host.simulation).map { $0.fields["SRIOV_NETWORK"] } == ["net0"], "it was not told yet")
  }

  @Test func `what a restore leaves before its first write is not taken for its end`() throws {
    let simulation = try restored(.setUp(isService: true))
    let path = "/run/sriov-persist/outcomes/0000:b1:00.0.json"
    let ended = try #require(simulation.disk.files[path]?.contents)
    let begun = ended.replacing("\"restored\"", with: "\"failed\"")
    try #require(begun != ended)
    simulation.disk.files[path]?.contents = begun
    try simulation.disk.withLock("/run/sriov-persist/locks/0000:b1:00.0") {
      #expect(entries(simulation).isEmpty)
      #expect(!Run(simulation, "status --json").output.contains("lastRestore"))
    }
    #expect(metrics(of: simulation).contains("sriov_persist_restore_in_progress"))
    #expect(!metrics(of: simulation).contains("sriov_persist_last_restore"))
    // One that begins during the look, or right after it: what it writes then is not looked at.
    for asked in [2, 3] {
      simulation.disk.files[path]?.contents = ended
      var host = simulation.host
      host.disk = AskedLocks(disk: simulation.disk) { lock, count in
        guard lock == "0000:b1:00.0" else { return nil }
        if count == 2 { simulation.disk.files[path]?.contents = begun }
        return count >= asked ? LockHolder(processID: 1, held: .zero) : nil
      }
      #expect(Run(simulation, "status --log --metrics \(file)", on: host).status == 0)
      #expect(metrics(of: simulation).contains("sriov_persist_last_restore_success") == (asked == 3))
      #expect(!metrics(of: simulation).contains(/last_restore_success.* 0\n/))
    }
  }

  @Test func `a restore that begins while the host is looked at makes the look worthless`() throws {
    let simulation = try restored(.setUp(isService: true))
    #expect(entries(simulation).count == 1)
    setPolicy(.down, of: 0, on: simulation)
    var host = simulation.host
    host.disk = AskedLocks(disk: simulation.disk) { _, count in
      count > 1 ? LockHolder(processID: 1, held: .zero) : nil
    }
    let before = simulation.journal.recorded.count
    #expect(Run(simulation, "status --log --metrics \(file)", on: host).status == 0)
    #expect(simulation.journal.recorded.count == before)
    let text = try #require(simulation.disk.files[file]?.contents)
    #expect(!text.contains("sriov_persist_drift") && !text.contains("sriov_persist_healthy"))
  }

  @Test func `a stopped Docker is left stopped, and told once`() throws {
    let host = try DockerHost(isService: true)
    #expect(Run(host.simulation, "save").status == 0)
    host.simulation.reboot()
    #expect(Run(host.simulation, "restore vfs").status == 0)
    host.simulation.sockets.forgetCalls()
    let told = entries(host.simulation)
    #expect(told.map { $0.fields["SRIOV_RESULT"] } == ["ok", "unknown"])
    #expect(entries(host.simulation).isEmpty)
    #expect(host.simulation.sockets.calls.isEmpty && host.docker.now.activations == 0)
    let text = metrics(of: host.simulation)
    #expect(text.contains("sriov_persist_pf_healthy"))
    #expect(!text.contains("sriov_persist_healthy") && !text.contains("sriov_persist_network_usable"), "nobody knows")
  }

  @Test func `a damaged generation is told once, and none at all is no failure of the unit`() throws {
    let simulation = try Simulation.setUp(isService: true)
    #expect(entries(simulation).isEmpty, "nothing saved")
    #expect(simulation.disk.files[file]?.contents.hasSuffix("sriov_persist_healthy 1\n") == true)
    #expect(Run(simulation, "save").status == 0)
    let path = "/var/lib/sriov-persist/generations/000001.json"
    simulation.disk.files["/var/lib/sriov-persist/generations/000002.json"] = .init(contents: "{")
    #expect(entries(simulation).map(\.priority) == [.warning, .notice])
    #expect(entries(simulation).isEmpty)
    simulation.disk.files[path]?.contents = "{"
    let none = entries(simulation)
    #expect(none.map(\.priority) == [.error] && none.first?.fields["SRIOV_RESULT"] == "badSnapshot")
    #expect(none.first?.messageID == "0f3a86d24be14975b21c7d9e60a5f8c3", "not what a look found")
    #expect(simulation.disk.files[file]?.contents.hasSuffix("sriov_persist_healthy 0\n") == true)
    #expect(entries(simulation).isEmpty)
  }

  @Test func `metrics of a host with a network, word by word`() throws {
    let host = try DockerHost()
    #expect(Run(host.simulation, "save").status == 0)
    setPolicy(.down, of: 2, on: host.simulation)
    #expect(Run(host.simulation, "status --metrics \(file)").status == 1)
    let metrics = try #require(host.simulation.disk.files[file])
    #expect(metrics.mode == 0o644)
    #expect(!host.simulation.disk.files.keys.contains { $0.hasSuffix(".new") }, "renamed into place")
    let samples = metrics.contents.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
    let pf = #"{pci="0000:b1:00.0",device="mlx5_0",identity="0c:42:a1:03:00:b1:00:00"}"#
    #expect(
      samples == [
        "sriov_persist_healthy 0", "sriov_persist_generation 1", "sriov_persist_restore_in_progress\(pf) 0",
        "sriov_persist_pf_healthy\(pf) 0", "sriov_persist_vfs_wanted\(pf) 4", "sriov_persist_vfs_present\(pf) 4",
        "sriov_persist_vfs_verified\(pf) 3", "sriov_persist_drift\(pf) 1", "sriov_persist_port_ready\(pf) 1",
        "sriov_persist_port_state\(pf) 4", "sriov_persist_port_sm_lid\(pf) 1",
        "sriov_persist_network_usable{network=\"net0\",pci=\"0000:b1:00.0\",device=\"mlx5_0\"} 1",
      ])
    for name in Set(samples.compactMap { $0.split(whereSeparator: { " {".contains($0) }).first }) {
      #expect(metrics.contents.contains("# HELP \(name) ") && metrics.contents.contains("# TYPE \(name) gauge\n"))
      #expect(try Documents.text(of: "docs/status.md").contains("`\(name)`"), "\(name)")
    }
    host.simulation.reboot()
    #expect(Run(host.simulation, "restore").status == 0)
    #expect(Run(host.simulation, "status --metrics \(file)").status == 0)
    let restored = host.simulation.disk.files[file]?.contents ?? ""
    #expect(restored.contains("sriov_persist_last_restore_timestamp_seconds\(pf) 1800000"))
    #expect(restored.contains("sriov_persist_last_restore_duration_seconds\(pf) 1\n"))
    #expect(restored.contains("sriov_persist_last_restore_success\(pf) 1\n"))
    #expect(restored.contains("sriov_persist_healthy 1\n"))
  }

  @Test func `a label's value cannot end its line`() throws {
    let host = try DockerHost()
    #expect(Run(host.simulation, "save").status == 0)
    let path = "/var/lib/sriov-persist/generations/000001.json"
    let text = try #require(host.simulation.disk.files[path]?.contents)
    host.simulation.disk.files[path]?.contents = text.replacing(
      "\"name\" : \"net0\"", with: #""name" : "a\"} 1\nb\\c""#)
    #expect(Run(host.simulation, "status --metrics \(file)").status == 1)
    let metrics = host.simulation.disk.files[file]?.contents ?? ""
    #expect(metrics.contains(#"{network="a\"} 1\nb\\c",pci="#))
  }

  /// Each would be told at each look, and Prometheus refuses a file with two samples of one name and labels.
  @Test(arguments: [true, false]) func `a saved PF that is gone is not taken for the one that has its place`(
    isEthernet: Bool
  ) throws {
    let simulation = try isEthernet ? Simulation.setUpEthernet(isService: true) : .setUp(pfs: 2, isService: true)
    if isEthernet {
      var second = SimulatedAdapter(at: "b2:00.0", netdev: "ens2f0", nodeGUID: 0x0c42_a103_00b2_0000)
      second.linkLayer = .ethernet
      simulation.kernel.update { $0.adapters.append(second) }
    }
    #expect(Run(simulation, "save --pf 0000:b1:00.0 --pf 0000:b2:00.0").status == 0)
    simulation.kernel.update { machine in
      let place = machine.adapters[1].address
      machine.adapters.remove(at: 1)
      machine.adapters[0].address = place
      if isEthernet { machine.adapters[0].rdmaDevice = nil }
    }
    #expect(entries(simulation).map { $0.fields["SRIOV_PCI"] } == ["0000:b2:00.0", "0000:b2:00.0"])
    #expect(entries(simulation).isEmpty)
    let samples = metrics(of: simulation).split(separator: "\n").filter { !$0.hasPrefix("#") }
      .compactMap { $0.split(separator: " ").first }
    #expect(samples.filter { $0.hasPrefix("sriov_persist_pf_healthy{pci=\"0000:b2:00.0\"") }.count == 2)
    #expect(Set(samples).count == samples.count)
    let named = samples.filter { $0.hasPrefix("sriov_persist_pf_healthy") && $0.contains("device=") }
    #expect(named.count == (isEthernet ? 0 : 1))
  }

  @Test func `a network keeps its PF's address while that is away`() throws {
    let host = try DockerHost(isService: true)
    #expect(Run(host.simulation, "save").status == 0)
    host.simulation.kernel.update { $0.adapters = [] }
    let told = entries(host.simulation)
    #expect(told.map { $0.fields["SRIOV_PCI"] } == ["0000:b1:00.0", "0000:b1:00.0"])
    #expect(metrics(of: host.simulation).contains(#"network_usable{network="net0",pci="0000:b1:00.0"} 0"#))
    let json = Run(host.simulation, "status --json")
    #expect(json.status == 1 && json.output.matches(of: /"pciAddress" : "0000:b1:00.0"/).count == 2)
  }

  @Test func `metrics are written whatever comes of the look`() throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "status --metrics \(file)").status == 66)
    #expect(metrics(of: simulation).hasSuffix("sriov_persist_healthy 1\n"), "nothing saved")
    #expect(Run(simulation, "save").status == 0)
    simulation.disk.files["/var/lib/sriov-persist/generations/000001.json"]?.contents = "{"
    let run = Run(simulation, "status --metrics \(file)")
    #expect(run.status == 65 && run.errors.hasPrefix("error: "))
    #expect(metrics(of: simulation).hasSuffix("sriov_persist_healthy 0\n"))
  }

  @Test func `two runs do not write the same notes and metrics at once`() throws {
    let simulation = try restored(.setUp(isService: true))
    try simulation.disk.withLock("/run/sriov-persist/locks/health") {
      #expect(entries(simulation).isEmpty, "the other run tells")
      #expect(metrics(of: simulation).isEmpty)
      #expect(Run(simulation, "status").status == 0, "which writes nothing")
      #expect(Run(simulation, "status --metrics \(file)").status == 75)
    }
    #expect(entries(simulation).count == 1)
  }

  @Test func `what may not be read has no sample`() throws {
    let simulation = try restored(.setUp(pfs: 2))
    var host = simulation.host
    host.files = ForbiddenFiles(host.files, below: "/sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe")
    #expect(Run(simulation, "status --metrics \(file)", on: host).status == 69)
    let text = metrics(of: simulation)
    #expect(!text.contains("sriov_persist_healthy") && !text.contains(#"pf_healthy{pci="0000:b1:00.0""#))
    #expect(text.contains(#"pf_healthy{pci="0000:b2:00.0""#))
  }

  @Test(arguments: ["--log --json", "--metrics relative", "--metrics /"])
  func `what makes no sense is told`(arguments: String) throws {
    #expect(try Run(.setUp(), "status \(arguments)").status == 64)
  }
}
