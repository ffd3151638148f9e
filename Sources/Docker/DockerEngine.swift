import FoundationEssentials
package import HostInterface
package import SystemPackage

/// One Docker daemon, as far as this program speaks with it. A daemon that was restarted may be another one: a
/// `wrongVersion` asks for a new value.
///
/// No call is ever repeated here: a change that timed out may still come, even after its client is gone (docker.md 3.1).
package struct DockerEngine: Sendable {
  /// Where systemd listens for it.
  package static let defaultSocket: FilePath = "/run/docker.sock"

  let peer: Peer
  package let version: APIVersion

  /// Asks the daemon that listens on `socket`, which may start it (docker.md 8): only where that is wanted.
  ///
  /// - Parameter version: Instead of the one that both sides have.
  /// - Throws: Also where Podman listens there: what it knows of Docker's networks is nothing.
  package static func connect(
    _ http: any HTTPTransport, socket: FilePath = defaultSocket, version: APIVersion? = nil, until deadline: Duration
  ) throws(DockerError) -> DockerEngine {
    let peer = Peer(http: http, socket: socket, contentType: "application/json") { body in
      try? JSONDecoder().decode(EngineMessage.self, from: Data(body)).message
    }
    if let version { return DockerEngine(peer: peer, version: version) }
    let ping = peer.request(.get, "/_ping")
    let reply = try peer.send(ping, until: deadline)
    if let version = reply.headers["libpod-api-version"] { throw DockerError(ping, socket, .podman(version: version)) }
    guard let highest = reply.headers["api-version"].flatMap({ APIVersion($0) }) else {
      throw DockerError(ping, socket, .unreadable("it has no Api-Version"))
    }
    let lowest = try peer.get(EngineVersions.self, "/version", until: deadline).minimum
    return DockerEngine(peer: peer, version: .spoken(highest: highest, lowest: lowest ?? highest))
  }

  /// Up to Docker 24 the plugin finds its networks again, from notes of its own, while Docker answers (docker.md 2.2).
  package var letsPluginKeepNotes: Bool { version < APIVersion(1, 44) }

  /// Components may have several of their own, as images' names do.
  func path(_ components: String...) -> String {
    let names = components.flatMap { $0.split(separator: "/") }
    return "/v\(version)/" + names.map { String($0).percentEncoded }.joined(separator: "/")
  }

  /// Docker's filters: JSON in the query.
  static func filters(_ filters: [String: [String]]) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let text = try? encoder.encode(filters) else { preconditionFailure("texts are JSON") }
    return "filters=" + String(decoding: text, as: UTF8.self).percentEncoded
  }

  package func info(until deadline: Duration) throws(DockerError) -> EngineInfo {
    try peer.get(EngineInfo.self, path("info"), until: deadline)
  }
}

private struct EngineMessage: Decodable {
  let message: String
}

private struct EngineVersions: Decodable {
  private let MinAPIVersion: String?

  var minimum: APIVersion? { MinAPIVersion.flatMap { APIVersion($0) } }
}

/// What of `/info` matters here. That `sriov` is among the plugins only means that a network of it was saved: it is no
/// proof that the plugin is there (docker.md 5.2), and not read.
package struct EngineInfo: Hashable, Decodable, Sendable {
  package let engineVersion: String
  /// Whether containers go on while the daemon is stopped.
  package let keepsContainersRunning: Bool
  package let rootFolder: String

  private enum CodingKeys: String, CodingKey {
    case engineVersion = "ServerVersion"
    case keepsContainersRunning = "LiveRestoreEnabled"
    case rootFolder = "DockerRootDir"
  }
}
