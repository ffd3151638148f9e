import Commands
import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

/// What one look tells, in each state that a host can be in.
@Suite struct StatusTests {
  private let header =
    "PF                     VFS     VERIFIED  POLICY  PORT              LAST RESTORE                          STATE\n"

  /// Saved, rebooted and restored.
  private func restored(_ simulation: Simulation) -> Simulation {
    #expect(Run(simulation, "save").status == 0)
    simulation.reboot()
    #expect(Run(simulation, "restore").status == 0)
    return simulation
  }

  @Test func healthy() throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "save").status == 0)
    let never = Run(simulation, "status")
    #expect(
      never.output == """
        PF                     VFS     VERIFIED  POLICY  PORT              LAST RESTORE  STATE
        0000:b1:00.0 (mlx5_0)  4 of 4  4         Follow  active, SM LID 1  never         ok
        compared with generation 1

        """)
    simulation.reboot()
    _ = Run(simulation, "restore")
    let run = Run(simulation, "status")
    #expect(
      run.output == header + """
        0000:b1:00.0 (mlx5_0)  4 of 4  4         Follow  active, SM LID 1  restored 2027-01-15T08:01:43Z, 1.0 s  ok
        compared with generation 1

        """)
    #expect((run.status, run.errors) == (0, "") && (never.status, never.errors) == (0, ""))
  }

  @Test func `what differs is told with the remedy`() throws {
    let simulation = try restored(.setUp())
    simulation.kernel.update { $0.adapters[0].contexts[2].policy = .down }
    let run = Run(simulation, "status")
    #expect(run.status == 1)
    #expect(
      run.output == """
        PF                     VFS     VERIFIED  POLICY            PORT              LAST RESTORE                          STATE
        0000:b1:00.0 (mlx5_0)  4 of 4  3         Down 1, Follow 3  active, SM LID 1  restored 2027-01-15T08:01:43Z, 1.0 s  drift
          0000:b1:00.0: VF 2: policy is Down, wanted Follow
            remedy: put it right: sriov-persist restore; see what that would do: sriov-persist restore --dry-run
        compared with generation 1

        """)
  }

  @Test func `a PF whose VFs have no GUID is not ok without a word`() throws {
    let simulation = try Simulation.setUp(guids: false)
    #expect(Run(simulation, "save").status == 0)
    let run = Run(simulation, "status")
    #expect(run.status == 0)
    #expect(run.output.contains("  ok, see note\n"))
    #expect(
      run.output.contains(
        "  note: 0000:b1:00.0: VFs 0-3 have no GUID of their own, so the port stays down; "
          + "run: sriov-persist save --generate-guids; then: sriov-persist restore\n"))
    #expect(Run(simulation, "status --json").output.contains("VFs 0-3 have no GUID of their own"))
  }

  @Test func `what of a VF cannot be read is told, and leaves it unknown`() throws {
    let simulation = try restored(.setUp())
    simulation.kernel.update { $0.adapters[0].vfs[1].isDead = true }
    let run = Run(simulation, "status")
    #expect(run.status == 69)
    #expect(run.output.contains("  problem\n"))
    #expect(run.output.contains("0000:b1:00.0 (mlx5_0): VF 1: node GUID cannot be read: EIO (and 2 more)"))
  }

  @Test func `on a terminal it is coloured, and aligned all the same`() throws {
    let simulation = try restored(.setUp(pfs: 2))
    simulation.kernel.update { $0.adapters[0].contexts[2].policy = .down }
    let coloured = Run(simulation, "status", isTerminal: true).output
    #expect(coloured.contains("  \u{1b}[31mdrift\u{1b}[0m\n") && coloured.contains("  \u{1b}[32mok\u{1b}[0m\n"))
    #expect(coloured.replacing(/\u{1b}\[[0-9]+m/, with: "") == Run(simulation, "status").output)
  }

  @Test func `a restore that failed is told, and what is left of it`() throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "save").status == 0)
    simulation.reboot()
    simulation.kernel.update { $0.adapters[0].faults.countErrors = [5] }
    #expect(Run(simulation, "restore").status == 74)
    let run = Run(simulation, "status")
    #expect(run.status == 1)
    #expect(run.output.contains("0 of 4  0         -       active, SM LID 1  failed 2027-01-15T08:01:"))
    #expect(
      run.output.contains("  0000:b1:00.0: VF count is 0, wanted 4\n  0000:b1:00.0: VFs 0-3: missing\n    remedy: put"))
    #expect(run.output.contains("  0000:b1:00.0: the last restore failed: create 4 VFs: EIO"))
    // Somebody makes them by hand: nothing differs, and yet a save is refused.
    simulation.kernel.update { $0.adapters[0].faults.countErrors = [] }
    let outcome = "/run/sriov-persist/outcomes/0000:b1:00.0.json"
    let saved = simulation.disk.files[outcome]
    #expect(Run(simulation, "restore").status == 0)
    simulation.disk.files[outcome] = saved
    let right = Run(simulation, "status")
    #expect(right.status == 1 && right.output.contains("  problem\n"))
    #expect(right.output.contains("    remedy: nothing differs now; let that be known: sriov-persist restore\n"))
  }

  @Test func `while a restore is under way nothing is called drift`() throws {
    let simulation = try restored(.setUp())
    simulation.kernel.update { $0.adapters[0].contexts[2].policy = .down }
    let run = try simulation.disk.withLock("/run/sriov-persist/locks/0000:b1:00.0") { Run(simulation, "status") }
    #expect(run.status == 69)
    #expect(
      run.output == """
        PF                     VFS     VERIFIED  POLICY  PORT  LAST RESTORE  STATE
        0000:b1:00.0 (mlx5_0)  ? of 4  ?         -       -     -             restore in progress (pid 4711, for 0 s)
        compared with generation 1

        """)
  }

  @Test func `a port that is down, and one without a subnet manager, are problems with different remedies`() throws {
    let simulation = try restored(.setUp())
    simulation.kernel.pullCable(of: simulation.kernel.machine.adapters[0].address)
    let down = Run(simulation, "status")
    #expect(down.status == 1 && down.output.contains("  4         Follow  cable down  restored"))
    #expect(
      down.output.contains(
        "  port 1 of 0000:b1:00.0: cable down\n    remedy: look at the cable and the switch: ibstat mlx5_0\n"))

    let alone = try Simulation.setUp()
    #expect(Run(alone, "save").status == 0)
    alone.kernel.stopSubnetManager()
    alone.reboot()
    #expect(Run(alone, "restore vfs").status == 0)
    let run = Run(alone, "status")
    #expect(run.status == 1)
    #expect(run.output.contains("    remedy: is a subnet manager running on this fabric? run: sminfo -C mlx5_0; "))
    #expect(Run(alone, "status --json").output.contains("\"smLid\" : 0"))
    alone.disk.files["/etc/sriov-persist/config.json"] = .init(contents: #"{"subnetManagerSeconds": 0}"#)
    let unneeded = Run(alone, "status")
    #expect(unneeded.status == 0 && unneeded.output.contains("link up, no subnet manager yet"), "told, and no problem")
  }

  @Test func `what may not be read is named`() throws {
    let simulation = try restored(.setUp(pfs: 2))
    var host = simulation.host
    host.files = ForbiddenFiles(host.files, below: "/sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe")
    let run = Run(simulation, "status", on: host)
    #expect(run.status == 69)
    #expect(
      run.output.contains(
        """
          cannot read /sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe: EACCES
            remedy: run as root

        """))
    #expect(run.output.contains("0000:b1:00.0 (mlx5_1)  ? of 4  ?         -       active, SM LID 1  "))
    #expect(run.output.contains("0000:b2:00.0 (mlx5_0)  4 of 4  4         Follow  active, SM LID 1  "), "the others")
  }

  @Test func `nothing saved, no PF, VFs that nobody saved`() throws {
    let simulation = try Simulation.setUp(pfs: 2)
    let nothing = Run(simulation, "status")
    #expect((nothing.status, nothing.output) == (66, ""))
    #expect(nothing.errors == "error: nothing was saved yet; set the VFs up, then run: sriov-persist save\n")
    #expect(Run(simulation, "save --pf 0000:b1:00.0").status == 0)
    #expect(
      Run(simulation, "status").errors
        == "warning: 0000:b2:00.0 (mlx5_1) has VFs of which nothing is saved; run: sriov-persist save --pf 0000:b2:00.0\n"
    )
    simulation.kernel.update { $0.adapters = [] }
    let gone = Run(simulation, "status")
    #expect(gone.status == 1)
    #expect(gone.output.contains("0000:b1:00.0 (mlx5_0)  ? of 4  ?         -       -     never         failed\n"))
    #expect(gone.output.contains("there is no PCI function\n    remedy: "))
  }

  @Test func `another card in a saved one's place has VFs that nobody saved`() throws {
    let simulation = try Simulation.setUp()
    #expect(Run(simulation, "save").status == 0)
    simulation.kernel.update { $0.adapters[0].nodeGUID ^= 0xff00 }
    let run = Run(simulation, "status")
    #expect(run.status == 1 && run.errors.contains("0000:b1:00.0 (mlx5_0) has VFs of which nothing is saved"))
  }

  @Test func `Docker absent, stopped, and being repaired`() throws {
    let host = try DockerHost()
    #expect(Run(host.simulation, "save").status == 0)
    let lock: FilePath = "/run/sriov-persist/locks/docker"
    host.docker.plugin.start()
    let busy = try host.simulation.disk.withLock(lock) { Run(host.simulation, "status") }
    #expect(busy.status == 69)
    #expect(busy.output.contains("net0     0000:b1:00.0 (mlx5_0)  restore in progress (pid 4711, for 0 s)\n"))
    #expect(!busy.output.contains("to be done"))
    // Usable or not: whoever has the lock is not done with it.
    let usable = try DockerHost()
    #expect(Run(usable.simulation, "save").status == 0)
    for held in [lock, "/run/sriov-persist/locks/0000:b1:00.0"] {
      try usable.simulation.disk.withLock(held) {
        #expect(Run(usable.simulation, "status").output.contains("net0     0000:b1:00.0 (mlx5_0)  restore in progress"))
        let json = Run(usable.simulation, "status --json")
        #expect(json.status == 69)
        #expect(json.output.contains("\"healthy\" : false") && json.output.contains("\"state\" : \"restoring\""))
      }
    }

    host.simulation.reboot()
    #expect(Run(host.simulation, "restore vfs").status == 0)
    let stopped = Run(host.simulation, "status")
    #expect(stopped.status == 69)
    #expect(
      stopped.output.contains("\nNETWORK  PF                     STATE\nnet0     0000:b1:00.0 (mlx5_0)  unknown\n"))
    #expect(
      stopped.output.contains("  network net0: Docker is not running\n    remedy: run: systemctl start docker\n"))
    host.docker.update { $0.isSocketActivated = false }
    let absent = Run(host.simulation, "status")
    #expect(absent.status == 69)
    #expect(
      absent.output.contains(
        """
          network net0: Docker is not running (/run/docker.sock: there is no such socket)
            remedy: start Docker; or set "dockerSocket" in /etc/sriov-persist/config.json to the socket of Docker

        """))
    #expect(host.docker.now.activations == 0, "nobody started it")
  }

  @Test func `who may not ask Docker is told so, and all the rest`() throws {
    let docker = try DockerHost()
    #expect(Run(docker.simulation, "save").status == 0)
    var host = docker.simulation.host
    host.http = Locked(host.http, socket: Simulation.dockerSocket)
    let run = Run(docker.simulation, "status", on: host)
    #expect(run.status == 69)
    #expect(
      run.output.contains("0000:b1:00.0 (mlx5_0)  4 of 4  4         Follow  active, SM LID 1  never         ok\n"))
    #expect(run.output.contains("net0     0000:b1:00.0 (mlx5_0)  unknown\n"))
    #expect(run.output.contains("EACCES\n    remedy: run as root, or as a member of the group docker\n"))
    // The plugin's socket is root's.
    host.http = Locked(docker.simulation.host.http, socket: "/run/docker/plugins/sriov.sock")
    let member = Run(docker.simulation, "status", on: host)
    #expect(member.status == 69 && member.output.contains("EACCES\n    remedy: run as root\n"))
  }

  @Test func `a network that differs, and one that the plugin forgot`() throws {
    let host = try DockerHost()
    #expect(Run(host.simulation, "save").status == 0)
    host.docker.plugin.start()
    let blank = Run(host.simulation, "status")
    #expect(blank.status == 1)
    #expect(
      blank.output.contains(
        """
        net0     0000:b1:00.0 (mlx5_0)  drift
          network net0: to be done: tell the plugin of the network c0ffee00c0ff again
            remedy: let it be done: sriov-persist restore network

        """))
    host.docker.update { $0.networks[0].labels = [:] }
    let different = Run(host.simulation, "status")
    #expect(different.status == 1)
    #expect(different.output.contains("  network net0: "))
    #expect(different.output.contains("labels is none, wanted owner=me"))
    #expect(different.output.contains("    remedy: ") && different.output.contains("--replace-networks"))
    let json = Run(host.simulation, "status --json").output
    #expect(json.contains("\"problems\" : [\n        {\n          \"lines\" : [\n            \"network net0: "))
  }

  @Test func `whose VLAN, spoof check and trust are, and containers that the plugin forgot`() throws {
    let host = try DockerHost.ethernet(.v20)
    try host.run(DockerContainer("web", on: "net0"))
    #expect(Run(host.simulation, "save").status == 0)
    let words = "VLAN, spoof check and trust of its VFs are the network plugin's, which sets them for each container"
    let healthy = Run(host.simulation, "status")
    #expect(healthy.status == 0 && healthy.output.contains("  note: 0000:b1:00.0: \(words)"), "\(healthy.output)")
    #expect(Run(host.simulation, "status --json").output.contains("\"note\" : \"\(words)"))
    host.docker.plugin.start(keeping: Set(host.docker.now.networks.map(\.id)))
    let run = Run(host.simulation, "status")
    #expect(run.status == 1)
    #expect(run.output.contains("net0     0000:b1:00.0 (mlx5_0)  problem\n"), "\(run.output)")
    #expect(run.output.contains("    remedy: run: docker stop web && docker start web\n"), "\(run.output)")
    #expect(Run(host.simulation, "status --json").output.contains("\"state\" : \"problem\""))
  }

  @Test func `JSON has the documented keys, and no others`() throws {
    let host = try DockerHost()
    #expect(Run(host.simulation, "save").status == 0)
    host.simulation.kernel.update { $0.adapters[0].contexts[2].policy = .down }
    let page = try Documents.text(of: "docs/status.md")
    let keys = Set(Run(host.simulation, "status --json").output.matches(of: /"([A-Za-z]+)" :/).map { String($0.1) })
    #expect(keys.count > 25)
    #expect(keys.filter { !page.contains(try! Regex("`…?\($0)(\\[\\])?`")) } == [])
  }
}
