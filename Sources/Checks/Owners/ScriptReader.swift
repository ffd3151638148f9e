import HostInterface
import SystemPackage

/// Finds the writes of VF counts in commands, and in the scripts that these start. Nothing is run: values of variables are
/// followed as far as the text has them, branches are all taken, and loops are gone through once with all their values.
struct ScriptReader {
  /// What is known where a command is.
  struct Place {
    /// The file that has the command.
    let file: FilePath
    /// Each with the values that it may have; `$1` and so on are among them.
    var variables: [String: [String]] = [:]
    /// The working directory, nil where it is not known.
    var folder: String?
    /// How many scripts started one another to come here.
    var depth = 0
  }

  private let disk: any Disk
  private(set) var writes: [CountWrite] = []
  private var scriptsLeft = 2000
  private var read: [FilePath: ConfigurationFile?] = [:]
  private var started: Set<[String]> = []

  private static let depthLimit = 4
  /// In bytes. What is larger is no script that a person reads.
  private static let sizeLimit = 256 << 10

  init(disk: any Disk) { self.disk = disk }

  /// What is found from now on is another start's; scripts that were read are kept.
  mutating func beginAnew() {
    writes = []
    started = []
  }

  /// - Parameter isShell: False for a command that no shell reads, as one in a unit.
  mutating func run(_ text: String, in place: Place, isShell: Bool = true) {
    var place = place
    run(text, changing: &place, isShell: isShell)
  }

  /// Starts a program, which is followed where it is a script.
  mutating func start(_ path: FilePath, _ arguments: [String], from place: Place) {
    guard place.depth < Self.depthLimit, started.insert([path.string] + arguments).inserted,
      let script = script(at: path)
    else { return }
    var inner = Place(file: path, variables: place.variables.filter { !$0.key.isPositional }, depth: place.depth + 1)
    inner.variables.merge(positionals(arguments)) { $1 }
    switch script.language {
    case .shell: run(script.text, changing: &inner, isShell: true)
    case .other: writes += script.possibleWrites
    }
  }

  private mutating func run(_ text: String, changing place: inout Place, isShell: Bool) {
    guard place.depth <= Self.depthLimit else { return }
    let script = ShellScript(text, isShell: isShell)
    if script.definesFunctions { place.variables = place.variables.filter { !$0.key.isPositional } }
    for (number, command) in script.commands.enumerated() where !command.isAtStop {
      let before = command.isPiped && number > 0 ? script.commands[number - 1] : nil
      run(command, after: before, changing: &place)
    }
  }

  private mutating func run(_ command: ShellCommand, after before: ShellCommand?, changing place: inout Place) {
    if let name = command.valuesOf {
      return place.set(name, to: command.words.flatMap(place.words), isConditional: command.isConditional)
    }
    var words = command.words[...]
    if let first = words.first?.bare, ["export", "local", "readonly", "declare", "typeset"].contains(first) {
      words = words.dropFirst()
    }
    while let (name, value) = words.first?.assignment {
      place.set(name, to: place.values(value), isConditional: command.isConditional)
      words = words.dropFirst()
    }
    writes += command.countWrites(after: before, in: place)
    follow(StartedProgram(words.flatMap(place.words)), input: command.input, changing: &place)
  }

  private mutating func follow(_ program: StartedProgram?, input: ShellWord?, changing place: inout Place) {
    guard let program else { return }
    switch program.kind {
    case .script(let text):
      var inner = place
      inner.depth += 1
      inner.variables.merge(positionals(Array(program.arguments.dropFirst()))) { $1 }
      run(text, changing: &inner, isShell: true)
    case .input:
      guard let text = input.map(place.values)?.first else { return }
      run(text, in: place)
    case .file(let name):
      for path in paths(of: name) { start(path, program.arguments, from: place) }
    case .folder(let path):
      for name in (try? disk.list(FilePath(path)))?.sorted() ?? [] {
        start(FilePath(path).appending(name), program.arguments, from: place)
      }
    case .sourced(let path):
      guard let script = script(at: FilePath(path)), place.depth < Self.depthLimit else { return }
      var inner = Place(file: script.path, variables: place.variables, folder: place.folder, depth: place.depth + 1)
      run(script.text, changing: &inner, isShell: true)
      place.variables = inner.variables
    case .directory(let path): place.folder = path
    }
  }

