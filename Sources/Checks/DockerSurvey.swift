import Docker
import HostInterface
import Model
import SystemPackage

/// What Docker says of itself, the plugin and the networks. One that is stopped is not asked: that would start it.
enum DockerSurvey: Sendable {
  /// Stopped, where systemd does not listen for it, or not installed.
  case notThere(FilePath)
  case stopped
  case podman(DockerError)
  /// The caller may not ask.
  case notPermitted(DockerError)
  /// It was asked, and gave no answer that helps.
  case silent(String)
  /// It answers, but not all that it was asked in the time there was: it has much to tell, or starts containers.
  case slow(String)
  case answered(DockerAnswer)

  /// For all questions together, the plugin among them, which may hang.
  static let limit = Duration.seconds(5)

  init(of host: Host, over socket: FilePath) {
    guard DockerService.hasSocket(socket, on: host.disk) else {
      self = .notThere(socket)
      return
    }
    guard DockerService(on: host).mayBeAsked(over: socket) else {
      self = .stopped
      return
    }
    let deadline = host.tasks.now() + Self.limit
    do {
      let engine = try DockerEngine.connect(host.http, socket: socket, until: deadline)
      do {
        self = .answered(try DockerAnswer(engine, on: host, until: deadline))
      } catch {
        self = .slow("\(error)")
      }
    } catch {
      self = error.isForbidden ? .notPermitted(error) : error.isPodman ? .podman(error) : .silent("\(error)")
    }
  }

  var answer: DockerAnswer? {
    if case .answered(let answer) = self { answer } else { nil }
  }
}

struct DockerAnswer: Sendable {
  static let pluginImage = "rdma/sriov-plugin"
  static let toolsImage = "rdma/container_tools_installer"

  let version: String
  let reading: DockerReading
  let plugin: ContainerReply?
  let images: Set<String>

  init(_ engine: DockerEngine, on host: Host, until deadline: Duration) throws {
    version = try engine.info(until: deadline).engineVersion
    var images: Set<String> = []
    for image in [Self.pluginImage, Self.toolsImage] where try engine.imageID(image, until: deadline) != nil {
      images.insert(image)
    }
    self.images = images
    reading = try DockerReading(engine, on: host, until: deadline)
    plugin = try reading.networks.isEmpty ? engine.pluginContainer(until: deadline) : reading.plugin
  }

  /// How the plugin answers on its socket.
  var pluginState: SRIOVPlugin.State { reading.pluginState }

  /// Of the plugin's driver; mere configurations left out.
  var networks: [ContainerNetwork] { reading.networks.filter { !$0.isConfigOnly } }
}
