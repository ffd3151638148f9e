import HostInterface
import Model

/// The uevents that a change of the machine sends: one for each function that came or went, was bound or unbound, or whose
/// RDMA device or netdev did. What is only written to a device, such as a policy, and a port that changes, sends none.
extension Machine {
  func events(since before: Machine) -> [DeviceEvent] {
    let (old, new) = (before.functions, functions)
    guard old != new else { return [] }
    return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }.sorted().map(DeviceEvent.init)
  }

  /// What there is of each function that has a name.
  private var functions: [PCIAddress: [String]] {
    var functions: [PCIAddress: [String]] = [:]
    for pf in shownAdapters {
      functions[pf.address] =
        ["\(pf.vfCount)", pf.isBound ? pf.driver : "", pf.rdmaDevice ?? ""] + pf.netdevs + pf.smiDevices
        + pf.subFunctions
      for (index, vf) in pf.vfs.enumerated() {
        functions[pf.addressOfVF(index)] =
          [vf.driver ?? "", vf.rdmaDevice ?? "", vf.netdev ?? "", "\(vf.bindingInode)"]
      }
    }
    return functions
  }
}
