import Model

extension Snapshot {
  /// The saved networks for people; nil where there are none.
  var networkTable: Table? {
    guard let networks else { return nil }
    var table = Table(header: ["NETWORK", "SUBNET", "ON", "CONTAINERS"])
    for network in networks {
      let names = (containers ?? []).filter { $0.endpoints[network.name] != nil }.map(\.words)
      table.add([
        network.name, network.ipam.pools.map(\.subnet).joined(separator: ", "), network.place,
        names.isEmpty ? "-" : names.joined(separator: ", "),
      ])
    }
    return table
  }
}

extension ContainerNetwork {
  /// `0000:b1:00.0`, or `VF 2 of 0000:b1:00.0`.
  fileprivate var place: String {
    guard let netdevice else { return isConfigOnly ? "configuration only" : "as \(configFrom ?? "nothing")" }
    return netdevice.vf.map { "VF \($0) of \(netdevice.pf)" } ?? netdevice.pf.description
  }
}

extension NetworkContainer {
  fileprivate var words: String { isToBeStarted ? "\(name) (to be started)" : name }
}
