import HostInterface

/// How Docker reaches its plugin: docker.md 3.
extension SimulatedDocker {
  /// One call, with all that Docker does to get through: retries after 1, 2, 4 and 8 seconds, and no deadline at all
  /// (docker.md 3). The error has no prefix yet.
  func callPlugin(_ method: String, _ body: [String: Any]) -> Result<Void, DockerRefusal> {
    let bytes = Array(JSONBody(body).text.utf8)
    for delay in [1, 2, 4, 8, 0] {
      if plugin.socketState == .listening {
        let isFirst = !now.hasLoadedPlugin
        if isFirst { _ = plugin.answer(HTTPRequest(.post, "/Plugin.Activate")) }
        update { $0.hasLoadedPlugin = true }
        return Self.result(of: plugin.answer(HTTPRequest(.post, "/" + method, body: bytes)), method)
      }
      tasks.pass(.seconds(delay))
    }
    if now.hasLoadedPlugin {
      return .failure(
        DockerRefusal(500, "Post \"http://\(Self.escaped)/\(method)\": dial unix \(Self.socket): connect: refused"))
    }
    guard plugin.socketState == .stale else { return .failure(DockerRefusal(404, "plugin \"sriov\" not found")) }
    return .failure(
      DockerRefusal(
        500,
        "legacy plugin: Post \"http://plugin.moby.localhost/Plugin.Activate\": dial unix \(Self.socket): connect: "
          + "connection refused"))
  }

  private static let socket = "/run/docker/plugins/sriov.sock"
  private static let escaped = "%2Frun%2Fdocker%2Fplugins%2Fsriov.sock"

  private static func result(
    of answer: Result<HTTPReply, HTTPError.Reason>, _ method: String
  ) -> Result<Void, DockerRefusal> {
    guard case .success(let reply) = answer else { return .failure(DockerRefusal(500, "EOF")) }
    guard reply.status != 200 else { return .success(()) }
    return .failure(DockerRefusal(500, "\(method): \(JSONBody(reply.body)["Err"] ?? "")"))
  }
}
