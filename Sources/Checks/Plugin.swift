import Docker
import Model

/// The network plugin: its container, and what answers on its socket.
extension Finding {
  static func plugin(_ survey: Survey) -> [Finding] {
    guard let answer = survey.docker.answer else { return [] }
    return [pluginContainer(answer), pluginSocket(answer)]
  }

  private static let command =
    "docker run -d --name sriov-plugin --net=host --privileged -v /run/docker/plugins:/run/docker/plugins "
    + "-v /etc/docker:/etc/docker -v /var/run:/var/run \(DockerAnswer.pluginImage)"

  private static func pluginContainer(_ answer: DockerAnswer) -> Finding {
    let id = ID.pluginContainer
    guard let container = answer.plugin else {
      return answer.pluginState.isServing
        ? id.ok(nil, "none: the plugin runs outside Docker")
        : id.problem(nil, "no container of the plugin", remedy: "make the VFs first; then run: \(command)")
    }
    guard container.isRunning else {
      return id.problem(
        nil, "\(container.name) does not run",
        remedy: "make the VFs first, the plugin would make all of them; then run: docker start \(container.name)")
    }
    let plugin = container.recordedAsPlugin
    let lacks =
      (plugin.isPrivileged ? [] : ["--privileged"]) + (plugin.networkMode == "host" ? [] : ["--net=host"])
    guard lacks.isEmpty else {
      return id.problem(
        nil, "\(container.name) runs without \(lacks.joined(separator: " and "))",
        remedy: "make it anew, which forgets its networks; run: docker rm -f \(container.name); \(command); then: "
          + "sriov-persist restore network")
    }
    guard !container.restartPolicy.startsAtBoot else {
      return id.warning(
        nil,
        "\(container.name) runs, with the restart policy \(container.restartPolicy.name): should Docker start it before "
          + "the VFs are there, it makes all of them",
        remedy: "a restore starts it; run: docker update --restart=no \(container.name)")
    }
    return id.ok(nil, "\(container.name) runs")
  }

  private static func pluginSocket(_ answer: DockerAnswer) -> Finding {
    let id = ID.pluginSocket
    let socket = SRIOVPlugin.defaultSocket
    let log = answer.plugin.map { "see: docker logs \($0.name)" }
    return switch answer.pluginState {
    case .known, .unknown: id.ok(nil, "the plugin answers on \(socket)")
    case .busy(let error):
      id.unknown(nil, "the plugin is at work, or hangs: \(error)", remedy: log ?? "see what runs the plugin")
    case .notServing(let error) where error.isForbidden:
      id.unknown(nil, "\(error)", remedy: error.remedyIfForbidden)
    case .notServing(let error):
      id.problem(nil, "the plugin does not answer: \(error)", remedy: log ?? "see: plugin-container")
    }
  }
}
