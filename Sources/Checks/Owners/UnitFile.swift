import HostInterface
import SystemPackage

/// A service of systemd's, with its drop-ins.
struct UnitFile {
  struct Command {
    let text: String
    let file: ConfigurationFile
  }

  /// Of a template one for each instance that is started, and one without if there is none.
  let name: String
  let instance: String?
  /// Whether something that is started at boot wants or requires it.
  let isStarted: Bool
  /// The file, then its drop-ins, each with its sections.
  private let sections: [(file: ConfigurationFile, section: Section)]

  /// All services, by whatever folder has them.
  static func all(on disk: any Disk) -> [UnitFile] {
    let graph = UnitGraph(on: disk)
    return graph.services.flatMap { file -> [UnitFile] in
      let prefix = file.name.firstIndex(of: "@").map { file.name[...$0] }
      let instances = prefix.map { prefix in graph.started.filter { $0.hasPrefix(prefix) && $0 != file.name } } ?? []
      return (instances.isEmpty ? [file.name] : instances.sorted()).map { UnitFile(file, name: $0, in: graph) }
    }
  }

  private init(_ file: ConfigurationFile, name: String, in graph: UnitGraph) {
    self.name = name
    isStarted = graph.started.contains(name)
    let parts = name.dropLast(".service".count).split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    instance = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil
    let sections = ([file] + graph.dropIns(of: [file.name, name])).flatMap { file in
      Section.all(in: file).map { (file: file, section: $0) }
    }
    self.sections = sections
    let own = Self.values("Environment", in: sections).map(\.value)
    // Those of the unit; `-` says that the file need not be there.
    let files = Self.values("EnvironmentFile", in: sections)
      .compactMap { graph.disk.configuration(at: FilePath(String($0.value.drop { $0 == "-" }))) }
    environment = Dictionary((own + files.flatMap { $0.lines() }).flatMap(Self.variables)) { $1 }
  }

  /// What it runs when it is started, in systemd's own form; an empty value takes back what was said before.
  var commands: [Command] {
    ["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost"].flatMap { key in
      Self.values(key, in: sections).map { value, file in
        Command(text: String(specified(value).drop { "@-:+!|".contains($0) }), file: file)
      }
    }
  }

  /// Of `EnvironmentFile=`, which wins over `Environment=`.
  let environment: [String: [String]]

  private static func variables(_ text: String) -> [(String, [String])] {
    ShellScript(text, isShell: false).commands.flatMap(\.words).compactMap { word in
      word.assignment.flatMap { pair in pair.value.literal.map { (pair.name, [$0]) } }
    }
  }

  private static func values(
    _ key: String, in sections: [(file: ConfigurationFile, section: Section)]
  ) -> [(value: String, file: ConfigurationFile)] {
    let all = sections.filter { $0.section.name == "Service" }
      .flatMap { file, section in section.values(key).map { (value: $0, file: file) } }
    return Array(all.split(omittingEmptySubsequences: false) { $0.value.isEmpty }.last ?? [])
  }

  /// With the instance's name in.
  private func specified(_ text: String) -> String {
    guard let instance, text.contains("%") else { return text }
    return text.replacing("%i", with: instance).replacing("%I", with: instance.replacing("-", with: "/"))
  }
}
