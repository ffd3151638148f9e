import Foundation
import HostInterface
import Model
import SimulatedHost
import Synchronization
import SystemPackage
import TestSupport
import Testing

/// What leaves the host in a report, and what does not.
@Suite struct SupportReportTests {
  private static let hostName = "gpu17.lab.example.com"
  private static let container = "4f3e9a0c12d7" + String(repeating: "8b", count: 26)

  /// A host with everything that has an address: VFs with GUIDs, a network with containers, a journal, damaged generations.
  private func host() throws -> DockerHost {
    let host = try DockerHost()
    host.simulation.kernel.update {
      $0.hostName = Self.hostName
      $0.platform.kernelLog = [
        "mlx5_core 0000:b1:00.0: firmware version: 16.35.2000", "usb 1-1: SerialNumber: 4711",
        "mlx5_core 0000:b1:00.0: node guid 0x0c42a10300b10000, port GID fe80::c42:a103:b1:0, Serial number: MT1916X01234",
        "mlx5_core 0000:b1:00.0 ibs21: link address 80:00:02:08:fe:80:00:00:00:00:00:00:0c:42:a1:03:00:b1:00:00",
        "mlx5_ib: node_desc gpu17 mlx5_0, VF MAC 0c-42-a1-b1-00-07 enx0c42a1b10007",
      ]
      let bytes = Array("\u{1b}[1mVF 1 has GUID 0C42A10300B10200 on GPU17\u{1b}[0m".utf8)
      $0.platform.journal = """
        {"_HOSTNAME":"oldname","_MACHINE_ID":"00112233445566778899aabbccddeeff","MESSAGE":\(bytes),"SRIOV_PCI":"0000:b1:00.0"}
        {"MESSAGE":["10.10.1.7 is there","oldname is it"],"PRIORITY":"4","_CMDLINE":"secret","__CURSOR":"s=1"}
        {"MESSAGE":"docker-\(Self.container).scope of Ann@corp.example, 4f3e9a0c12d7, 00112233445566778899aabbccddeeff"}
        {"MESSAGE":null,"__REALTIME_TIMESTAMP":"1732348800000000"}

        """
    }
    try host.run(DockerContainer("a", on: "net0", ipv4: "10.10.1.7", policy: "always"))
    #expect(Run(host.simulation, "save").status == 0)
    host.simulation.kernel.update { $0.adapters[0].contexts[2].policy = .down }
    #expect(Run(host.simulation, "restore").status == 0)
    #expect(Run(host.simulation, "save").status == 0)
    let folder = "/var/lib/sriov-persist"
    host.simulation.disk.files["\(folder)/generations/000009.json"] = .init(
      contents: #"{"host" : "thirdname", "vfs" : ["\u0030c:42:a1:03:00:b1:03:01", "c42a10300b10301"#)
    host.simulation.disk.files["\(folder)/generations/000010.json"] = .init(
      contents: "0c:42:a1".map { "\($0)\0" }.joined())
    host.simulation.disk.files["\(folder)/outcomes/0c:42:a1:03:00:b1:00:00.json"] = .init(contents: "{}")
    host.simulation.disk.files["/etc/sriov-persist/config.json"] = .init(
      contents: """
        {"dockerSocket": "/run/docker.sock", "note": "for gpu17, 10.10.1.7, infra.corp.example, /home/ann",
        "proxy": "http://u:p4ss@proxy.corp.example:3128"}
        """)
    host.simulation.disk.files["/etc/machine-id"] = .init(contents: "00112233445566778899aabbccddeeff\n")
    host.simulation.disk.files["/etc/resolv.conf"] = .init(
      contents: "search infra.corp.example\nnameserver 10.0.0.53\n")
    return host
  }

  private func report(_ simulation: Simulation, _ options: String = "") throws -> (run: Run, text: String) {
    let run = Run(simulation, "support-report --output r.tar.gz \(options)")
    let file = try #require(simulation.disk.files["r.tar.gz"], "\(run.errors)")
    #expect(file.mode == 0o600)
    return (run, file.contents)
  }

  @Test func `no GUID, MAC, IP address, serial number or host name is in it, in no notation`() throws {
    let host = try host()
    let (run, text) = try report(host.simulation)
    #expect(run.status == 0)
    let digits = text.lowercased().filter(\.isHexDigit)
    let adapter = host.simulation.kernel.machine.adapters[0]
    let guids = [adapter.nodeGUID] + adapter.contexts.flatMap { [$0.nodeGUID, $0.portGUID] }.filter { $0 != 0 }
    #expect(guids.count == 9 && Set(guids).count == 9)
    for guid in guids {
      let dense = String(guid, radix: 16)
      #expect(!digits.contains(dense), "\(dense)")
      let groups = [48, 32, 16, 0].map { String(guid >> UInt64($0) & 0xffff, radix: 16) }
      #expect(!text.contains(groups.joined(separator: ":")))
    }
    #expect(!digits.contains("c42a1"), "not even who made it")
    #expect(!text.lowercased().contains(/gpu17|oldname|thirdname|lab\.example|mt1916|10\.10\.1\.|secret/))
    #expect(!text.lowercased().contains(/00112233|4f3e9a|\bann\b|p4ss|corp\.example/))
    #expect(!text.contains("0\\u0000c"))
  }

  @Test func `it has all that a mistake is found by`() throws {
    let (run, text) = try report(try host().simulation)
    let names = text.matches(of: /==> sriov-persist-report-[0-9TZ-]+\/(\S+) <==\n/).map { String($0.1) }
    #expect(
      names == [
        "README.txt", "versions.txt", "commands.txt", "status.json", "check.json", "restore-dry-run.json",
        "history.json", "generations/000001.json", "generations/000009.json",
        "generations/000010.json", "outcomes/0000:b1:00.0.json", "outcomes/5a:5a:5a:5a:00:00:00:01.json",
        "outcomes-of-this-boot/0000:b1:00.0.json", "outcomes-of-this-boot/network", "config.json", "journal.json",
        "journal-of-units.json",
        "kernel.json",
      ])
    for name in names { #expect(run.output.contains("\n\(name) "), "\(name)") }
    #expect(run.output.contains("\nwritten: r.tar.gz; nothing was sent\n"))
    #expect(run.output.hasSuffix("\nlook at it before you send it: tar -xzOf r.tar.gz | less\n"))
    #expect(run.output.contains("kept: names of networks, containers, images and devices; PCI addresses\n"))
    #expect(run.errors.contains("generations/000010.json: /var/lib/sriov-persist/generations/000010.json is no text"))
    #expect(text.contains("sriov-persist: 0.1.0\nkernel: 6.1.0-18-amd64\n"))
    #expect(text.contains("firmware 16.35.2000, driver with MLNX_OFED's files"))
    #expect(text.contains("sriov-persist status --json: exit status 0\nsriov-persist check --json: exit status "))
    #expect(text.contains("port GID fe80:0000:0000:0000:5a5a:5a5a:0000:0001, Serial number: serial-"))
    #expect(text.contains("80:00:02:08:fe:80:00:00:00:00:00:00:5a:5a:5a:5a:00:00:00:01"), "the same GUID")
    #expect(text.contains("node_desc host-"))
    #expect(text.contains(#"{"MESSAGE":"(too long)","__REALTIME_TIMESTAMP":"1732348800000000"}"#))
    #expect(!text.contains("SerialNumber"), "other drivers' lines")
    #expect(text.contains("\"MT_0000000008\"") && text.contains("0000:b1:00.0 (mlx5_0)"))
  }

  @Test func `with identities it has them`() throws {
    let (run, text) = try report(try host().simulation, "--with-identities")
    for identity in ["0c:42:a1:03:00:b1:01:00", Self.hostName, "10.10.1.7", "MT1916X01234", "0x0c42a10300b10000"] {
      #expect(text.contains(identity))
    }
    #expect(run.errors.contains("identities are in it as they are: GUIDs, addresses, ids, names of hosts and people\n"))
    #expect(text.contains("Identities are in here as they are."))
  }

  @Test func `it writes nothing but the archive, and starts no Docker`() throws {
    let host = try host()
    let before = host.simulation.disk.files
    host.simulation.kernel.forgetStores()
    host.simulation.sockets.forgetCalls()
    _ = try report(host.simulation)
    var after = host.simulation.disk.files
    #expect(after.removeValue(forKey: "r.tar.gz") != nil)
    #expect(after == before)
    #expect(host.simulation.kernel.stores.isEmpty && host.changes == [])
    host.docker.stopDaemon()
    let activations = host.docker.now.activations
    #expect(Run(host.simulation, "support-report --output s.tar.gz").status == 0)
    #expect(host.docker.now.activations == activations)
  }

  @Test func `nothing is overwritten`() throws {
    let simulation = try Simulation.setUp()
    simulation.disk.files["r.tar.gz"] = .init(contents: "mine")
    var host = simulation.host
    host.programs = WatchedPrograms(programs: simulation.kernel) { program in
      Issue.record("\(program) was run although there is nowhere to write")
      return nil
    }
    let run = Run(simulation, "support-report --output r.tar.gz", on: host)
    #expect(run.status == 74 && run.errors.contains("EEXIST"))
    #expect(simulation.disk.files["r.tar.gz"]?.contents == "mine")
  }

  @Test(arguments: ["/usr/bin/systemctl", "/usr/bin/ofed_info", "/usr/bin/journalctl"])
  func `a signal ends it soon, and nothing is written`(program: FilePath) throws {
    let simulation = try host().simulation
    let later = Mutex(0)
    var host = simulation.host
    host.programs = WatchedPrograms(programs: simulation.kernel) { name in
      if simulation.tasks.isTerminating, name != program { later.withLock { $0 += 1 } }
      if name == program { simulation.tasks.terminate() }
      return nil
    }
    let run = Run(simulation, "support-report --output r.tar.gz", on: host)
    #expect(run.status == 75)
    #expect(run.errors == "error: no report was written: stopped by a signal\n")
    #expect(simulation.disk.files["r.tar.gz"] == nil)
    #expect(later.withLock(\.self) < 3)
  }

  @Test(arguments: [true, false]) func `what the driver said when it came up is in it, however much others say`(
    hasPatterns: Bool
  ) throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.update {
      $0.platform.journal = (1...5000).map { "{\"MESSAGE\":\"entry \($0)\"}\n" }.joined()
      $0.platform.kernelLog = ["mlx5_core 0000:b1:00.0: early", "x"] + (1...6000).map { "usb 1-1: \($0)" }
      $0.platform.journalHasPatterns = hasPatterns
    }
    let (run, text) = try report(simulation)
    #expect(text.contains("mlx5_core 0000:b1:00.0: early") && !text.contains("usb 1-1"))
    #expect(run.errors.contains("warning: journal.json: only its newest 5000 entries\n"))
    #expect(!run.errors.contains("kernel.json"))
  }

