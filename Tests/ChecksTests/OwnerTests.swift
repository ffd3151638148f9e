import Checks
import Model
import SimulatedHost
import SystemPackage
import Testing

/// An InfiniBand PF that udev has renamed.
private let pf = PhysicalFunction(
  pciAddress: PCIAddress(domain: 0, bus: 0xb1, device: 0, function: 0), nodeGUID: nil, boardID: nil,
  deviceID: "1017", linkLayer: .infiniBand, rdmaDevice: "ibp177s0", netdev: "ibs21")
/// An Ethernet PF.
private let ethernet = PhysicalFunction(
  pciAddress: PCIAddress(domain: 0, bus: 1, device: 0, function: 1), nodeGUID: nil, boardID: nil, deviceID: "101d",
  linkLayer: .ethernet, rdmaDevice: "mlx5_1", netdev: "ens1f1np1")

extension SimulatedDisk.File {
  fileprivate static func executable(_ contents: String) -> Self {
    var file = Self(contents: contents)
    file.mode = 0o755
    return file
  }
}

private func owners(_ files: [String: SimulatedDisk.File], of pf: PhysicalFunction) -> [Owner] {
  Owner.others(of: pf, onHostWith: files)
}

/// The words about each owner.
private func found(_ files: [String: String], of pf: PhysicalFunction = pf) -> [String] {
  owners(files.mapValues { SimulatedDisk.File(contents: $0) }, of: pf).map(\.description)
}

@Suite struct OwnerTests {
  @Test func `a host of which nobody else made VFs has no owner`() {
    #expect(found([:]) == [])
    #expect(
      found([
        "/etc/systemd/network/10-name.link": "[Match]\nPath=pci-0000:b1:00.0\n[Link]\nName=ibs21\n",
        "/etc/netplan/50.yaml": "network:\n  ethernets:\n    ibs21:\n      mtu: 2044\n",
        "/etc/NetworkManager/system-connections/a.nmconnection": "[connection]\ninterface-name=ibs21\n",
        "/usr/lib/udev/rules.d/60.rules": #"SUBSYSTEM=="net", ATTR{device/sriov_numvfs}=="0", TAG+="systemd""#,
        "/etc/modprobe.d/mlnx.conf": "options mlx4_core num_vfs=4\noptions mlx5_core probe_vf=0\n",
        "/etc/systemd/system/see.service": "[Service]\nExecStart=/bin/cat /sys/class/net/ibs21/device/sriov_numvfs\n",
      ]) == [])
  }

  @Test func `the certain ones come first`() {
    let link = "[Match]\nMACAddress=00:00:00:00:00:01\n[Link]\nSR-IOVVirtualFunctions=2\n"
    let owners = owners(
      [
        "/etc/systemd/network/10.link": .init(contents: link),
        "/etc/rc.local": .executable("echo 4 > /sys/class/net/ibs21/device/sriov_numvfs\n"),
      ], of: pf)
    #expect(
      owners.map(\.description) == [
        "rc.local: /etc/rc.local (4 > /sys/class/net/ibs21/device/sriov_numvfs)",
        "perhaps systemd: /etc/systemd/network/10.link (SR-IOVVirtualFunctions=2)",
      ])
  }

  @Test func `a file that is a link is read where it leads, and a broken one is nothing`() {
    let link = "/etc/systemd/network/10-vf.link"
    let text = SimulatedDisk.File(contents: "[Match]\nOriginalName=*\n[Link]\nSR-IOVVirtualFunctions=2\n")
    #expect(owners([link: .link(to: "/opt/vf.link"), "/opt/vf.link": text], of: pf).map(\.place.string) == [link])
    #expect(owners([link: .link(to: "/opt/vf.link")], of: pf) == [])
    #expect(owners([link: .link(to: link)], of: pf) == [])
  }
}

@Suite struct LinkFileTests {
  private func file(_ match: String, _ count: String = "2") -> [String: String] {
    ["/etc/systemd/network/10-vf.link": "[Match]\n\(match)\n[Link]\nSR-IOVVirtualFunctions=\(count)\n"]
  }

  private let certain = ["systemd: /etc/systemd/network/10-vf.link (SR-IOVVirtualFunctions=2)"]

