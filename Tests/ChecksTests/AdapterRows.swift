import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

@testable import Checks

extension Row {
  static let hardware: [Row] = [
    Row(.adapter, .ok, "ConnectX-5 (device 1017), mlx5_0, InfiniBand"),
    .machine(.adapter, .ok, "without SR-IOV") { $0.adapters[0].totalVFs = 0 },
    .machine(.adapter, .problem, "no mlx5 PF", "lspci -d 15b3:") { $0.adapters = [] },
    .machine(.adapter, .problem, "mlx5_core does not have", "modprobe mlx5_core") { $0.adapters[0].isBound = false },
    Row(.cpuVirtualization, .ok, "VT-x"),
    .machine(.cpuVirtualization, .warning, "VT-x is off", "in the BIOS") { $0.platform.cpuFlags = ["fpu"] },
    .machine(.cpuVirtualization, .warning, "AMD-V is off", "on the host of this virtual machine") {
      $0.platform.cpuVendor = "AuthenticAMD"
      $0.platform.cpuFlags = ["hypervisor", "vmx"]
    },
    .machine(.cpuVirtualization, .unknown, "does not tell") { $0.platform.cpuVendor = "CentaurHauls" },
    Row(.iommu, .ok, "dmar0, dmar1"),
    .machine(.iommu, .warning, "no IOMMU", "the BIOS has VT-d on: add intel_iommu=on") { machine in
      machine.hasIOMMU = false
      machine.platform.commandLine = "quiet xintel_iommu=off"
    },
    .machine(.iommu, .warning, "switch VT-d on in the BIOS") { machine in
      machine.hasIOMMU = false
      machine.platform.acpiTables = ["APIC"]
    },
    .machine(.iommu, .warning, "take intel_iommu=off off") { machine in
      machine.hasIOMMU = false
      machine.platform.commandLine = "quiet intel_iommu=off"
    },
    .machine(.iommu, .warning, "switch AMD-Vi") { machine in
      machine.hasIOMMU = false
      machine.platform.cpuVendor = "AuthenticAMD"
    },
    .machine(.iommu, .warning, "switch the IOMMU on") { machine in
      machine.hasIOMMU = false
      machine.platform.cpuVendor = "Other"
    },
    Row(.sriovResources, .ok, "4 VFs fit"),
    Row(.sriovResources, .ok, "no complaint") { host in
      try host.removeVFs()
      host.simulation.kernel.update {
        $0.platform.kernelLog?.append("mlx5_core 0000:af:00.0: not enough MMIO resources for SR-IOV")
      }
    },
    Row(.sriovResources, .problem, "not enough MMIO", "above 4G", "pci=realloc") { host in
      try host.removeVFs()
      host.simulation.kernel.update {
        $0.platform.kernelLog?.append("mlx5_core 0000:b1:00.0: not enough MMIO resources for SR-IOV")
      }
    },
    Row(.sriovResources, .problem, "no space for") { host in
      try host.removeVFs()
      host.simulation.kernel.update {
        $0.platform.kernelLog?.append("pci 0000:b1:00.0: BAR 7: no space for [mem size 0x00800000 64bit pref]")
      }
    },
    Row(.sriovResources, .problem, "can't enable 8 VFs") { host in
      try host.removeVFs()
      host.simulation.kernel.update {
        $0.platform.kernelLog?.append("mlx5_core 0000:b1:00.0: can't enable 8 VFs (bus b2 out of range of [bus b1])")
      }
    },
    Row(.sriovResources, .unknown, "dmesg ended with 1", "root") { host in
      try host.removeVFs()
      host.simulation.kernel.update { $0.platform.kernelLog = nil }
    },
  ]