  /// Where a shell and systemd look for a program without a `/` in its name.
  private func paths(of name: String) -> [FilePath] {
    if name.hasPrefix("/") { return [FilePath(name)] }
    guard !name.contains("/"), !name.contains("$"), !name.isEmpty else { return [] }
    return ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"].map { FilePath($0).appending(name) }
  }

  private mutating func script(at path: FilePath) -> ConfigurationFile? {
    if let known = read[path] { return known }
    guard scriptsLeft > 0 else { return nil }
    let file = disk.configuration(at: path, limit: Self.sizeLimit)
    if file != nil { scriptsLeft -= 1 }
    read[path] = .some(file)
    return file
  }

  private func positionals(_ arguments: [String]) -> [String: [String]] {
    var values = ["@": arguments]
    for (number, argument) in arguments.prefix(9).enumerated() { values[String(number + 1)] = [argument] }
    return values
  }
}

extension String {
  fileprivate var isPositional: Bool { self == "@" || Int(self) != nil }
}

extension ScriptReader.Place {
  /// In a branch or a loop it is one value more, as the branch may not be taken.
  fileprivate mutating func set(_ name: String, to values: [String], isConditional: Bool) {
    variables[name] = isConditional ? Array(((variables[name] ?? []) + values).suffix(Self.valueLimit)) : values
  }

  /// How many values one word may have.
  private static let valueLimit = 64

  /// And how many words one may become.
  private static let wordLimit = 1000

  /// The values of one word. A variable that is not known stays as it is written.
  func values(_ word: ShellWord) -> [String] {
    word.parts.reduce([""]) { values, part in
      let pieces: [String] =
        switch part {
        case .text(let text), .unknown(let text): [text]
        case .variable(let name, let otherwise):
          variables[name].flatMap { $0.isEmpty ? nil : $0 } ?? [otherwise ?? "$\(name)"]
        }
      let all = values.lazy.flatMap { value in pieces.lazy.map { Self.joined(value, $0) } }
      return Array(all.prefix(Self.valueLimit))
    }
  }

  /// What has grown without end is not known any more.
  private static func joined(_ value: String, _ piece: String) -> String {
    value.utf8.count + piece.utf8.count <= lengthLimit ? value + piece : "$"
  }

  /// In bytes.
  private static let lengthLimit = 64 << 10

  /// The words that one may become.
  func words(_ word: ShellWord) -> [String] {
    let values = values(word)
    guard !word.isQuoted, word.literal == nil else { return values }
    let words = values.lazy.flatMap { value in
      value.hasPrefix("$(") ? [value] : value.split(whereSeparator: \.isWhitespace).map(String.init)
    }
    return Array(words.prefix(Self.wordLimit))
  }
}

extension ShellCommand {
  fileprivate func countWrites(after before: ShellCommand?, in place: ScriptReader.Place) -> [CountWrite] {
    let redirected = outputs.flatMap(place.values).filter(CountWrite.isCountFile)
    let program = StartedProgram(words.flatMap(place.words))
    let named = (program?.filesWritten ?? []).filter(CountWrite.isCountFile)
    guard !redirected.isEmpty || !named.isEmpty else { return [] }
    let inputCount = (input.map(place.values)?.first?.trimmed).flatMap { Int($0) } ?? before?.countSaid(in: place)
    return redirected.map {
      CountWrite(place: place.file, path: place.absolute($0), count: countSaid(in: place) ?? inputCount)
    }
      + named.map { CountWrite(place: place.file, path: place.absolute($0), count: inputCount) }
  }

  /// The number that `echo 4` or `printf '4\n'` says.
  private func countSaid(in place: ScriptReader.Place) -> Int? {
    guard words.count > 1, let values = words.last.map(place.values), values.count == 1 else { return nil }
    return Int(values[0].replacing("\\n", with: "").trimmed)
  }
}

extension ScriptReader.Place {
  fileprivate func absolute(_ path: String) -> String {
    guard let folder, !path.hasPrefix("/"), !path.hasPrefix("$") else { return path }
    return "\(folder)/\(path)"
  }
}
