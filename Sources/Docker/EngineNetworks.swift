import HostInterface
package import Model

extension DockerEngine {
  /// All of Docker's networks, without their containers.
  package func networks(until deadline: Duration) throws(DockerError) -> [NetworkReply] {
    try peer.get([NetworkReply].self, path("networks"), until: deadline)
  }

  /// Those with just this name: 20.10 can have several (docker.md 5.3), and its own look-up takes part of an id as well.
  package func networks(named name: String, until deadline: Duration) throws(DockerError) -> [NetworkReply] {
    try networks(until: deadline).filter { $0.name == name }
  }

  /// One network with the containers that run on it; nil where there is none.
  package func network(_ id: String, until deadline: Duration) throws(DockerError) -> NetworkReply? {
    do throws(DockerError) {
      return try peer.get(NetworkReply.self, path("networks", id), until: deadline)
    } catch let error where error.trouble == .notFound {
      return nil
    }
  }

  /// Makes a network, and tells the plugin of it, which switches SR-IOV on with *all* VFs where there is none
  /// (docker.md 2.3): never call it before the VFs are verified. Gives the network's new id.
  ///
  /// - Parameter netdevice: Today's name of `network.netdevice`.
  package func create(
    _ network: ContainerNetwork, netdevice: String?, until deadline: Duration
  ) throws(DockerError) -> String {
    let body = NetworkCreation(network, netdevice: netdevice, version: version)
    return try peer.post(Created.self, path("networks", "create"), body, until: deadline).Id
  }

  /// Removes a network. The plugin switches SR-IOV *off* with its last one on a PF (docker.md 2.3). An answer of 500
  /// tells nothing: the network may be gone (docker.md 3.1).
  package func removeNetwork(_ id: String, until deadline: Duration) throws(DockerError) {
    try peer.send(peer.request(.delete, path("networks", id)), until: deadline)
  }

  /// For a container that was bound to a network which is gone it has to be the network's name (docker.md 6.2).
  package func disconnect(
    _ container: String, from network: String, until deadline: Duration
  ) throws(DockerError) {
    let body = Disconnection(Container: container, Force: true)
    try peer.post(path("networks", network, "disconnect"), body, until: deadline)
  }

  /// Success is no proof: Docker ignores it for a stopped container whose entry is current (docker.md 6.2). Read it.
  package func connect(
    _ container: String, to network: String, as settings: NetworkEndpoint, until deadline: Duration
  ) throws(DockerError) {
    let body = Connection(Container: container, EndpointConfig: EndpointBody(settings))
    try peer.post(path("networks", network, "connect"), body, until: deadline)
  }
}

struct Created: Decodable {
  let Id: String
}

private struct Disconnection: Encodable {
  let Container: String
  let Force: Bool
}

private struct Connection: Encodable {
  let Container: String
  let EndpointConfig: EndpointBody
}
