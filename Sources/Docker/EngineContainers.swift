import HostInterface
package import Model

extension DockerEngine {
  /// The ids of all containers that are attached to a network, running or not. Asked by name: by id Docker leaves those
  /// out that were never started (docker.md 5.2).
  package func containers(on network: String, until deadline: Duration) throws(DockerError) -> [String] {
    try list(["network": [network]], until: deadline)
  }

  /// The plugin's container; one that runs is preferred, and then one that says `sriov` in what it runs. Nil where there is
  /// none.
  package func pluginContainer(until deadline: Duration) throws(DockerError) -> ContainerReply? {
    var candidates: [ContainerReply] = []
    for id in try list([:], until: deadline) {
      if let container = try container(id, until: deadline), container.servesSRIOV { candidates.append(container) }
    }
    return candidates.first { $0.isRunning && $0.runsSRIOV } ?? candidates.first(where: \.isRunning)
      ?? candidates.first(where: \.runsSRIOV) ?? candidates.first
  }

  private func list(_ filters: [String: [String]], until deadline: Duration) throws(DockerError) -> [String] {
    let query = "?all=1" + (filters.isEmpty ? "" : "&" + Self.filters(filters))
    return try peer.get([Created].self, path("containers", "json") + query, until: deadline).map(\.Id)
  }

  /// Nil where there is none.
  package func container(_ nameOrID: String, until deadline: Duration) throws(DockerError) -> ContainerReply? {
    do throws(DockerError) {
      return try peer.get(ContainerReply.self, path("containers", nameOrID, "json"), until: deadline)
    } catch let error where error.trouble == .notFound {
      return nil
    }
  }

  /// A container that runs already is no error.
  package func start(_ container: String, until deadline: Duration) throws(DockerError) {
    try peer.send(peer.request(.post, path("containers", container, "start")), until: deadline)
  }

  /// Ends a container's process, by force after 10 s. One that does not run is no error.
  package func stop(_ container: String, until deadline: Duration) throws(DockerError) {
    try peer.send(peer.request(.post, path("containers", container, "stop") + "?t=10"), until: deadline)
  }

  /// Makes the plugin's container from an image that must be there: nothing is pulled. Gives its id.
  package func create(_ plugin: PluginContainer, until deadline: Duration) throws(DockerError) -> String {
    let target = path("containers", "create") + "?name=" + plugin.name.percentEncoded
    return try peer.post(Created.self, target, ContainerCreation(plugin), until: deadline).Id
  }

  /// The digest of an image, nil where it is not there.
  package func imageID(_ reference: String, until deadline: Duration) throws(DockerError) -> String? {
    do throws(DockerError) {
      return try peer.get(Created.self, path("images", reference, "json"), until: deadline).Id
    } catch let error where error.trouble == .imageMissing || error.trouble == .notFound {
      return nil
    }
  }
}

/// POST /containers/create. The image is named by its digest: a tag may have moved since.
private struct ContainerCreation: Encodable {
  let Image: String
  let Cmd: [String]
  let HostConfig: Settings

  struct Settings: Encodable {
    let Privileged: Bool
    let NetworkMode: String
    let Binds: [String]
    let RestartPolicy: Policy
  }

  struct Policy: Encodable {
    let Name: String
    let MaximumRetryCount: Int
  }

  init(_ plugin: PluginContainer) {
    Image = plugin.imageID
    Cmd = plugin.command
    HostConfig = Settings(
      Privileged: plugin.isPrivileged, NetworkMode: plugin.networkMode, Binds: plugin.binds,
      RestartPolicy: Policy(
        Name: plugin.restartPolicy.name, MaximumRetryCount: plugin.restartPolicy.maximumRetryCount))
  }
}
