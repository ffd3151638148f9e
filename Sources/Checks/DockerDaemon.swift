import Model

/// Docker itself. Only containers need it.
extension Finding {
  static func docker(_ survey: Survey) -> [Finding] {
    let id = ID.docker
    return switch survey.docker {
    case .notInstalled:
      [
        id.warning(
          nil, "not installed: only containers need it", remedy: "install Docker, if containers are to have VFs")
      ]
    case .stopped:
      [id.problem(nil, "not running; nothing was asked, which would start it", remedy: "run: systemctl start docker")]
    case .notPermitted(let why):
      [id.unknown(nil, why, remedy: "run it as root, or as a member of the group docker")]
    case .silent(let why): [id.problem(nil, "gives no answer: \(why)", remedy: "see: systemctl status docker")]
    case .answered(let answer): [id.ok(nil, "\(answer.version) answers")]
    }
  }
}
