import Docker
import Model

/// Docker's networks of the plugin.
extension Finding {
  static func networks(_ survey: Survey) -> [Finding] {
    guard let answer = survey.docker.answer else { return [] }
    guard !answer.networks.isEmpty else {
      let netdev = survey.pfs.first { $0.vfCount > 0 }?.pf.netdev ?? "<the PF's netdev>"
      return [
        ID.network.warning(
          nil, "Docker has no network of the driver sriov",
          remedy:
            "make the VFs first; then run: docker network create -d sriov --subnet=10.10.1.0/24 -o netdevice=\(netdev) "
            + "sriov_net")
      ]
    }
    return answer.networks.map { finding(of: $0, answer) }
  }

  private static func finding(of network: ContainerNetwork, _ answer: DockerAnswer) -> Finding {
    let id = ID.network
    let netdev = answer.reading.netdevs[network.name]
    let subnets = network.ipam.pools.map(\.subnet).joined(separator: ", ")
    let pf = network.netdevice?.pf
    if let netdev, pf == nil {
      return id.problem(
        nil, "\(network.name) is on \(netdev), which is no netdev of a PF or VF here: names move between boots",
        remedy: "if the network was saved, run: sriov-persist restore network; else make it anew on today's name")
    }
    let seen = "\(network.name): \(subnets)" + (netdev.map { " on \($0)" } ?? "")
    if let names = answer.reading.forgotten[network.name], !names.isEmpty {
      let all = names.joined(separator: " ")
      return id.problem(
        pf,
        "\(network.name): the plugin has forgotten \(names.joined(separator: ", ")), running on it, and offers VFs that are "
          + "in use: no other container can start",
        remedy: "run: docker stop \(all) && docker start \(all)")
    }
    return switch answer.reading.state(of: network) {
    case .known: id.ok(pf, seen)
    case .unknown:
      id.problem(
        pf, "\(network.name): the plugin does not know it: no container can start on it",
        remedy: "run: sriov-persist save, if it is not saved yet; then: sriov-persist restore network")
    case .busy, .notServing:
      id.unknown(pf, "\(seen); the plugin does not say whether it knows it", remedy: "see: plugin-socket")
    }
  }
}
