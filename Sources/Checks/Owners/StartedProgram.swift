/// What a command starts, with what only prepares the start left out.
struct StartedProgram {
  enum Kind {
    /// A program, by its path or its name.
    case file(String)
    /// All programs in a folder.
    case folder(String)
    /// A script that is one of the words.
    case script(String)
    /// A script that is the command's input.
    case input
    /// A script that runs in the same shell.
    case sourced(String)
    /// No program: the working directory changes.
    case directory(String)
  }

  let kind: Kind
  /// What follows the program's name, or the script's.
  let arguments: [String]
  /// Files that the program writes what it is given into, as its words tell.
  let filesWritten: [String]

  private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "ksh", "zsh"]
  /// Programs that start the one in their arguments.
  private static let wrappers: Set<String> = [
    "sudo", "env", "nohup", "nice", "ionice", "chrt", "taskset", "timeout", "setsid", "exec", "command", "builtin",
    "stdbuf",
    "systemd-run", "busybox", "unshare", "nsenter", "chronic", "eatmydata", "start-stop-daemon", "daemon",
    "systemd-inhibit",
    "xargs",
  ]
  private static let interpreters = ["python", "perl", "ruby", "lua", "tclsh", "expect", "node", "php"]

  /// Nil where nothing is started that could be followed.
  init?(_ words: [String]) {
    var words = words[...]
    while let first = words.first, Self.wrappers.contains(first.programName) {
      words = words.dropFirst().drop { $0.hasPrefix("-") || $0.contains("=") || $0.first?.isNumber == true }
    }
    guard let first = words.first else { return nil }
    let name = first.programName
    let rest = Array(words.dropFirst())
    var written: [String] = []
    switch name {
    case "tee": written = rest
    case "dd": written = rest.filter { $0.hasPrefix("of=") }.map { String($0.dropFirst("of=".count)) }
    case "cp", "install": written = Array(rest.suffix(1))
    default: break
    }
    let text = rest.firstIndex { $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.hasSuffix("c") }
      .flatMap { $0 + 1 < rest.count ? $0 + 1 : nil }
    switch name {
    case _ where Self.shells.contains(name):
      if let text {
        self.init(.script(rest[text]), Array(rest[(text + 1)...]), written)
      } else if let file = rest.firstIndex(where: { !$0.hasPrefix("-") }) {
        self.init(.file(rest[file]), Array(rest[(file + 1)...]), written)
      } else {
        self.init(.input, [], written)
      }
    case "su", "runuser", "flock", "script":
      if let text {
        self.init(.script(rest[text]), [], written)
      } else if name == "flock", rest.count > 1 {
        self.init(Array(rest.drop { $0.hasPrefix("-") }.dropFirst()))
      } else {
        return nil
      }
    case "eval": self.init(.script(rest.joined(separator: " ")), [], written)
    case ".", "source":
      guard let path = rest.first, path.hasPrefix("/") else { return nil }
      self.init(.sourced(path), [], written)
    case "run-parts":
      guard let path = rest.last(where: { $0.hasPrefix("/") }) else { return nil }
      self.init(.folder(path), [], written)
    case "cd", "pushd":
      guard let path = rest.first(where: { !$0.hasPrefix("-") }) else { return nil }
      self.init(.directory(path), [], written)
    case _ where Self.interpreters.contains { name.hasPrefix($0) }:
      guard let file = rest.firstIndex(where: { !$0.hasPrefix("-") }) else { return nil }
      self.init(.file(rest[file]), Array(rest[(file + 1)...]), written)
    default: self.init(.file(first), rest, written)
    }
  }

  private init(_ kind: Kind, _ arguments: [String], _ written: [String]) {
    self.kind = kind
    self.arguments = arguments
    filesWritten = written
  }
}

extension String {
  fileprivate var programName: String { split(separator: "/").last.map(String.init) ?? self }
}
