/// What a snapshot's networks and its adapters have to do with each other.
extension Snapshot {
  /// What makes the networks unfit to be saved or restored; nil when nothing does.
  var networkMistake: String? {
    let all = networks ?? []
    for (number, network) in all.enumerated() {
      let place = "networks[\(number)] (\(network.name))"
      if all[..<number].contains(where: { $0.name == network.name }) { return "\(place): another one has its name" }
      guard let device = network.netdevice else {
        if network.isConfigOnly || network.configFrom != nil { continue }
        return "\(place) has no netdevice"
      }
      guard let adapter = adapters.first(where: { $0.pf.pciAddress == device.pf }) else {
        return "\(place) is on \(device.pf), which is none of the adapters"
      }
      if let vf = device.vf, !adapter.vfs.indices.contains(vf) {
        return "\(place) is on VF \(vf) of \(device.pf), which has \(adapter.vfs.count.of("VF"))"
      }
    }
    return nil
  }

  /// The networks that are left beside other adapters: each goes with its card, wherever that is, and away with it.
  package func networks(beside others: [Adapter]) -> [ContainerNetwork] {
    (networks ?? []).compactMap { network in
      guard let device = network.netdevice else { return network }
      let card = adapters.first { $0.pf.pciAddress == device.pf }?.pf
      guard let card, let here = others.first(where: { $0.pf.nodeGUID == card.nodeGUID }) else { return nil }
      var moved = network
      moved.netdevice?.pf = here.pf.pciAddress
      return moved
    }
  }

  /// Another card takes over the networks of one, or none does and they are dropped.
  package mutating func moveNetworks(from old: PCIAddress, to new: PCIAddress?) {
    let left = (networks ?? []).compactMap { network in
      guard network.netdevice?.pf == old else { return network }
      var moved = network
      if let new { moved.netdevice?.pf = new }
      return new == nil ? nil : moved
    }
    setNetworks(left, plugin: plugin, containers: containers ?? [])
  }

  /// Takes what Docker is to have; nothing is as good as not known.
  package mutating func setNetworks(
    _ networks: [ContainerNetwork], plugin: NetworkPlugin?, containers: [NetworkContainer]
  ) {
    self.networks = networks.isEmpty ? nil : networks.sorted { $0.name < $1.name }
    self.plugin = networks.isEmpty ? nil : plugin
    let attached = containers.filter { container in networks.contains { container.endpoints[$0.name] != nil } }
    self.containers = attached.isEmpty ? nil : attached.sorted { $0.name < $1.name }
    leaveContainerSettings()
  }
}
