import Docker
import HostInterface
import Model
import SystemPackage

/// What the guide pulls: the network plugin's image, and the tools that run containers with RDMA devices.
extension Finding {
  static func images(_ survey: Survey) -> [Finding] {
    guard let answer = survey.docker.answer else { return [] }
    return [pluginImage(answer), containerTools(answer, survey.host)]
  }

  private static func pluginImage(_ answer: DockerAnswer) -> Finding {
    if let image = answer.plugin?.recordedAsPlugin.image { return ID.pluginImage.ok(nil, image) }
    if answer.images.contains(DockerAnswer.pluginImage) { return ID.pluginImage.ok(nil, DockerAnswer.pluginImage) }
    if answer.pluginState.isServing { return ID.pluginImage.ok(nil, "none: the plugin runs outside Docker") }
    return ID.pluginImage.problem(
      nil, "\(DockerAnswer.pluginImage) is not here", remedy: "run: docker pull \(DockerAnswer.pluginImage)")
  }

  /// The installer copies one program to the host; its image alone is what the guide has.
  private static func containerTools(_ answer: DockerAnswer, _ host: Host) -> Finding {
    let program = "/usr/bin/docker_rdma_sriov"
    if (try? host.disk.list("/usr/bin"))?.contains("docker_rdma_sriov") == true {
      return ID.containerTools.ok(nil, program)
    }
    if answer.images.contains(DockerAnswer.toolsImage) { return ID.containerTools.ok(nil, DockerAnswer.toolsImage) }
    return ID.containerTools.warning(
      nil, "neither \(program) nor \(DockerAnswer.toolsImage): only containers without --privileged need them",
      remedy: "if such are wanted, run: docker pull \(DockerAnswer.toolsImage)")
  }
}
