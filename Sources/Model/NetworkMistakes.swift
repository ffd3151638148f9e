/// Something that Docker would refuse, or do otherwise than a person expects, and what helps.
package struct NetworkMistake: Hashable, Sendable, CustomStringConvertible {
  package let what: String
  package let remedy: String

  fileprivate init(_ what: String, remedy: String) {
    self.what = what
    self.remedy = remedy
  }

  package var description: String { "\(what); \(remedy)" }
}

/// What is wrong with networks before Docker sees them: the guide's own container has an address outside its network
/// (docker.md 6.2).
extension [ContainerNetwork] {
  /// - Parameter vfCounts: How many VFs each adapter has.
  package func mistakes(with containers: [NetworkContainer], vfCounts: [PCIAddress: Int]) -> [NetworkMistake] {
    // One that somebody stopped takes neither address nor VF.
    let users = containers.filter { $0.wasRunning || $0.restartPolicy.startsAtBoot || $0.isToBeStarted }
    return overlaps + containers.flatMap(wrongAddresses) + sharedAddresses(of: users)
      + tooManyContainers(users, vfCounts) + sharedPFs(of: users)
  }

  private var overlaps: [NetworkMistake] {
    let pools = filter { !$0.isConfigOnly }.flatMap { network in
      network.ipam.pools.compactMap(\.ipv4Subnet).map { (network.name, $0) }
    }
    return pools.enumerated().flatMap { number, pool in
      pools[(number + 1)...].filter { $0.1.overlaps(pool.1) }.map { other in
        NetworkMistake(
          "the subnets of \(pool.0) (\(pool.1)) and \(other.0) (\(other.1)) overlap: Docker makes only one of them",
          remedy: "make one of the two with another subnet")
      }
    }
  }

  private func wrongAddresses(of container: NetworkContainer) -> [NetworkMistake] {
    compactMap { network in
      let text = container.endpoints[network.name]?.ipv4Address
      guard let text, let address = IPv4Address(text) else { return nil }
      let subnets = network.ipam.pools.compactMap(\.ipv4Subnet)
      let said = "container \(container.name) has the address \(address) on \(network.name)"
      if !subnets.contains(where: { $0.contains(address) }) {
        let all = subnets.map(\.description).joined(separator: ", ")
        return NetworkMistake(
          "\(said), whose subnet is \(all): Docker does not start it", remedy: "give it an address of that subnet")
      }
      if network.ipam.pools.contains(where: { $0.gateway == text }) {
        return NetworkMistake(
          "\(said), which is the gateway's: Docker does not start it", remedy: "give it another one")
      }
      return nil
    }
  }

  private func sharedAddresses(of containers: [NetworkContainer]) -> [NetworkMistake] {
    flatMap { network in
      let owners = Dictionary(grouping: containers) { $0.endpoints[network.name]?.ipv4Address }
      return owners.filter { $0.key != nil && $0.value.count > 1 }.map { address, owners in
        let names = owners.map(\.name).sorted().joined(separator: " and ")
        return NetworkMistake(
          "\(names) have the same address \(address ?? "") on \(network.name)", remedy: "give each its own")
      }.sorted { $0.what < $1.what }
    }
  }

  /// Each container takes a VF, on whichever of the PF's networks it is.
  private func tooManyContainers(
    _ containers: [NetworkContainer], _ vfCounts: [PCIAddress: Int]
  ) -> [NetworkMistake] {
    vfCounts.sorted { $0.key < $1.key }.compactMap { pf, count in
      let names = filter { $0.netdevice?.pf == pf && !$0.isPassthrough }.map(\.name)
      let needed = containers.map { container in names.count { container.endpoints[$0] != nil } }.reduce(0, +)
      guard needed > count else { return nil }
      return NetworkMistake(
        "\(needed.of("endpoint")) of containers on \(pf), which has \(count.of("VF")): the last ones get none",
        remedy: "make more VFs")
    }
  }

  /// A network of mode `passthrough` gives the PF itself away, to one container at a time.
  private func sharedPFs(of containers: [NetworkContainer]) -> [NetworkMistake] {
    filter(\.isPassthrough).compactMap { network in
      let names = containers.filter { $0.endpoints[network.name] != nil }.map(\.name).sorted()
      guard names.count > 1 else { return nil }
      return NetworkMistake(
        "\(network.name) has the mode passthrough, and \(names.joined(separator: " and ")) are on it: only one of them "
          + "gets the PF", remedy: "connect the others to a network of VFs")
    }
  }
}
