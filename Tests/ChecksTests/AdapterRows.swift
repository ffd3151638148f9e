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
    .machine(.adapter, .problem, "ConnectX-3 or older", "not supported", "use a ConnectX-4") {
      $0.adapters[0].deviceID = "1003"
    },
    .machine(.adapter, .warning, "a VF of another host's PF", "on the host of this virtual machine") { machine in
      machine.adapters[0].totalVFs = 0
      machine.adapters[0].deviceID = "1018"
    },
    Row(.cpuVirtualization, .ok, "the CPU has VT-x"),
    .machine(.cpuVirtualization, .warning, "no VT-x", "in the BIOS") { $0.platform.cpuFlags = ["fpu"] },
    .machine(.cpuVirtualization, .warning, "no AMD-V", "on the host of this virtual machine") {
      $0.platform.cpuVendor = "AuthenticAMD"
      $0.platform.cpuFlags = ["hypervisor", "vmx"]
    },
    .machine(.cpuVirtualization, .unknown, "does not tell") { $0.platform.cpuVendor = "CentaurHauls" },
    Row(.iommu, .ok, "dmar0, dmar1"),
    .machine(.iommu, .warning, "no IOMMU", "VT-d is on: add intel_iommu=on", "grub2-mkconfig") { machine in
      machine.hasIOMMU = false
      machine.platform.commandLine = "quiet xintel_iommu=off"
    },
    .machine(.iommu, .warning, "VT-d and intel_iommu=on are there", "journalctl -k -g DMAR") { $0.hasIOMMU = false },
    .machine(.iommu, .warning, "switch on VT-d on the host of this virtual machine") { machine in
      machine.hasIOMMU = false
      machine.platform.acpiTables = ["APIC"]
      machine.platform.cpuFlags = ["vmx", "hypervisor"]
    },
    .machine(.iommu, .warning, "switch on VT-d in the BIOS") { machine in
      machine.hasIOMMU = false
      machine.platform.acpiTables = ["APIC"]
    },
    .machine(.iommu, .warning, "take intel_iommu=off off") { machine in
      machine.hasIOMMU = false
      machine.platform.commandLine = "quiet intel_iommu=off"
    },
    .machine(.iommu, .warning, "switch on AMD-Vi") { machine in
      machine.hasIOMMU = false
      machine.platform.cpuVendor = "AuthenticAMD"
    },
    .machine(.iommu, .warning, "switch on the IOMMU") { machine in
      machine.hasIOMMU = false
      machine.platform.cpuVendor = "Other"
    },
    Row(.sriovResources, .ok, "4 VFs fit"),
    Row(.sriovResources, .ok, "memory for VFs is there", "no complaint") { host in
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
    Row(.sriovResources, .problem, "the kernel found no memory", "above 4G") { host in
      try host.removeVFs()
      host.simulation.kernel.update { $0.adapters[0].vfMemory = .missing }
    },
    Row(.sriovResources, .problem, "BAR 7: failed to assign", "above 4G") { host in
      try host.forgetMemory(log: [
        "BAR 7: no space for [mem size 0x00800000 64bit pref]",
        "BAR 9: no space for [mem size 0x00100000 64bit pref]",
        "BAR 9: assigned [mem 0xfc000000-0xfc0fffff 64bit pref]",
        "BAR 7: failed to assign [mem size 0x00800000 64bit pref]",
      ])
    },
    Row(.sriovResources, .problem, "VF BAR 0 [mem size 0x00800000 64bit pref]: can't assign") { host in
      try host.forgetMemory(log: [
        "VF BAR 0 [mem size 0x00800000 64bit pref]: can't assign; no space",
        "VF BAR 2 [mem 0xfc000000-0xfc0fffff 64bit pref]: assigned",
      ])
    },
    Row(.sriovResources, .unknown, "nothing tells", "no complaint", "make VFs") { host in
      try host.forgetMemory(log: [
        "BAR 7: no space for [mem size 0x00800000 64bit pref]",
        "BAR 7: assigned [mem 0xfc000000-0xfc7fffff 64bit pref]",
        "VF BAR 2 [mem size 0x00100000]: can't assign; no space", "VF BAR 2 [mem 0xfd000000-0xfd0fffff]: assigned",
        "BAR 0: no space for [mem size 0x02000000 64bit pref]",
      ])
    },
    Row(.sriovResources, .ok, "no complaint") { host in
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
    Row(.sriovResources, .problem, "the BIOS left too little", "pci_enable_sriov failed : -12", "above 4G") { host in
      try host.removeVFs()
      host.simulation.kernel.update {
        $0.platform.kernelLog?.append(
          "mlx5_core 0000:b1:00.0: mlx5_sriov_enable:195:(pid 30662): pci_enable_sriov failed : -12")
      }
    },
    Row(.sriovResources, .problem, "could not be created", "failed : -5", "journalctl -k -g mlx5") { host in
      try host.removeVFs()
      host.simulation.kernel.update {
        $0.platform.kernelLog?.append(
          "mlx5_core 0000:b1:00.0: mlx5_sriov_enable:195:(pid 30662): pci_enable_sriov failed : -5")
      }
    },
    Row(.sriovResources, .problem, "could not be created", "mlx5_device_enable_sriov failed : -110") { host in
      try host.removeVFs()
      host.simulation.kernel.update {
        $0.platform.kernelLog?.append(
          "mlx5_core 0000:b1:00.0: mlx5_sriov_enable:188:(pid 7): mlx5_device_enable_sriov failed : -110")
      }
    },
    Row(.sriovResources, .unknown, "dmesg ended with 1", "root") { host in
      try host.removeVFs()
      host.simulation.kernel.update { $0.platform.kernelLog = nil }
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
    .machine(
      .vfGUIDs, .problem, "VF 2: no GUID in the VF's own RDMA device, although one was set", "sriov-persist restore"
    ) { machine in
      machine.adapters[0].hasOFEDFiles = false
      for vf in 0..<4 {
        let context = machine.adapters[0].contexts[vf]
        machine.adapters[0].contexts[vf].remembered.netlinkNodeGUID = context.nodeGUID
        machine.adapters[0].contexts[vf].remembered.netlinkPortGUID = context.portGUID
      }
      (machine.adapters[0].vfs[2].probedNodeGUID, machine.adapters[0].vfs[2].probedPortGUID) = (0, 0)
    },
    .machine(.vfGUIDs, .warning, "VF 3: no GUIDs were set", "sriov-persist save --generate-guids") {
      $0.adapters[0].contexts[3].nodeGUID = 0
    },
    .machine(.vfGUIDs, .warning, "VF 1: no GUIDs were set") { machine in
      machine.adapters[0].contexts[1].portGUID = 0
      machine.adapters[0].vfs[1].rdmaDevice = nil
    },
    .machine(.vfGUIDs, .problem, "VF 0: the node GUID", "write your own", "bind the VF anew") {
      $0.adapters[0].contexts[0].nodeGUID = .max
    },
    .machine(.vfGUIDs, .problem, "VF 0 of 0000:b1:00.0 and VF 3 of 0000:b1:00.0 have the same GUID", "write your own") {
      $0.adapters[0].contexts[3].portGUID = $0.adapters[0].contexts[0].portGUID
    },
    .machine(.vfGUIDs, .problem, "PF 0000:b1:00.0 and VF 2 of 0000:b1:00.0 have the same GUID") {
      $0.adapters[0].contexts[2].nodeGUID = $0.adapters[0].nodeGUID
    },
    .machine(
      .vfGUIDs, .problem, "VF 2: bound before its GUIDs came", "once nobody uses it, run: for vf in 0000:b1:00.3; do",
      "/unbind; echo $vf > /sys/bus/pci/drivers/mlx5_core/bind; done"
    ) {
      $0.adapters[0].vfs[2].probedPortGUID = 0
    },
    // A VF without GUIDs beside them hides neither.
    .machine(.vfGUIDs, .problem, "VF 2: bound before its GUIDs came") { machine in
      machine.adapters[0].vfs[2].probedPortGUID = 0
      machine.adapters[0].contexts[3].nodeGUID = 0
    },
    Row(.vfDrivers, .ok, "mlx5_core has VFs 0-3"),
    .machine(.vfDrivers, .ok, "mlx5_core has VFs 1-3; vfio-pci has VF 0") { $0.adapters[0].vfs[0].driver = "vfio-pci" },
    .machine(.vfDrivers, .warning, "VF 1: no driver has it", "run: for vf in 0000:b1:00.2; do") {
      $0.adapters[0].vfs[1].driver = nil
    },
    .machine(
      .vfDrivers, .warning, "sriov_drivers_autoprobe is 0",
      "run: echo 1 > /sys/bus/pci/devices/0000:b1:00.0/sriov_drivers_autoprobe; for vf in 0000:b1:00.2; do"
    ) {
      $0.adapters[0].vfs[1].driver = nil
      $0.adapters[0].driversAutoprobe = false
    },
    Row(.otherOwners, .ok, "no other software"),
    Row(
      .otherOwners, .unknown,
      "no other software is seen that creates VFs here, but cannot read /etc/netplan/50.yaml: EACCES", "as root"
    ) {
      host in
      host.simulation.disk.files["/etc/netplan/50.yaml"] = .init(contents: "network: {}\n")
      host.simulation.disk.files["/etc/netplan/50.yaml"]?.isForbidden = true
    },
    .files(
      .otherOwners, .warning, "creates VFs here: systemd: /etc/systemd/network/10.link (SR-IOVVirtualFunctions=2)",
      "configure only one of them",
      files: ["/etc/systemd/network/10.link": "[Match]\nPath=pci-0000:b1:00.0\n[Link]\nSR-IOVVirtualFunctions=2\n"]),
  ]

}

extension GuideHost {
  /// VFs are gone, and what their memory was is to be had from the kernel's log alone, from these words about the PF.
  fileprivate func forgetMemory(log words: [String]) throws {
    try removeVFs()
    simulation.kernel.update { machine in
      machine.adapters[0].vfMemory = .forgotten
      machine.platform.kernelLog?.append(contentsOf: words.map { "pci 0000:b1:00.0: \($0)" })
    }
  }
}