  static let firmware: [Row] = [
    Row(.firmwareTool, .ok, "mlxconfig answers"),
    .machine(.firmwareTool, .ok, "mstconfig answers") { $0.firmwareTool.place = "/usr/bin/mstconfig" },
    .machine(.firmwareTool, .unknown, "neither mstconfig nor mlxconfig", "mstflint") { $0.firmwareTool.place = "" },
    .machine(.firmwareTool, .unknown, "neither") { $0.firmwareTool.place = "/home/somebody/bin/mstconfig" },
    .machine(.firmwareTool, .unknown, "no answer before the deadline") { $0.firmwareTool.mood = .hangs },
    .machine(.firmwareTool, .unknown, "killed by signal 11") { $0.firmwareTool.mood = .crashes },
    .machine(.firmwareTool, .unknown, "says too much") { $0.firmwareTool.mood = .floods },
    .machine(.firmwareTool, .unknown, "EACCES") { $0.firmwareTool.mood = .isNotExecutable },
    .machine(.firmwareTool, .unknown, "Failed to open the device", "Secure Boot") {
      $0.firmwareTool.isLockedOut = true
    },
    Row(.firmwareTool, .unknown, "only root", "sudo") { $0.simulation.isPrivileged = false },
    Row(.firmwareSRIOV, .ok, "on, and from the next boot on"),
    .machine(.firmwareSRIOV, .ok, "on, and from the next boot on") { $0.firmwareTool.release = .v425 },
    .machine(.firmwareSRIOV, .ok, "on") { $0.firmwareTool.place = "" },
    .machine(.firmwareSRIOV, .problem, "off from the next boot", "mlxconfig -d b1:00.0 set SRIOV_EN=1, then reboot") {
      $0.adapters[0].firmware.sriovEnabled = false
    },
    .machine(.firmwareSRIOV, .problem, "off", "mstconfig -d b1:00.0 set SRIOV_EN=1 NUM_OF_VFS=4") { machine in
      machine.adapters[0].totalVFs = 0
      machine.firmwareTool.place = ""
    },
    .machine(.firmwareSRIOV, .problem, "switched on from the next boot", "reboot") { $0.adapters[0].totalVFs = 0 },
    .machine(.firmwareSRIOV, .problem, "off", "mlxconfig -d b1:00.0 set SRIOV_EN=1 NUM_OF_VFS=4") { machine in
      machine.adapters[0].totalVFs = 0
      machine.adapters[0].firmware.vfs = 0
    },
    Row(.firmwareVFs, .ok, "allows 8 VFs"),
    .machine(.firmwareVFs, .ok, "8 VFs now, and 16 from") { $0.adapters[0].firmware.vfs = 16 },
    .machine(.firmwareVFs, .problem, "and 2 from the next boot on: there are 4", "set NUM_OF_VFS=4") {
      $0.adapters[0].firmware.vfs = 2
    },
    .machine(.firmwareVFs, .problem, "and 3 from the next boot on: there are 4", "set PF_NUM_OF_VF=4") {
      $0.adapters[0].firmware.vfsOfPF = 3
    },
    Row(.firmwareLinkType, .ok, "InfiniBand"),
    .machine(.firmwareLinkType, .ok, "no choice") { $0.adapters[0].firmware.linkType = nil },
    .machine(.firmwareLinkType, .unknown, "VPI(3) from the next boot on", "mlxconfig -d b1:00.0 q LINK_TYPE_P1") {
      $0.adapters[0].firmware.linkTypeWord = "VPI(3)"
    },
    .machine(.firmwareLinkType, .warning, "InfiniBand now, and Ethernet", "set LINK_TYPE_P1=1") {
      $0.adapters[0].firmware.linkType = .ethernet
    },
  ]

