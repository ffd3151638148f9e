import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

@testable import Checks

extension Row {
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
    .machine(.firmwareTool, .ok, "mlxconfig answers") { $0.firmwareTool.placeOfOld = "/usr/bin/mstconfig" },
    .machine(.firmwareTool, .unknown, "Unsupported device") { machine in
      machine.firmwareTool.placeOfOld = "/usr/bin/mstconfig"
      machine.firmwareTool.place = ""
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
    .machine(.firmwareSRIOV, .unknown, "on now", "mlxconfig -d b1:00.0 q SRIOV_EN") {
      $0.adapters[0].firmware.words["SRIOV_EN"] = "N/A"
    },
    .machine(.firmwareSRIOV, .problem, "/opt/mellanox/mft/bin/mlxconfig -d b1:00.0 set SRIOV_EN=1") { machine in
      machine.firmwareTool.place = "/opt/mellanox/mft/bin/mlxconfig"
      machine.adapters[0].firmware.sriovEnabled = false
    },
    .machine(.firmwareSRIOV, .problem, "none in this virtual machine", "on the host of this virtual machine") {
      machine in
      machine.adapters[0].totalVFs = 0
      machine.platform.cpuFlags = ["fpu", "hypervisor"]
    },
    Row(.firmwareVFs, .ok, "allows 8 VFs"),
    .machine(.firmwareVFs, .ok, "8 VFs now, and 16 from") { $0.adapters[0].firmware.vfs = 16 },
    .machine(.firmwareVFs, .problem, "and 2 from the next boot on: there are 4", "set NUM_OF_VFS=4") {
      $0.adapters[0].firmware.vfs = 2
    },
    .machine(.firmwareVFs, .problem, "and 3 from the next boot on: there are 4", "set PF_NUM_OF_VF=4") {
      $0.adapters[0].firmware.vfsOfPF = 3
    },
    Row(.firmwareVFs, .problem, "8 VFs now, and 0 from the next boot on", "set NUM_OF_VFS=4") { host in
      try host.removeVFs()
      host.simulation.kernel.update { $0.adapters[0].firmware.vfs = 0 }
    },
    .machine(.firmwareVFs, .unknown, "cannot be understood", "q NUM_OF_VFS") {
      $0.adapters[0].firmware.words["NUM_OF_VFS"] = "N/A"
    },
    .machine(.firmwareVFs, .unknown, "cannot be understood", "q PF_NUM_OF_VF") {
      $0.adapters[0].firmware.words["PF_NUM_OF_VF_VALID"] = "N/A"
    },
    Row(.firmwareLinkType, .ok, "InfiniBand"),
    .machine(.firmwareLinkType, .ok, "no choice") { $0.adapters[0].firmware.linkType = nil },
    .machine(.firmwareLinkType, .unknown, "VPI(3) from the next boot on", "mlxconfig -d b1:00.0 q LINK_TYPE_P1") {
      $0.adapters[0].firmware.words["LINK_TYPE_P1"] = "VPI(3)"
    },
    .machine(.firmwareLinkType, .warning, "InfiniBand now, and Ethernet", "set LINK_TYPE_P1=1") {
      $0.adapters[0].firmware.linkType = .ethernet
    },
  ]
}
