import Glibc
import HostInterface
import KernelContract
import LinuxHost
import Model
import SystemPackage

// Holds the kernel that it runs on to the contract: kernel-contract <PCI address of a PF>. As root; destroys the PF's VFs.
guard CommandLine.arguments.count == 2, let pf = PCIAddress(CommandLine.arguments[1]) else {
  print("usage: kernel-contract <PCI address of an mlx5 PF whose VFs may be destroyed>")
  exit(64)
}
let host = Host.linux()
let run = ContractRun(on: host, pf: pf)
// By what the PF offers, as the agent chooses.
let folder = FilePath("/sys/bus/pci/devices/\(pf)")
let hasFiles = (try? host.files.list(folder.appending("sriov"))) != nil
let netdev = (try? host.files.netdev(below: folder)) ?? nil
let isEthernet = netdev.flatMap { try? host.files.linkLayer(ofNetdev: $0, below: folder) } == .ethernet
guard hasFiles || !isEthernet else {
  print("\(pf): there is no contract yet for an Ethernet PF without files")
  exit(64)
}
let version = (try? host.files.readLine("/sys/module/mlx5_core/version")) ?? ""
let rows = isEthernet ? ethernetContract : hasFiles ? contract + contract(ofOFED: version) : netlinkContract
print("\(pf): \(isEthernet ? "Ethernet, " : "")\(hasFiles ? "MLNX_OFED's files" : "rtnetlink")")
var failed = 0
for row in rows {
  let violations = run.violations(of: row)
  print("\(violations.isEmpty ? "ok  " : "FAIL") \(row)")
  for violation in violations { print("       \(violation)") }
  failed += violations.isEmpty ? 0 : 1
}
print("\(rows.count - failed) passed, \(failed) failed")
exit(failed == 0 ? 0 : 1)
