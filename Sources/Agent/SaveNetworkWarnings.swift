import Docker
import Model

extension Snapshot {
  /// What of the networks would not come back as a person expects, and the command that mends it: one line each.
  func networkWarnings(_ reading: DockerReading) -> [String] {
    guard let networks else { return [] }
    let containers = containers ?? []
    let vfCounts = Dictionary(adapters.map { ($0.pf.pciAddress, $0.vfs.count) }) { first, _ in first }
    return pluginWarnings(isServing: reading.pluginState.isServing) + containers.compactMap(\.policyWarning)
      + containers.compactMap(\.bindingWarning)
      + networks.mistakes(with: containers, vfCounts: vfCounts).map(\.description)
  }

  private func pluginWarnings(isServing: Bool) -> [String] {
    guard let plugin else {
      return ["the network plugin does not answer, and no container of it is there: a restore can only wait for it"]
    }
    guard let container = plugin.container, container.restartPolicy.startsAtBoot else { return [] }
    return [
      """
      the plugin's container \(container.name) has the restart policy \(container.restartPolicy.name): should Docker \
      start it before the VFs are there, it makes all of them; a restore starts it, so run: docker update --restart=no \
      \(container.name)
      """
    ]
  }
}

extension NetworkContainer {
  fileprivate var policyWarning: String? {
    guard wasRunning, !restartPolicy.startsAtBoot, !isToBeStarted else { return nil }
    return """
      container \(name) runs and has no restart policy: it stays down after a reboot; run: docker update \
      --restart=unless-stopped \(name), or: sriov-persist save --start \(name)
      """
  }

  fileprivate var bindingWarning: String? {
    guard isBoundToNetworkID else { return nil }
    return """
      container \(name) names its network by id: should the network have to be made anew, newer Dockers cannot start it; \
      make it again with the network's name
      """
  }
}
