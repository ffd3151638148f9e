import HostInterface
import SystemPackage

/// systemd's units on this host, and which of them a boot starts.
struct UnitGraph {
  /// Where systemd looks for units, those of people first, then those of generators and packages.
  private static let folders = [
    "/etc/systemd/system", "/run/systemd/system", "/run/systemd/generator", "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/generator.late",
  ].map { FilePath($0) }

  let disk: any Disk
  private let files: [String: ConfigurationFile]
  /// The folders of drop-ins, by the unit's name with `.d` behind.
  private let dropInFolders: [String: [FilePath]]
  /// Those that others want or require, by links in folders or by their own words, and those of timers. What sockets and
  /// paths start is not among them: nobody may come.
  let started: Set<String>

  init(on disk: any Disk) {
    let paths = Self.folders.flatMap { folder in ((try? disk.list(folder)) ?? []).map { folder.appending($0) } }
    self.disk = disk
    files = Dictionary(disk.configuration("", in: Self.folders.map(\.string)).map { ($0.name, $0) }) { first, _ in first
    }
    dropInFolders = Dictionary(grouping: paths.filter { $0.name.hasSuffix(".d") }, by: \.name)
    started = Self.started(by: Self.links(in: paths, on: disk), files)
  }

  /// In the order of their names.
  var services: [ConfigurationFile] {
    files.values.filter { $0.name.hasSuffix(".service") }.sorted { $0.name < $1.name }
  }

  /// Those of a unit, and of the template that it is an instance of, in the order of their names.
  func dropIns(of names: Set<String>) -> [ConfigurationFile] {
    let folders = names.sorted().flatMap { dropInFolders["\($0).d"] ?? [] }
    return folders.isEmpty ? [] : disk.configuration(".conf", in: folders.map(\.string))
  }

  /// What links in folders name. An instance stands for its template as well, which its link leads to; a link that leads
  /// to nothing is left out.
  private static func links(in paths: [FilePath], on disk: any Disk) -> Set<String> {
    let links = paths.filter { $0.isOfDependencies && !$0.isOfEnd }
      .flatMap { folder in ((try? disk.list(folder)) ?? []).map { folder.appending($0) } }
      .filter { disk.configuration(at: $0) != nil }
    return Set(links.flatMap { [$0, (try? disk.link($0)) ?? $0] }.map(\.name))
  }

  private static func started(by links: Set<String>, _ files: [String: ConfigurationFile]) -> Set<String> {
    var started = links
    var waiting = links
    while let name = waiting.popFirst() {
      let template = name.firstIndex(of: "@").map { "\(name[...$0]).\(name.split(separator: ".").last ?? "")" }
      guard let file = files[name] ?? template.flatMap({ files[$0] }) else { continue }
      for other in file.unitsPulledIn where started.insert(other).inserted { waiting.insert(other) }
    }
    return started
  }
}

extension ConfigurationFile {
  /// Of a unit's file.
  fileprivate var unitsPulledIn: [String] {
    let sections = Section.all(in: self)
    let wanted = sections.filter { $0.name == "Unit" }.flatMap { section in
      ["Wants", "Requires", "BindsTo", "Upholds", "Requisite"].flatMap(section.list)
        .flatMap { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
    }
    guard name.hasSuffix(".timer") else { return wanted }
    let unit = sections.last { $0.name == "Timer" && $0["Unit"] != nil }?["Unit"]
    return wanted + [unit ?? String(name.dropLast("timer".count) + "service")]
  }
}

extension FilePath {
  fileprivate var isOfDependencies: Bool { [".wants", ".requires", ".upholds"].contains(where: name.hasSuffix) }

  /// Of targets that are there when the machine ends or sleeps, or that somebody asks for when it does not boot.
  fileprivate var isOfEnd: Bool {
    let ends = [
      "shutdown", "reboot", "poweroff", "halt", "kexec", "final", "umount", "sleep", "suspend", "hibernate",
      "hybrid-sleep", "suspend-then-hibernate", "rescue", "emergency", "exit", "soft-reboot",
    ]
    return ends.contains { name.hasPrefix("\($0).target.") }
  }
}
