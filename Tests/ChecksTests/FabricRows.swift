import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

@testable import Checks

extension Row {
  static let fabric: [Row] = [
    Row(.port, .ok, "active, SM LID 1"),
    Row(.port, .problem, "cable down", "ibstat") { host in
      host.simulation.kernel.pullCable(of: host.pf)
    },
    .machine(.port, .problem, "no subnet manager yet", "sminfo -C mlx5_0") { $0.adapters[0].port.state = .initialize },
    .machine(.port, .unknown, "no RDMA device yet") { $0.adapters[0].rdmaDevice = nil },
    Row(.virtEnabled, .ok, "VFs 0-3: active"),
    .machine(
      .virtEnabled, .problem, "VFs 0-3: not active, though the PF's port is: subnet manager at LID 1", "virt_enabled 2"
    ) {
      $0.subnetManager.knowsVirtualPorts = false
    },
    Row(.virtEnabled, .unknown, "no VF's port tells", "virt_enabled 2") { try $0.removeVFs() },
    Row(.virtEnabled, .ok, "virt_enabled 2 in /etc/opensm/opensm.conf") { host in
      host.runOpenSM(["/etc/opensm/opensm.conf": "# virt_enabled 0\nguid 0x0\nvirt_enabled 2\n"])
    },
    Row(.virtEnabled, .unknown, "virt_enabled 2 in /etc/opensm/opensm.conf, and no", "Debian's does not") { host in
      host.simulation.kernel.update { $0.subnetManager.knowsVirtualPorts = false }
      host.runOpenSM(["/etc/opensm/opensm.conf": "virt_enabled 2\n"])
    },
    Row(.virtEnabled, .problem, "virt_enabled 1 in /opt/ufm", "set virt_enabled 2 there") { host in
      host.simulation.kernel.update { $0.subnetManager.knowsVirtualPorts = false }
      host.runOpenSM(
        ["/opt/ufm/files/conf/opensm/opensm.conf": "virt_enabled 1\n", "/etc/opensm/opensm.conf": "virt_enabled 2\n"],
        "-g", "0x1", "-F", "/opt/ufm/files/conf/opensm/opensm.conf")
    },
    Row(.virtEnabled, .warning, "virt_enabled 0 in /etc/opensm/opensm.conf, and yet", "set virt_enabled 2 there") {
      $0.runOpenSM(["/etc/opensm/opensm.conf": "virt_enabled 0\n"])
    },
    Row(.virtEnabled, .warning, "no virt_enabled in /etc/opensm/opensm.conf") { host in
      host.runOpenSM(["/etc/opensm/opensm.conf": "virt_max_ports_in_process 4\nvirt_enabled"])
    },
    Row(.virtEnabled, .unknown, "/etc/opensm/opensm.conf: EACCES", "as root") { host in
      host.runOpenSM(["/etc/opensm/opensm.conf": "virt_enabled 2\n"])
      host.simulation.disk.files["/etc/opensm/opensm.conf"]?.isForbidden = true
    },
    Row(.virtEnabled, .warning, "virt_enabled 0 in /opt/sm.conf") { host in
      host.runOpenSM(["/opt/sm.conf": "virt_enabled 0\n"], "--config=/opt/sm.conf")
    },
    Row(.virtEnabled, .warning, "virt_enabled 0 in /opt/sm.conf") { host in
      host.runOpenSM(["/opt/sm.conf": "virt_enabled 0\n"], "-B", "-F/opt/sm.conf")
    },
    Row(.virtEnabled, .warning, "virt_enabled 0 in /etc/rdma/opensm.conf") { host in
      host.runOpenSM(["/etc/rdma/opensm.conf": "virt_enabled 0\n"])
    },
    Row(.virtEnabled, .ok, "virt_enabled 2 in /etc/opensm/opensm.conf") { host in
      host.runOpenSM(["/etc/rdma/opensm.conf": "virt_enabled 0\n", "/etc/opensm/opensm.conf": "virt_enabled 2\n"])
    },
    Row(.virtEnabled, .warning, "without /etc/opensm/opensm.conf") { $0.runOpenSM([:]) },
    Row(.openSMPorts, .ok, "not told to take every port") { $0.runOpenSM([:]) },
    .files(
      .openSMPorts, .warning, "on every port", "PORTS=\"0x0c42a10300b10000\"",
      files: [
        "/lib/systemd/system/opensm.service": "ExecStart=systemctl start opensm@$PORT",
        "/etc/default/opensm": "PORTS=\"ALL\"\n",
      ]),
  ]

