import Commands
import HostInterface
import Model
import SimulatedHost
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite struct CheckCommandTests {
  private func run(_ host: Host, _ arguments: String = "check", onTerminal: Bool = false) -> (
    status: Int32, text: String
  ) {
    let output = Mutex("")
    let stream = Console.Stream(hasColour: onTerminal) { text in output.withLock { $0 += text } }
    let console = Console(output: stream, errors: stream)
    let status = SRIOVPersistCommand.run(
      arguments.split(separator: " ").map(String.init), in: Context(host: host, console: console))
    return (status.code, output.withLock(\.self))
  }

  @Test func `a host that is as it should be`() throws {
    let run = run(try GuideHost().simulation.host)
    #expect(run.status == 0)
    #expect(
      run.text == """
        hardware
          ok       adapter             0000:b1:00.0  ConnectX-5 (device 1017), mlx5_0, InfiniBand
          ok       cpu-virtualization  -             the CPU has VT-x
          ok       iommu               -             active: dmar0, dmar1
          ok       sriov-resources     0000:b1:00.0  4 VFs fit

        firmware
          ok       firmware-tool       0000:b1:00.0  mlxconfig answers
          ok       firmware-sriov      0000:b1:00.0  on, and from the next boot on
          ok       firmware-vfs        0000:b1:00.0  allows 8 VFs
          ok       firmware-link-type  0000:b1:00.0  InfiniBand

        driver
          ok       driver              0000:b1:00.0  mlx5_core 25.10-1.7.1 with MLNX_OFED's files
          ok       rdma-device         0000:b1:00.0  mlx5_0
          ok       netdev              0000:b1:00.0  ibs21
          ok       verbs               0000:b1:00.0  libibverbs opens mlx5_0
          ok       vf-count            0000:b1:00.0  4 VFs of 8
          ok       vf-policy           0000:b1:00.0  VFs 0-3: Follow
          ok       vf-guids            0000:b1:00.0  each VF has its own
          ok       vf-drivers          0000:b1:00.0  mlx5_core has VFs 0-3
          ok       other-owners        0000:b1:00.0  no other software creates VFs here

        fabric
          ok       port                0000:b1:00.0  active, SM LID 1
          ok       virt-enabled        0000:b1:00.0  VFs 0-3: active; subnet manager at LID 1

        Docker
          ok       docker              -             28.5.2 answers
          ok       plugin-image        -             rdma/sriov-plugin
          ok       plugin-container    -             plugin runs
          ok       plugin-socket       -             the plugin answers on /run/docker/plugins/sriov.sock
          ok       container-tools     -             rdma/container_tools_installer

        network
          ok       network             0000:b1:00.0  net0: 10.10.1.0/24 on ibs21
          ok       containers          -             1 container on 1 network
          ok       vf-netdevs          0000:b1:00.0  neither NetworkManager nor systemd-networkd manages VFs' netdevs

        settings
          ok       configuration       -             none, or all of it is understood

        0 problems, 0 warnings, 0 unknown, 28 ok

        """)
  }

  @Test func `a host on which much is wrong`() throws {
    let host = try GuideHost()
    host.docker.add(DockerContainer("lzq_ditto_0", on: "net0", ipv4: "10.10.10.4"))
    host.docker.plugin.start()
    host.simulation.disk.files["/etc/default/opensm"] = .init(contents: "PORTS=ALL\n")
    host.simulation.disk.files["/lib/systemd/system/opensm.service"] = .init(contents: "opensm@")
    host.runOpenSM(["/etc/opensm/opensm.conf": "virt_enabled 0\n"])
    host.simulation.kernel.update { machine in
      machine.hasIOMMU = false
      machine.firmwareTool.mood = .hangs
      machine.verbs = .withoutProvider
      machine.adapters[0].contexts[1].policy = .down
      machine.adapters[0].contexts[2].portGUID = 0
    }
    let run = run(host.simulation.host)
    #expect(run.status == 1)
    #expect(
      run.text == """
        hardware
          ok       adapter             0000:b1:00.0  ConnectX-5 (device 1017), mlx5_0, InfiniBand
          ok       cpu-virtualization  -             the CPU has VT-x
          warning  iommu               -             no IOMMU is active: containers do without, vfio-pci does not
                   remedy: VT-d and intel_iommu=on are there, and yet the kernel has none; see: journalctl -k -g DMAR
          ok       sriov-resources     0000:b1:00.0  4 VFs fit

        firmware
          unknown  firmware-tool       0000:b1:00.0  what the firmware does from the next boot on cannot be told: \
        /usr/bin/mlxconfig: no answer before the deadline
                   remedy: see for yourself: mstconfig -d b1:00.0 q; with Secure Boot the kernel may forbid it
          ok       firmware-sriov      0000:b1:00.0  on
          ok       firmware-vfs        0000:b1:00.0  allows 8 VFs

        driver
          ok       driver              0000:b1:00.0  mlx5_core 25.10-1.7.1 with MLNX_OFED's files
          ok       rdma-device         0000:b1:00.0  mlx5_0
          ok       netdev              0000:b1:00.0  ibs21
          problem  verbs               0000:b1:00.0  mlx5_0: libibverbs has no provider for it
                   remedy: install the package ibverbs-providers (it brings /etc/libibverbs.d/mlx5.driver)
          ok       vf-count            0000:b1:00.0  4 VFs of 8
          problem  vf-policy           0000:b1:00.0  VF 1: Down: its port stays down
                   remedy: run: echo Follow > /sys/bus/pci/devices/0000:b1:00.0/sriov/1/policy
          problem  vf-guids            0000:b1:00.0  VF 2: no GUIDs of its own: ports stay down
                   remedy: let them be made: sriov-persist save --generate-guids; then: sriov-persist restore; or \
        write your own to /sys/bus/pci/devices/0000:b1:00.0/sriov/<n>/node and port; bind the VF anew
          ok       vf-drivers          0000:b1:00.0  mlx5_core has VFs 0-3
          ok       other-owners        0000:b1:00.0  no other software creates VFs here

        fabric
          ok       port                0000:b1:00.0  active, SM LID 1
          warning  virt-enabled        -             virt_enabled 0 in /etc/opensm/opensm.conf, and yet VFs' ports \
        are active: its next start may end that
                   remedy: set virt_enabled 2 there, then run: systemctl restart opensm; MLNX_OFED's or UFM's OpenSM \
        knows virtual ports, Debian's does not
          ok       virt-enabled        0000:b1:00.0  VFs 0, 3: active; subnet manager at LID 1
          warning  opensm-ports        -             opensm.service starts a subnet manager on every port, those of \
        restored VFs included
                   remedy: name the PFs' ports alone in /etc/default/opensm: PORTS="0x0c42a10300b10000"

        Docker
          ok       docker              -             28.5.2 answers
          ok       plugin-image        -             rdma/sriov-plugin
          ok       plugin-container    -             plugin runs
          ok       plugin-socket       -             the plugin answers on /run/docker/plugins/sriov.sock
          ok       container-tools     -             rdma/container_tools_installer

        network
          problem  network             0000:b1:00.0  net0: the plugin does not know it: no container can start on it
                   remedy: run: sriov-persist save, if it is not saved yet; then: sriov-persist restore network
          problem  containers          -             container lzq_ditto_0 has the address 10.10.10.4 on net0, whose \
        subnet is 10.10.1.0/24: Docker does not start it
                   remedy: give it an address of that subnet
          ok       vf-netdevs          0000:b1:00.0  neither NetworkManager nor systemd-networkd manages VFs' netdevs

        settings
          ok       configuration       -             none, or all of it is understood

        5 problems, 3 warnings, 1 unknown, 20 ok

        """)
  }

  @Test func `statuses`() throws {
    let simulation = try Simulation.setUp()
    #expect(run(simulation.host).status == 0, "Docker is not installed: a warning")
    simulation.kernel.update { $0.adapters[0].contexts[1].policy = .down }
    #expect(run(simulation.host).status == 1)
    simulation.kernel.update { $0.adapters = [] }
    let none = run(simulation.host)
    #expect(none.status == 66 && none.text.contains("is the card in its slot"))
    var blind = try Simulation.setUp().host
    blind.files = ForbiddenFiles(blind.files, below: "/")
    let unknown = run(blind)
    #expect(unknown.status == 69)
    #expect(unknown.text.contains("unknown  adapter") && unknown.text.contains("EACCES"))
    #expect(run(simulation.host, "check --pf mlx5_0").status == 64)
  }

  @Test func `what was saved is known, and a VF of another host is no adapter`() throws {
    let simulation = try Simulation.setUp()
    #expect(run(simulation.host, "save").status == 0)
    try simulation.write("0", to: "sriov_numvfs", of: simulation.kernel.machine.adapters[0])
    #expect(run(simulation.host).text.contains("no VFs, and 4 are saved"))
    simulation.kernel.update { machine in
      machine.adapters[0].totalVFs = 0
      machine.adapters[0].deviceID = "1018"
    }
    let passedThrough = run(simulation.host)
    #expect(passedThrough.status == 66)
    #expect(!passedThrough.text.contains("mstconfig"))
  }

  @Test func `colour on a terminal only, and the columns stay`() throws {
    let host = try GuideHost().simulation.host
    let plain = run(host).text
    let coloured = run(host, onTerminal: true).text
    #expect(!plain.contains("\u{1b}"))
    #expect(coloured.contains("  \u{1b}[32mok\u{1b}[0m"))
    #expect(coloured.replacing("\u{1b}[32m", with: "").replacing("\u{1b}[0m", with: "") == plain)
  }

  @Test func `JSON for machines`() {
    let run = run(Simulation(.guide).host, "check --json")
    #expect(run.status == 1)
    #expect(run.text.contains("\"version\" : 1"))
    #expect(
      run.text.contains(
        """
            {
              "id" : "vf-count",
              "layer" : "driver",
              "pf" : "0000:b1:00.0",
              "remedy" : "run: echo 4 > /sys/bus/pci/devices/0000:b1:00.0/sriov_numvfs; or, if they were saved: sriov-persist restore",
              "seen" : "no VFs",
              "verdict" : "problem"
            }
        """))
  }
}