  @Test func `of a kernel that says far too much, the newest is in it`() throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.update {
      $0.platform.journal = ""
      $0.platform.kernelLog =
        [String(repeating: "x", count: 65 << 20)] + (1...5000).map { "mlx5_core: line \($0)" }
      $0.platform.journalHasPatterns = false
    }
    let (run, text) = try report(simulation)
    #expect(text.contains("mlx5_core: line 5000"))
    #expect(run.errors.contains("warning: kernel.json: only its newest 5000 entries\n"))
  }

  @Test func `parts whose names become the same are all in it`() throws {
    let simulation = try Simulation.setUp()
    for number in 1...3 {
      simulation.disk.files["/var/lib/sriov-persist/outcomes/0c:42:a1:03:00:b1:0\(number)"] = .init(
        contents: "contents \(number)")
    }
    let text = try report(simulation).text
    for (number, end) in [(1, ""), (2, "-2"), (3, "-3")] {
      #expect(text.contains("/outcomes/xx:xx:xx:xx:xx:xx:xx\(end) <==\ncontents \(number)\n"))
    }
  }

  @Test func `neither the journal nor a manager hears of what it only looks at`() throws {
    let simulation = try Simulation.setUp(isService: true)
    #expect(try report(simulation).text.contains("restore --dry-run --json: exit status 66\nerror: nothing was saved"))
    #expect(simulation.journal.recorded.isEmpty && simulation.notifier.sent.isEmpty)
  }

  @Test func `a program that fails is not taken for one that told`() throws {
    let simulation = try Simulation.setUp()
    var host = simulation.host
    host.programs = WatchedPrograms(programs: simulation.kernel) { program in
      program == "/usr/bin/ofed_info" ? ProgramResult(status: 2, output: "OFED-1.2-3:\n") : nil
    }
    #expect(Run(simulation, "support-report --output r.tar.gz", on: host).status == 0)
    let text = try #require(simulation.disk.files["r.tar.gz"]?.contents)
    #expect(text.contains("MLNX_OFED: /usr/bin/ofed_info ended with 2\n"))
  }

  @Test func `a host of which nothing can be read has a report that says so`() throws {
    let simulation = Simulation(Machine(adapters: []))
    simulation.isPrivileged = false
    simulation.disk.files["/var/lib/sriov-persist/generations/000001.json"] = .init(contents: "{}")
    simulation.disk.files["/var/lib/sriov-persist/generations/000001.json"]?.isForbidden = true
    let (run, text) = try report(simulation)
    #expect(run.status == 0)
    #expect(run.errors.contains("generations/000001.json: cannot read "))
    #expect(run.errors.contains("journal.json: /usr/bin/journalctl: there is no such program"))
    #expect(text.contains("generations/000001.json <==\ncould not be read: cannot read "))
    #expect(text.contains("MLNX_OFED: /usr/bin/ofed_info: there is no such program\n"))
  }

  @Test func `the name tells when`() throws {
    let simulation = try Simulation.setUp()
    let run = Run(simulation, "support-report")
    let name = /written: (sriov-persist-report-\d{4}-\d\d-\d\dT[\d-]+Z\.tar\.gz);/
    let path = try #require(run.output.firstMatch(of: name)?.1)
    #expect(simulation.disk.files[String(path)] != nil)
    #expect(Run(simulation, "support-report --output /").status == 64)
  }
}