  static let docker: [Row] = [
    Row(.docker, .ok, "28.5.2 answers"),
    Row(.docker, .problem, "not running", "systemctl start docker") { $0.docker.stopDaemon() },
    Row(.docker, .problem, "not running", "systemctl start docker") { host in
      host.docker.update { $0.daemon = .stopping }
    },
    Row(.docker, .problem, "gives no answer", "systemctl status docker") { host in
      host.docker.update { $0.daemon = .starting }
    },
    Row(.docker, .warning, "not running, and nothing is called /run/docker.sock", "systemctl start docker") { host in
      host.simulation.disk.files["/run/docker.sock"] = nil
    },
    Row(.docker, .ok, "28.5.2 answers") { $0.docker.update { ($0.isService, $0.isSocketActivated) = (false, false) } },
    Row(.docker, .problem, "there is no such socket") { host in
      host.docker.stopDaemon()
      host.docker.update { $0.isSocketActivated = false }
    },
    Row(.docker, .warning, "Podman 4.3.1 listens on /run/docker.sock", "install Docker", "dockerSocket") { host in
      host.docker.update { $0.podman = "4.3.1" }
    },
    Row(.docker, .unknown, "EACCES", "the group docker") { host in host.docker.update { $0.isForbidden = true } },
    Row(.pluginImage, .ok, "rdma/sriov-plugin"),
    Row(.pluginImage, .ok, "rdma/sriov-plugin") { $0.withoutPlugin() },
    Row(.pluginImage, .problem, "is not here", "docker pull rdma/sriov-plugin") { host in
      host.withoutPlugin()
      host.docker.update { $0.images = [:] }
    },
    Row(.pluginContainer, .ok, "plugin runs"),
    Row(.pluginContainer, .problem, "plugin does not run", "docker start plugin") { $0.docker.stopContainer("plugin") },
    Row(.pluginContainer, .problem, "no container of the plugin", "--net=host --privileged") { $0.withoutPlugin() },
    Row(.pluginContainer, .problem, "without --privileged", "docker rm -f plugin") { host in
      host.docker.update { $0.containers[0].isPrivileged = false }
    },
    Row(.pluginContainer, .warning, "restart policy always", "--restart=no plugin") { host in
      host.docker.update { $0.containers[0].policy = "always" }
    },
    Row(.pluginSocket, .ok, "answers on /run/docker/plugins/sriov.sock"),
    Row(.pluginSocket, .problem, "does not answer", "docker logs plugin") { $0.docker.stopContainer("plugin") },
    Row(.pluginSocket, .unknown, "at work, or hangs", "docker logs plugin") { host in
      host.docker.plugin.update { $0.isWorking = true }
    },
    Row(.pluginSocket, .unknown, "EACCES", "run as root") { $0.docker.plugin.update { $0.isForbidden = true } },
    Row(.pluginSocket, .problem, "no answer before the deadline") { host in
      host.docker.plugin.update { $0.hangs = true }
    },
    Row(.containerTools, .ok, "rdma/container_tools_installer"),
    Row(.containerTools, .warning, "only containers without --privileged") { host in
      host.docker.update { $0.images["rdma/container_tools_installer"] = nil }
    },
    Row(.containerTools, .ok, "/usr/bin/docker_rdma_sriov") { host in
      host.docker.update { $0.images["rdma/container_tools_installer"] = nil }
      host.simulation.disk.files["/usr/bin/docker_rdma_sriov"] = .init(contents: "")
    },
  ]

  static let networks: [Row] = [
    Row(.network, .ok, "net0: 10.10.1.0/24 on ibs21"),
    Row(.network, .warning, "no network of the driver sriov", "-o netdevice=ibs21") { host in
      host.docker.update { $0.networks = [] }
    },
    Row(.network, .problem, "is on ibs99, which is no netdev", "make it anew") { host in
      host.docker.update { $0.networks[0].options["netdevice"] = "ibs99" }
    },
    Row(.network, .problem, "the plugin does not know it", "sriov-persist restore network") {
      $0.docker.plugin.start()
    },
    Row(
      .network, .problem, "the plugin has forgotten ditto, running on it", "docker stop ditto && docker start ditto"
    ) { host in
      host.docker.plugin.start(keeping: Set(host.docker.now.networks.map(\.id)))
    },
    Row(.network, .unknown, "does not say") { $0.docker.stopContainer("plugin") },
    Row(.network, .unknown, "does not say", "plugin-socket") { host in
      host.docker.plugin.update { $0.isWorking = true }
    },
    Row(.containers, .ok, "1 container on 1 network"),
    Row(.containers, .problem, "10.10.10.4 on net0, whose subnet is 10.10.1.0/24", "an address of that subnet") {
      host in
      host.docker.add(DockerContainer("lzq_ditto_0", on: "net0", ipv4: "10.10.10.4"))
    },
    Row(.containers, .problem, "5 endpoints of containers on 0000:b1:00.0, which has 4 VFs") { host in
      for number in 1...4 { host.docker.add(DockerContainer("c\(number)", on: "net0", policy: "always")) }
    },
    Row(.containers, .ok, "5 containers on 1 network") { host in
      for number in 1...4 {
        var container = DockerContainer("c\(number)", on: "net0", ipv4: "10.10.1.4")
        container.isRunning = false
        host.docker.add(container)
      }
    },
    Row(.containers, .problem, "Docker gave ditto up: no VF", "docker start ditto") { host in
      host.docker.update { state in
        guard let place = state.containers.firstIndex(where: { $0.name == "ditto" }) else { return }
        state.containers[place].policy = "always"
        state.containers[place].isRunning = false
        state.containers[place].error = "no VF"
      }
    },
    Row(.vfNetdevs, .ok, "neither"),
    Row(.vfNetdevs, .warning, "systemd-networkd manages", "05-sriov-persist-vfs.network") { host in
      host.linkFiles("/run/systemd/netif/links", "ADMIN_STATE=configuring\nOPER_STATE=no-carrier\n", vf: 1)
    },
    Row(.vfNetdevs, .ok, "neither") { host in
      host.linkFiles("/run/systemd/netif/links", "ADMIN_STATE=unmanaged\n", vf: 1)
    },
    Row(.vfNetdevs, .warning, "NetworkManager manages", "92-sriov-persist-vfs.rules") { host in
      host.linkFiles("/run/NetworkManager/devices", "[device]\nmanaged=true\n", vf: 2)
    },
  ]

}
