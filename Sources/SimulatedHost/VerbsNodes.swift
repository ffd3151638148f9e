import struct FoundationEssentials.Date
import SystemPackage

/// The nodes in /dev/infiniband by which libibverbs opens RDMA devices: the kernel makes one with each device.
extension SimulatedVF {
  var verbsNode: String? {
    rdmaDevice.map { "uverbs\($0.split(separator: "_").last ?? "0")" }
  }
}

extension SimulatedKernel {
  func madeNode(_ path: FilePath) -> Date? {
    guard path.removingLastComponent() == "/dev/infiniband", let name = path.lastComponent?.string else { return nil }
    return machine.adapters.lazy.flatMap(\.vfs).first { $0.verbsNode == name }.map { SimulatedTasks.date($0.cameAt) }
  }
}