  static let driver: [Row] = [
    Row(.driver, .ok, "25.10-1.7.1 with MLNX_OFED's files"),
    .machine(.driver, .ok, "the kernel's own") { machine in
      machine.adapters[0].hasOFEDFiles = false
      machine.platform.driverVersion = nil
    },
    Row(.driver, .warning, "MLNX_OFED is installed (/etc/infiniband/info)", "update-initramfs -u") { host in
      host.simulation.kernel.update { $0.adapters[0].hasOFEDFiles = false }
      host.simulation.disk.files["/etc/infiniband/info"] = .init(contents: "#!/bin/bash\n")
    },
    Row(.rdmaDevice, .ok, "mlx5_0"),
    .machine(.rdmaDevice, .problem, "modprobe mlx5_ib") { $0.adapters[0].rdmaDevice = nil },
    .machine(.rdmaDevice, .warning, "the bond bond0") { machine in
      machine.adapters[0].rdmaDevice = nil
      machine.adapters[0].bond = "bond0"
    },
    Row(.netdev, .ok, "ibs21"),
    .machine(.netdev, .warning, "a Docker network needs one", "modprobe ib_ipoib") { $0.adapters[0].hasNetdev = false },
    .machine(.netdev, .problem, "set up through it", "modprobe ib_ipoib") { machine in
      machine.adapters[0].hasNetdev = false
      machine.adapters[0].hasOFEDFiles = false
    },
    Row(.verbs, .ok, "opens mlx5_0"),
    .machine(.verbs, .problem, "no provider", "ibverbs-providers") { $0.verbs = .withoutProvider },
    .machine(.verbs, .unknown, "cannot open it: EIO", "ibv_devinfo -d mlx5_0") { $0.verbs = .failing },
    .machine(.verbs, .problem, "offers it to no program", "modprobe ib_uverbs") { $0.verbs = .withoutUserAccess },
    Row(.vfCount, .ok, "4 VFs of 8"),
    Row(.vfCount, .problem, "no VFs", "echo 4 > /sys/bus/pci/devices/0000:b1:00.0/sriov_numvfs") { try $0.removeVFs() },
    Row(.vfPolicy, .ok, "VFs 0-3: Follow"),
    .machine(.vfPolicy, .problem, "VF 2: Down", "echo Follow > /sys/bus/pci/devices/0000:b1:00.0/sriov/2/policy") {
      $0.adapters[0].contexts[2].policy = .down
    },
    .machine(.vfPolicy, .problem, "VFs 0, 2: Down", "for n in 0 2; do echo Follow > ", "sriov/$n/policy; done") {
      $0.adapters[0].contexts[0].policy = .down
      $0.adapters[0].contexts[2].policy = .down
    },
    .machine(.vfPolicy, .problem, "VF 1: the policy cannot be read: EIO", "may be dead") {
      $0.adapters[0].vfs[1].isDead = true
    },
    .machine(.vfPolicy, .unknown, "the policy is not to be seen") { machine in
      machine.adapters[0].hasNetdev = false
      machine.adapters[0].hasOFEDFiles = false
    },
    Row(.vfGUIDs, .ok, "its own"),
    // VF 3's port is up all the same.
    .machine(.vfGUIDs, .problem, "VFs 1-2: no GUIDs", "ports stay down", "sriov-persist save --generate-guids") {
      machine in
      machine.adapters[0].contexts[1].portGUID = 0
      machine.adapters[0].contexts[2].portGUID = 0
      machine.adapters[0].contexts[3].nodeGUID = 0
    },
    .machine(.vfGUIDs, .warning, "VF 3: no GUIDs were set", "sriov-persist save --generate-guids") {
      $0.adapters[0].contexts[3].nodeGUID = 0
    },
    .machine(.vfGUIDs, .warning, "VF 1: no GUIDs were set") { machine in
      machine.adapters[0].contexts[1].portGUID = 0
      machine.adapters[0].vfs[1].rdmaDevice = nil
    },
    .machine(.vfGUIDs, .problem, "VF 0: the node GUID", "write your own") {
      $0.adapters[0].contexts[0].nodeGUID = .max
    },
    .machine(.vfGUIDs, .problem, "VF 0 and VF 3 have the GUID", "write your own") {
      $0.adapters[0].contexts[3].portGUID = $0.adapters[0].contexts[0].portGUID
    },
    .machine(.vfGUIDs, .problem, "the PF and VF 2 have the GUID") {
      $0.adapters[0].contexts[2].nodeGUID = $0.adapters[0].nodeGUID
    },
    Row(.vfDrivers, .ok, "mlx5_core has VFs 0-3"),
    .machine(.vfDrivers, .ok, "mlx5_core has VFs 1-3; vfio-pci has VF 0") { $0.adapters[0].vfs[0].driver = "vfio-pci" },
    .machine(.vfDrivers, .warning, "VF 1: no driver has it", "for vf in 0000:b1:00.2; do") {
      $0.adapters[0].vfs[1].driver = nil
    },
    Row(.otherOwners, .ok, "nobody else"),
    Row(.otherOwners, .unknown, "nobody else is seen, but cannot read /etc/netplan/50.yaml: EACCES", "as root") { host in
      host.simulation.disk.files["/etc/netplan/50.yaml"] = .init(contents: "network: {}\n")
      host.simulation.disk.files["/etc/netplan/50.yaml"]?.isForbidden = true
    },
    .files(
      .otherOwners, .warning, "systemd: /etc/systemd/network/10.link (SR-IOVVirtualFunctions=2)", "let one of the two",
      files: ["/etc/systemd/network/10.link": "[Match]\nPath=pci-0000:b1:00.0\n[Link]\nSR-IOVVirtualFunctions=2\n"]),
  ]

}
