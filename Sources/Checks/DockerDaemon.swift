import Docker
import Model

/// Docker itself. Only containers need it.
extension Finding {
  static func docker(_ survey: Survey) -> [Finding] {
    let id = ID.docker
    return switch survey.docker {
    case .notThere(let socket):
      [
        id.warning(
          nil, "not running, and nothing is called \(socket): only containers need it",
          remedy: "if containers are to have VFs: systemctl start docker; or install Docker")
      ]
    case .stopped:
      [id.problem(nil, "not running; nothing was asked, which would start it", remedy: "run: systemctl start docker")]
    case .podman(let error):
      [
        id.warning(
          nil, "\(error)",
          remedy: "if containers are to have VFs by the plugin: install Docker, and set \"dockerSocket\" in "
            + "/etc/sriov-persist/config.json to its socket")
      ]
    case .notPermitted(let error): [id.unknown(nil, "\(error)", remedy: error.remedyIfForbidden)]
    case .silent(let why): [id.problem(nil, "gives no answer: \(why)", remedy: "see: systemctl status docker")]
    case .slow(let why):
      [
        id.unknown(
          nil, "answers, but not all that it was asked: \(why)", remedy: "check again; see: systemctl status docker")
      ]
    case .answered(let answer): [id.ok(nil, "\(answer.version) answers")]
    }
  }
}