  @Test(arguments: [
    "OriginalName=*", "Path=pci-0000:b1:00.0", "Path=pci-0000:0[0-9]:* pci-0000:b?:00.0", "Driver=mlx5_core",
    "OriginalName=ibs21", "Type=infiniband\nDriver=mlx5*", "Path=!pci-0000:01:00.0", "Path=pci-x\nPath=pci-0000:b1:*",
    "# Path=x\n; Path=x\nPath = pci-0000:b1:00.0", "Path=pci-x\nPath=\nDriver=mlx5_core", "Path=pci-\\\n0000:b1:00.0",
  ]) func `what surely matches the PF`(match: String) {
    #expect(found(file(match)) == certain)
  }

  @Test(arguments: [
    "MACAddress=00:11:22:33:44:55", "Path=pci-0000:b1:00.0\nKernelCommandLine=vfs", "OriginalName=ib0",
    "OriginalName=ib[0-3]",
  ]) func `what may match it: a MAC is not known, and the kernel's own name is gone`(match: String) {
    #expect(found(file(match)) == certain.map { "perhaps \($0)" })
  }

  @Test(arguments: [
    "", "Path=pci-0000:b1:00.1", "Path=!pci-0000:b1:*", "Driver=ixgbe", "Type=ether", "OriginalName=eth*",
    "OriginalName=ens1", "MACAddress=00:11:22:33:44:55\nDriver=ice",
  ]) func `what does not`(match: String) {
    #expect(found(file(match)) == [])
  }

  @Test func `a file in /etc replaces its namesake, an empty one masks it, and so does a link to nothing`() {
    let text = "[Match]\nOriginalName=*\n[Link]\nSR-IOVVirtualFunctions=2\n"
    let other = "/usr/lib/systemd/network/10-vf.link"
    #expect(found([other: text, "/etc/systemd/network/10-vf.link": text]) == certain)
    #expect(found([other: text, "/run/systemd/network/10-vf.link": ""]) == [])
    let masked: [String: SimulatedDisk.File] = [
      other: .init(contents: text), "/etc/systemd/network/10-vf.link": .link(to: "/dev/null"),
      "/dev/null": .init(contents: ""),
    ]
    #expect(owners(masked, of: pf) == [])
  }

  @Test func `only the first file that matches is applied`() {
    let files = file("Path=pci-0000:b1:00.0")
    #expect(found(files.merging(["/etc/systemd/network/05.link": "[Match]\nOriginalName=*\n"]) { $1 }) == [])
    #expect(found(files.merging(["/etc/systemd/network/05.link": "[Match]\nDriver=ice\n"]) { $1 }) == certain)
    #expect(found(files.merging(["/etc/systemd/network/99.link": "[Match]\nOriginalName=*\n"]) { $1 }) == certain)
  }

  @Test func `a drop-in sets the count, and takes it away`() {
    let folder = "/run/systemd/network/10-vf.link.d"
    let files = file("OriginalName=*")
    #expect(
      found(files.merging(["\(folder)/x.conf": "[Link]\nSR-IOVVirtualFunctions=3\n"]) { $1 })
        == ["systemd: \(folder)/x.conf (SR-IOVVirtualFunctions=3)"])
    #expect(found(files.merging(["\(folder)/x.conf": "[Link]\nSR-IOVVirtualFunctions=\n"]) { $1 }) == [])
  }

  @Test func `sections about single VFs make as many as they need`() {
    let text = "[Match]\nOriginalName=*\n[SR-IOV]\nVirtualFunction=0\n[SR-IOV]\nVirtualFunction=5\nTrust=yes\n"
    let owner = owners(["/etc/systemd/network/1.link": .init(contents: text)], of: pf).first
    #expect(owner?.count == 6)
    #expect(owner?.isCertain == true)
  }
}

@Suite struct NetworkProgramTests {
  private func netplan(_ text: String) -> [String] { found(["/etc/netplan/50-vf.yaml": text], of: ethernet) }

