/// Settings of VFs that are a container's, and not the VF's.
extension Snapshot {
  /// On an Ethernet PF with a network of the plugin's, VLAN, spoof check and trust belong to that: it sets them for each
  /// container on whichever VF is free, and never takes them back (docker.md 11.2). What one VF had when it was saved is
  /// another container's by now. So a snapshot has them neither when it is made nor after it was read. VFs of another
  /// driver than mlx5's own are given to no container.
  package mutating func leaveContainerSettings() {
    let pfs = Set((networks ?? []).filter(\.givesVFs).compactMap(\.netdevice?.pf))
    for index in adapters.indices {
      let pf = adapters[index].pf
      adapters[index].givesVFsToContainers = pf.linkLayer == .ethernet && pfs.contains(pf.pciAddress)
      for vf in adapters[index].vfs.indices where adapters[index].mayBeOfContainer(adapters[index].vfs[vf]) {
        for attribute in VFAttribute.ofContainers { adapters[index].vfs[vf].attributes[attribute] = nil }
      }
    }
  }
}

extension Adapter {
  package func mayBeOfContainer(_ vf: SavedVF) -> Bool {
    givesVFsToContainers && vf.driver == VirtualFunction.ownDriver
  }
}

extension ContainerNetwork {
  /// Whether its containers get VFs, and not the PF itself.
  fileprivate var givesVFs: Bool {
    !isConfigOnly && netdevice?.vf == nil && !isPassthrough
  }
}
