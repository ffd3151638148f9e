import Model

/// A VF whose netdev is in a container's network namespace.
struct VFOfContainer: Equatable, Sendable {
  let pf: PCIAddress
  let vf: Int
  let netdev: String
  /// A VF that was removed or bound anew took its netdev along.
  let binding: UInt64
}

extension SimulatedKernel {
  /// Docker moves a netdev into a container. Its RDMA device stays where all can see it.
  func giveAway(_ netdev: String) -> VFOfContainer? {
    update { machine in
      for pf in machine.adapters.indices {
        guard let vf = machine.adapters[pf].vfs.firstIndex(where: { $0.netdev == netdev }) else { continue }
        machine.adapters[pf].vfs[vf].netdev = nil
        return VFOfContainer(
          pf: machine.adapters[pf].address, vf: vf, netdev: netdev, binding: machine.adapters[pf].vfs[vf].bindingInode)
      }
      return nil
    }
  }

  /// The container's namespace ends, and the netdev comes back.
  func takeBack(_ taken: VFOfContainer) {
    update { machine in
      guard let pf = machine.adapters.firstIndex(where: { $0.address == taken.pf }),
        machine.adapters[pf].vfs.indices.contains(taken.vf),
        machine.adapters[pf].vfs[taken.vf].bindingInode == taken.binding
      else { return }
      machine.adapters[pf].vfs[taken.vf].netdev = taken.netdev
    }
  }
}
