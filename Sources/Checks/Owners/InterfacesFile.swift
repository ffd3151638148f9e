import HostInterface

/// ifupdown's interfaces(5): the commands that bring an interface up.
struct InterfacesFile {
  struct Command {
    let text: String
    let interface: String
    /// Whether the interface is brought up without a person.
    let isAutomatic: Bool
  }

  let commands: [Command]

  init(_ file: ConfigurationFile) {
    var automatic: Set<String> = []
    var found: [(text: String, interface: String)] = []
    var interface: String?
    for line in file.lines() {
      let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
      switch words[0] {
      case "auto", "allow-hotplug": automatic.formUnion(words.dropFirst())
      case "iface": interface = words.dropFirst().first
      case let word where word.hasPrefix("allow-"): automatic.formUnion(words.dropFirst())
      case "mapping", "source", "source-directory", "template": interface = nil
      case "pre-up", "up", "post-up":
        guard let interface else { continue }
        found.append((String(line.dropFirst(words[0].count)), interface))
      default: break
      }
    }
    commands = found.map { command in
      let isAutomatic = automatic.contains { pattern in
        command.interface.matches(glob: pattern.drop { $0 == "/" }) || pattern == command.interface
      }
      return Command(text: command.text, interface: command.interface, isAutomatic: isAutomatic)
    }
  }
}
