import HostInterface
import SystemPackage
import YAML

/// Reads what is in the places that are read at boot, each in its own form.
struct BootReader {
  private let disk: any Disk
  private(set) var writes: [BootWrite] = []
  /// Files that were read already, whatever link led to them.
  private var seen: Set<FilePath> = []
  private var reader: ScriptReader

  init(disk: any Disk) {
    self.disk = disk
    reader = ScriptReader(disk: disk)
  }

  mutating func read(_ file: ConfigurationFile, in place: BootPlace) {
    guard seen.insert(file.end).inserted else { return }
    switch place.contents {
    case .script: script(file, place, isRun: file.isExecutable)
    case .anyScript: script(file, place, isRun: true)
    case .runParts: script(file, place, isRun: file.isExecutable && !file.name.contains("."))
    case .interfaces: for stanza in InterfacesFile(file).commands { run(stanza, of: file, place) }
    case .sysfs: for line in file.lines() where line.namesCount { sysfs(line, of: file, place.program) }
    case .tmpfiles: for line in file.lines() where line.namesCount { tmpfiles(line, of: file, place.program) }
    case .crontab(let namesUser): cron(file, columns: namesUser ? 1 : 0, place.program)
    case .anacrontab:
      for line in file.lines() { shell(line.words(after: 3), of: file, place.program) }
    case .tuned: tuned(file, place.program)
    case .cloudConfig: cloudConfig(file, place.program)
    }
  }

  mutating func read(_ unit: UnitFile) {
    for command in unit.commands {
      collect("systemd", start: command.file.path, isRun: unit.isStarted) { reader in
        let place = ScriptReader.Place(file: command.file.path, variables: unit.environment)
        reader.run(command.text, in: place, isShell: false)
      }
    }
  }

  private mutating func script(_ file: ConfigurationFile, _ place: BootPlace, isRun: Bool) {
    collect(place.program, start: file.path, isRun: isRun && place.isRunAtBoot) { reader in
      reader.start(file.path, [], from: ScriptReader.Place(file: file.path))
    }
  }

  private mutating func shell(
    _ text: String, of file: ConfigurationFile, _ program: String, variables: [String: [String]] = [:],
    isRun: Bool = true
  ) {
    collect(program, start: file.path, isRun: isRun) { reader in
      reader.run(text, in: ScriptReader.Place(file: file.path, variables: variables))
    }
  }

  private mutating func run(_ stanza: InterfacesFile.Command, of file: ConfigurationFile, _ place: BootPlace) {
    shell(stanza.text, of: file, place.program, variables: ["IFACE": [stanza.interface]], isRun: stanza.isAutomatic)
  }

  private mutating func collect(
    _ program: String, start: FilePath, isRun: Bool, _ body: (inout ScriptReader) -> Void
  ) {
    reader.beginAnew()
    body(&reader)
    writes += reader.writes.map { BootWrite(program: program, write: $0, start: start, isRun: isRun) }
  }

  private mutating func add(
    _ program: String, _ file: ConfigurationFile, path: String, value: String, isRun: Bool = true
  ) {
    guard CountWrite.isCountFile(path) else { return }
    let write = CountWrite(place: file.path, path: path, count: Int(value))
    writes.append(BootWrite(program: program, write: write, start: file.path, isRun: isRun))
  }

  /// Lines that begin with `mode` or `owner` are about the file itself.
  private mutating func sysfs(_ line: String, of file: ConfigurationFile, _ program: String) {
    let parts = line.split(separator: "=", maxSplits: 1).map(\.trimmed)
    guard parts.count == 2, !parts[0].contains(" ") else { return }
    add(program, file, path: parts[0].hasPrefix("/") ? parts[0] : "/sys/\(parts[0])", value: parts[1].unquoted)
  }

  /// Type, path, mode, user, group, age, argument. `w` writes, and `f+` and `F` do over what is there.
  private mutating func tmpfiles(_ line: String, of file: ConfigurationFile, _ program: String) {
    let fields = line.split(maxSplits: 6, whereSeparator: \.isWhitespace).map(\.unquoted)
    guard fields.count == 7, fields[0].hasPrefix("w") || fields[0].hasPrefix("f+") || fields[0].hasPrefix("F") else {
      return
    }
    add(program, file, path: fields[1], value: fields[6])
  }

  /// `@reboot user command`, or five columns in place of the first; lines of `NAME=value` before.
  private mutating func cron(_ file: ConfigurationFile, columns: Int, _ program: String) {
    for line in file.lines() where line.first.map({ "@*".contains($0) || $0.isNumber }) == true {
      shell(line.words(after: (line.hasPrefix("@") ? 1 : 5) + columns), of: file, program)
    }
  }

  /// Of a profile that is active, and of the others what may be.
  private mutating func tuned(_ file: ConfigurationFile, _ program: String) {
    let folder = file.path.removingLastComponent()
    let active = disk.configuration(at: "/etc/tuned/active_profile")?.text.split(whereSeparator: \.isWhitespace) ?? []
    let isRun = active.contains { $0 == folder.lastComponent?.string ?? "" }
    for section in Section.all(in: file) {
      for key in section.keys where key.namesCount {
        add(program, file, path: key, value: section[key] ?? "", isRun: isRun)
      }
      guard let script = section["script"] else { continue }
      collect(program, start: file.path, isRun: isRun) { reader in
        let path = FilePath(script.replacing("${i:PROFILE_DIR}", with: folder.string))
        reader.start(folder.pushing(path), [], from: ScriptReader.Place(file: file.path))
      }
    }
  }

  /// `runcmd` is not run again on a host that is set up.
  private mutating func cloudConfig(_ file: ConfigurationFile, _ program: String) {
    guard file.text.contains("bootcmd"), disk.configuration(at: "/etc/cloud/cloud-init.disabled") == nil else { return }
    for command in YAML(parsing: file.text)?["bootcmd"]?.items ?? [] {
      let words = command.items.compactMap(\.text).map { "'\($0.replacing("'", with: "'\\''"))'" }
      shell(command.text ?? words.joined(separator: " "), of: file, program)
    }
  }
}

extension String {
  /// What is left of a line after that many columns.
  fileprivate func words(after count: Int) -> String {
    let parts = split(maxSplits: count, whereSeparator: \.isWhitespace)
    return parts.count > count ? String(parts[count]) : ""
  }
}
