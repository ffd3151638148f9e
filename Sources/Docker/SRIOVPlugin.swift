import FoundationEssentials
package import HostInterface
package import Model
package import SystemPackage

/// The network plugin on its own socket: docker.md 4.2, 4.3. DeleteNetwork is never sent: with its last network on a PF
/// the plugin switches SR-IOV off.
package struct SRIOVPlugin: Sendable {
  /// Where Docker looks for it first.
  package static let defaultSocket: FilePath = "/run/docker/plugins/sriov.sock"

  package enum State: Hashable, Sendable {
    /// It serves, and knows the network: nothing to do.
    case known
    /// It serves, and does not know the network.
    case unknown
    /// It serves, and does not tell: it is at work on VFs, or hangs.
    case busy(DockerError)
    case notServing(DockerError)
  }

  private let peer: Peer

  package init(_ http: any HTTPTransport, socket: FilePath = defaultSocket) {
    peer = Peer(http: http, socket: socket, contentType: "application/vnd.docker.plugins.v1.2+json") { body in
      try? JSONDecoder().decode(PluginMessage.self, from: Data(body)).Err
    }
  }

  /// Asks whether the plugin serves, and whether it knows a network. Changes nothing.
  package func state(of networkID: String, until deadline: Duration) -> State {
    do throws(DockerError) {
      _ = try peer.post(Activation.self, "/Plugin.Activate", Nothing(), until: deadline)
    } catch {
      return .notServing(error)
    }
    do throws(DockerError) {
      // No endpoint has this id: whichever of its two refusals comes is the answer.
      let probe = Probe(NetworkID: networkID, EndpointID: "probe")
      try peer.post("/NetworkDriver.EndpointOperInfo", probe, until: deadline)
      return .known
    } catch {
      guard case .refusal(_, let message) = error.cause else { return .busy(error) }
      if message.hasPrefix("Cannot find endpoint by id") { return .known }
      if message.hasPrefix("Can not find network") { return .unknown }
      return .busy(error)
    }
  }

  /// The names of those containers of a network that it knows of which it does not know that they run. Changes nothing.
  ///
  /// - Throws: `DockerError` when it does not tell.
  package func forgotten(
    _ running: [NetworkReply.RunningContainer], on networkID: String, until deadline: Duration
  ) throws(DockerError) -> [String] {
    var names: [String] = []
    for container in running where !container.endpointID.isEmpty {
      do throws(DockerError) {
        let probe = Probe(NetworkID: networkID, EndpointID: container.endpointID)
        try peer.post("/NetworkDriver.EndpointOperInfo", probe, until: deadline)
      } catch {
        guard case .refusal(_, let message) = error.cause, message.hasPrefix("Cannot find endpoint by id") else {
          throw error
        }
        names.append(container.name)
      }
    }
    return names.sorted()
  }

  /// Tells the plugin of a network that Docker knows and it does not: no container is orphaned by it. The same holds as
  /// for `DockerEngine.create`: never before the VFs are verified. And never of a network that it knows: told twice, it
  /// loses its endpoints and counts itself wrong (docker.md 2.3).
  ///
  /// - Parameters:
  ///   - id: Docker's own.
  ///   - netdevice: Today's name of `network.netdevice`.
  package func tell(
    of network: ContainerNetwork, id: String, netdevice: String?, until deadline: Duration
  ) throws(DockerError) {
    let body = NetworkIntroduction(network, id: id, options: network.driverOptions(netdevice: netdevice))
    try peer.post("/NetworkDriver.CreateNetwork", body, until: deadline)
  }
}

private struct PluginMessage: Decodable {
  let Err: String
}

private struct Activation: Decodable {
  let Implements: [String]
}

private struct Nothing: Encodable {}

private struct Probe: Encodable {
  let NetworkID: String
  let EndpointID: String
}

/// NetworkDriver.CreateNetwork, as Docker sends it.
private struct NetworkIntroduction: Encodable {
  let NetworkID: String
  let Options: [String: Generic]
  let IPv4Data: [Pool]
  let IPv6Data: [Pool]

  /// `IPAMData` of Docker's driver API: each address has the length of its subnet.
  struct Pool: Encodable {
    let AddressSpace = "LocalDefault"
    let Pool: String
    let Gateway: String?
    let AuxAddresses: [String: String]?

    init(_ pool: AddressPool) {
      Pool = pool.subnetAsMeant
      Gateway = pool.gatewayWithPrefix
      let addresses = pool.auxiliaryAddresses.compactMapValues(pool.withPrefix)
      AuxAddresses = addresses.isEmpty ? nil : addresses
    }
  }

  /// The driver's options, or one of Docker's own.
  enum Generic: Encodable {
    case options([String: String])
    case flag(Bool)

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .options(let options): try container.encode(options)
      case .flag(let flag): try container.encode(flag)
      }
    }
  }

  init(_ network: ContainerNetwork, id: String, options: [String: String]) {
    NetworkID = id
    Options = [
      "com.docker.network.generic": .options(options),
      "com.docker.network.enable_ipv6": .flag(network.hasIPv6),
      "com.docker.network.internal": .flag(network.isInternal),
    ]
    // Docker leaves out what a family that is switched off would have.
    IPv4Data = network.hasIPv4 == false ? [] : network.ipam.pools.filter { $0.ipv4Subnet != nil }.map(Pool.init)
    IPv6Data = network.hasIPv6 ? network.ipam.pools.filter { $0.ipv6Subnet != nil }.map(Pool.init) : []
  }
}