  @Test func `netplan: a count, by name or by match`() {
    let count = "virtual-function-count: 4 # four"
    #expect(
      netplan("network:\n  version: 2\n  ethernets:\n    ens1f1np1:\n      \(count)\n")
        == ["netplan: /etc/netplan/50-vf.yaml (ens1f1np1: virtual-function-count: 4)"])
    #expect(
      netplan("network:\n  ethernets:\n    pf:\n      match:\n        macaddress: 00:11:22:33:44:55\n      \(count)\n")
        == ["perhaps netplan: /etc/netplan/50-vf.yaml (pf: virtual-function-count: 4)"])
    let named =
      "network:\n ethernets:\n  \"pf\":\n   match: \n    name: 'ens1f1*'\n    driver: mlx5_core\n   \(count)\n"
    #expect(netplan(named).first?.hasPrefix("netplan: ") == true)
    #expect(netplan("network:\n  ethernets:\n    ens1f0np0:\n      \(count)\n") == [])
    #expect(netplan("network:\n  ethernets:\n    pf:\n      match:\n        driver: ice\n      \(count)\n") == [])
    #expect(
      netplan("network: {ethernets: {pf: {match: {name: 'ens1*'}, virtual-function-count: 4}}}\n")
        == ["netplan: /etc/netplan/50-vf.yaml (pf: virtual-function-count: 4)"])
    #expect(netplan("network:\n  ethernets:\n    ens1f1np1: {\(count)\n    }\n").count == 1)
    #expect(
      netplan(
        "network: {ethernets: {pf: {match: {driver: [ice, 'mlx5*']}, set-name: ens1f1np1, virtual-function-count: 4}}}"
      )
      .first?.hasPrefix("netplan: ") == true)
    #expect(netplan("network: {ethernets: {pf: {match: {driver: [ice]}, virtual-function-count: 4}}}") == [])
    #expect(netplan("network: {ethernets: {pf: {match: {}, virtual-function-count: 4}}}").count == 1)
    #expect(netplan("network: {ethernets: {pf: {match: {name: ens2*}, virtual-function-count: 4}}}") == [])
    #expect(
      netplan("network: {ethernets: {ens1f1np1: {virtual-function-count: 4}\n") == [], "netplan cannot read it either")
    #expect(netplan("network:\n  bonds:\n    ens1f1np1:\n      \(count)\n") == [])
    #expect(netplan("network:\n  ethernets:\n    ens1f1np1:\n      # \(count)\n      mtu: 9000\n") == [])
  }

  @Test func `netplan: VFs that name the PF as theirs are counted, over all files; a VLAN's link is another thing`() {
    let vf = "network:\n  ethernets:\n    vf0:\n      link: ens1f1np1\n"
    #expect(
      found(
        [
          "/etc/netplan/1.yaml": "network:\n  ethernets:\n    ens1f1np1: {}\n", "/etc/netplan/2.yaml": vf,
          "/run/netplan/3.yaml": vf.replacing("vf0", with: "vf1"), "/etc/netplan/3.yaml": "",
        ], of: ethernet) == ["netplan: /etc/netplan/1.yaml (ens1f1np1: link of 2 VFs)"])
    #expect(
      netplan("network:\n  ethernets:\n    ens1f1np1: {}\n  vlans:\n    v:\n      link: ens1f1np1\n") == [])
  }

  @Test func `netplan: its own unit tells where the file was not understood`() {
    let unit = [
      "/run/systemd/system/netplan-sriov-apply.service": "[Unit]\nAfter=sys-subsystem-net-devices-ibs21.device\n"
    ]
    #expect(found(unit).count == 1)
    #expect(found(unit, of: ethernet) == [])
  }

  private func keyfile(_ text: String) -> [String] {
    found(["/etc/NetworkManager/system-connections/vf.nmconnection": text], of: ethernet)
  }

  @Test func `NetworkManager: an [sriov] section sets the count, 0 as well`() {
    let certain = "NetworkManager: /etc/NetworkManager/system-connections/vf.nmconnection (total-vfs=8)"
    #expect(
      keyfile("[connection]\ntype=ethernet\ninterface-name=ens1f1np1\n\n[sriov]\ntotal-vfs=8\n") == [certain])
    #expect(
      keyfile("[connection]\ntype=ethernet\n[match]\npath=pci-0000:01:00.*;\n[sriov]\ntotal-vfs=8\n") == [certain])
    #expect(
      keyfile("[match]\ninterface-name=ens1*;!ens1f0np0;\n[sriov]\n") == [certain.replacing("=8", with: "=0")])
    #expect(keyfile("[connection]\ntype=802-3-ethernet\n[sriov]\ntotal-vfs=8\n") == ["perhaps \(certain)"])
    #expect(
      keyfile("[connection]\ninterface-name=ens1f1np1\nautoconnect=false\n[sriov]\ntotal-vfs=8\n")
        == ["perhaps \(certain)"])
    #expect(keyfile("[connection]\ntype=infiniband\n[sriov]\ntotal-vfs=8\n") == [])
    #expect(keyfile("[connection]\ninterface-name=ens1f0np0\n[sriov]\ntotal-vfs=8\n") == [])
    #expect(keyfile("[match]\ninterface-name=!ens1f1np1;\n[sriov]\ntotal-vfs=8\n") == [])
  }

  @Test func `sriov-network-operator: what it applied to this PF, unless others make the VFs`() {
    let path = "/etc/sriov-operator/pci/0000:b1:00.0"
    let service = "/etc/systemd/system/sriov-config.service"
    var files = [path: SimulatedDisk.File(contents: #"{"pciAddress":"0000:b1:00.0","numVfs":5,"name":"ibs21"}"#)]
    #expect(owners(files, of: pf).map(\.description) == ["perhaps sriov-network-operator: \(path) (numVfs: 5)"])
    files["/etc/systemd/system/multi-user.target.wants/sriov-config.service"] = .link(to: service)
    #expect(owners(files, of: pf).map(\.isCertain) == [false], "a link that the operator left behind")
    files[service] = .init(contents: "[Service]\nExecStart=/var/lib/sriov/sriov-network-config-daemon service\n")
    #expect(owners(files, of: pf).map(\.description) == ["sriov-network-operator: \(path) (numVfs: 5)"])
    #expect(found([path: #"{"pciAddress":"0000:b1:00.0","numVfs":5,"externallyManaged":true}"#]) == [])
    #expect(found([path: #"{"numVfs":5}"#], of: ethernet) == [])
    #expect(found([path: "{"]) == [])
  }
}

@Suite struct HandMadeTests {
  private func rule(_ line: String) -> [String] {
    found(["/etc/udev/rules.d/99-vf.rules": line + "\n"]).map { String($0.prefix { $0 != ":" }) }
  }

  @Test(arguments: [
    #"SUBSYSTEM=="net", ACTION=="add", KERNELS=="0000:b1:00.0", ATTR{device/sriov_numvfs}="4""#,
    #"ACTION=="add|change", SUBSYSTEM=="pci", ATTR{vendor}=="0x15b3", ATTR{device}=="0x1017", ATTR{sriov_numvfs}:="4""#,
    #"SUBSYSTEM=="infiniband", KERNEL=="ibp177s0", ATTR{device/mlx5_num_vfs}="4""#,
    #"KERNEL=="ibs21", DRIVERS=="mlx5_*", RUN+="/bin/sh -c 'echo 4 > /sys/class/net/%k/device/sriov_numvfs'""#,
    #"SUBSYSTEM=="net", RUN{program}+="/bin/sh -c \"echo 4 > /sys/class/net/ibs21/device/sriov_numvfs\"""#,
    "SUBSYSTEM==\"net\", KERNEL==\"ibs21\", \\\n  ATTR{device/sriov_numvfs}==\"0\", ATTR{device/sriov_numvfs}=\"4\"",
  ]) func `udev rules that write it`(line: String) {
    #expect(rule(line) == ["udev"])
  }

  @Test(arguments: [
    #"SUBSYSTEM=="net", ATTR{address}=="00:11:22:33:44:55", ATTR{device/sriov_numvfs}="4""#,
    #"SUBSYSTEM=="infiniband", KERNEL=="mlx5_0", ATTR{device/mlx5_num_vfs}="4""#,
    "ACTION!=\"add\", GOTO=\"end\"\nKERNEL==\"ibs21\", ATTR{device/sriov_numvfs}=\"4\"\nLABEL=\"end\"",
  ]) func `udev rules that may`(line: String) {
    #expect(rule(line) == ["perhaps udev"])
  }

  @Test(arguments: [
    #"KERNEL=="ibs21", ATTR{device/sriov_numvfs}=="4", NAME="pf""#,
    #"KERNEL=="ibs21", ATTR{device/sriov_numvfs}!="0", NAME="pf""#,
    #"# KERNEL=="ibs21", ATTR{device/sriov_numvfs}="4""#,
    #"SUBSYSTEM=="net", KERNELS=="0000:b1:00.1", ATTR{device/sriov_numvfs}="4""#,
    #"KERNEL!="ibs21", ATTR{device/sriov_numvfs}="4""#, #"ATTRS{vendor}=="0x8086", ATTR{sriov_numvfs}="4""#,
    #"SUBSYSTEM=="net", RUN+="/bin/sh -c 'echo 4 > /sys/class/net/ens1/device/sriov_numvfs'""#,
    #"SUBSYSTEM=="net", PROGRAM="/bin/cat /sys/class/net/ibs21/device/sriov_numvfs", NAME="pf""#,
    #"KERNEL=="ibs21", ATTR{device/sriov_numvfs"#,
  ]) func `udev rules that do not`(line: String) {
    #expect(rule(line) == [])
  }

  @Test(arguments: [
    ("echo 4 > /sys/class/net/ibs21/device/sriov_numvfs", 4),
    ("echo 4 >/sys/class/infiniband/ibp177s0/device/mlx5_num_vfs", 4),
    ("echo 4 | sudo tee '/sys/bus/pci/devices/0000:b1:00.0/sriov_numvfs' >/dev/null", 4),
    (#"echo "4" > "/sys/bus/pci/devices/0000\:b1\:00.0/sriov_numvfs""#, 4),
    ("echo 0 > /sys/class/net/ibs21/device/sriov_numvfs; echo 4 > /sys/class/net/ibs21/device/sriov_numvfs", 4),
    ("for f in x; do echo $N > /sys/class/net/ib*/device/sriov_numvfs; done", nil),
    ("echo 0 > /sys/class/net/ibs21/device/sriov_numvfs", 0),
    ("grep -q 4 /sys/class/net/ibs21/device/sriov_numvfs || echo 4 > /sys/class/net/ibs21/device/sriov_numvfs", 4),
  ]) func `scripts that write it`(line: String, count: Int?) {
    let owner = owners(["/etc/rc.local": .executable("#!/bin/sh\n\(line)\n")], of: pf).first
    #expect(owner?.isCertain == true)
    #expect(owner?.count == count)
  }

  @Test(arguments: ["$PF", "${1}", "mlx5_0"]) func `scripts that may`(name: String) {
    let line = "echo 4 > /sys/class/infiniband/\(name)/device/sriov_numvfs"
    #expect(owners(["/etc/rc.local": .executable(line)], of: pf).map(\.isCertain) == [false])
  }

  @Test(arguments: [
    "# echo 4 > /sys/class/net/ibs21/device/sriov_numvfs", "cat /sys/class/net/ibs21/device/sriov_numvfs > /tmp/n",
    "echo 4 > /sys/class/net/ens1/device/sriov_numvfs", "echo 4 > /sys/bus/pci/devices/0000:b1:00.1/sriov_numvfs",
    "[ $(cat /sys/class/net/ibs21/device/sriov_numvfs) = 0 ] && logger none", "echo sriov_numvfs",
  ]) func `scripts that do not`(line: String) {
    #expect(found(["/etc/rc.local": line]) == [])
  }

  @Test func `a kernel's name that is still in use means one RDMA device only`() {
    let script = ["/etc/rc.local": "echo 4 > /sys/class/infiniband/mlx5_0/device/mlx5_num_vfs"]
    #expect(found(script, of: ethernet) == [])
    #expect(found(script.mapValues { $0.replacing("mlx5_0", with: "mlx5_1") }, of: ethernet).count == 1)
  }

  @Test func `units, the scripts they start, and the driver's hook; what a unit does at its end does not count`() {
    let unit = "/etc/systemd/system/vf.service"
    let write = "echo 4 > /sys/class/net/ibs21/device/sriov_numvfs"
    #expect(
      found([
        unit: "[Service]\nExecStart=/bin/sh -c '\(write)'\nExecStop=/bin/sh -c '\(write.replacing("4", with: "9"))'\n"
      ])
        == ["perhaps systemd: \(unit) (4 > /sys/class/net/ibs21/device/sriov_numvfs)"])
    #expect(found([unit: "[Service]\nExecStop=/bin/sh -c '\(write)'\n"]) == [])
    #expect(
      found([unit: "[Service]\nExecStart=-/opt/vf.sh ibs21\n", "/opt/vf.sh": "#!/bin/sh\n\(write)\n"])
        == ["perhaps systemd: /opt/vf.sh (4 > /sys/class/net/ibs21/device/sriov_numvfs), started by \(unit)"])
    #expect(found(["/opt/vf.sh": write]) == [])
    #expect(found(["/etc/infiniband/post-start-hook.sh": write]).first?.hasPrefix("openibd: ") == true)
  }

  @Test(arguments: [
    ("multi-user.target.wants/vf.service", "/etc/systemd/system/vf.service"),
    ("a.service.requires/vf.service", "../vf.service"),
  ]) func `a unit that another pulls in is certain, and so is its script`(link: String, target: String) {
    let folder = "/etc/systemd/system/"
    var files: [String: SimulatedDisk.File] = [
      "\(folder)vf.service": .init(contents: "[Service]\nExecStart=/opt/vf.sh\n"),
      "\(folder)by-hand.service": .init(contents: "[Service]\nExecStart=/opt/vf.sh\nExecStart=/opt/other.sh\n"),
      "/opt/vf.sh": .init(contents: "echo 4 > /sys/class/net/ibs21/device/sriov_numvfs\n"),
      "/opt/other.sh": .init(contents: "echo 2 > /sys/class/net/ibs21/device/sriov_numvfs\n"),
      "\(folder)\(link)": .link(to: target),
    ]
    func certain() -> [String] { owners(files, of: pf).filter(\.isCertain).map(\.place.string) }
    #expect(certain() == ["/opt/vf.sh"])
    let write = "echo 4 > /sys/class/net/ibs21/device/sriov_numvfs"
    files["\(folder)vf.service"]?.contents = "[Service]\nExecStart=/bin/sh -c '\(write)'\n"
    #expect(certain() == ["\(folder)vf.service"])
    files["\(folder)\(link)"] = nil
    #expect(certain() == [])
  }

  @Test func `an instance that is pulled in runs its template`() {
    let files: [String: SimulatedDisk.File] = [
      "/etc/systemd/system/vf@.service": .init(
        contents: "[Service]\nExecStart=/bin/sh -c 'echo 4 > /sys/class/net/ibs21/device/sriov_numvfs'\n"),
      "/etc/systemd/system/multi-user.target.wants/vf@ibs21.service": .link(to: "/etc/systemd/system/vf@.service"),
    ]
    #expect(owners(files, of: pf).map(\.isCertain) == [true])
  }

  @Test func `an rc.local that was switched off may only be run by a person`() {
    let text = "echo 4 > /sys/class/net/ibs21/device/sriov_numvfs\n"
    let path = "/etc/rc.d/rc.local"
    #expect(owners([path: .init(contents: text)], of: pf).map(\.isCertain) == [false])
    #expect(owners([path: .executable(text)], of: pf).map(\.isCertain) == [true])
  }

  @Test func `modprobe: a command in place of loading; an option that mlx5_core does not know is not certain`() {
    let install = "install mlx5_core /sbin/modprobe -i mlx5_core; echo 4 > /sys/class/net/ibs21/device/sriov_numvfs"
    #expect(found(["/etc/modprobe.d/a.conf": install]).first?.hasPrefix("modprobe: ") == true)
    #expect(
      found(["/etc/modprobe.d/a.conf": "options mlx5_core prof_sel=2 num_vfs=4\n"])
        == ["perhaps modprobe: /etc/modprobe.d/a.conf (num_vfs=4)"])
  }
}
