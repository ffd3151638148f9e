/// Reads a script character by character, as the Shell Command Language of POSIX splits it, with bash's arrays and here-strings.
struct ShellParser {
  private(set) var commands: [ShellCommand] = []
  private(set) var definesFunctions = false

  let scalars: [Unicode.Scalar]
  let isShell: Bool
  private let depth: Int
  var at = 0
  private var command = ShellCommand()
  private var nesting = 0
  /// Of the `case` commands around, the label that is read.
  private var labels: [String] = []
  private var isBeforeLabel = false
  private var hereDocuments: [(end: [Unicode.Scalar], isIndented: Bool, command: Int)] = []

  /// How deep command substitutions are followed.
  private static let depthLimit = 8

  init(_ scalars: [Unicode.Scalar], isShell: Bool, depth: Int) {
    self.scalars = scalars
    self.isShell = isShell
    self.depth = depth
  }

  func scalar(_ offset: Int = 0) -> Unicode.Scalar? { at + offset < scalars.count ? scalars[at + offset] : nil }

  mutating func parse() {
    while let next = scalar() {
      if isBeforeLabel {
        readLabel()
        continue
      }
      switch next {
      case " ", "\t", "\r": at += 1
      case "\n":
        endCommand()
        at += 1
        skipHereDocuments()
      case "#" where isShell: at = scalars[at...].firstIndex(of: "\n") ?? scalars.count
      case ";" where isShell || scalar(1) == nil || scalar(1) == " ":
        endCommand()
        at += 1
        if let after = scalar(), after == ";" || after == "&" {
          at += 1
          isBeforeLabel = !labels.isEmpty
        }
      case "&" where isShell && scalar(1) != ">":
        endCommand()
        at += 1
      case "|" where isShell:
        endCommand()
        at += 1
        if scalar() == "|" { at += 1 } else { command.isPiped = true }
        if scalar() == "&" { at += 1 }
      case "(" where isShell: readParenthesis()
      case ")" where isShell:
        endCommand()
        at += 1
      case "<" where isShell, ">" where isShell, "&" where isShell: readRedirection(descriptor: nil)
      default: readAnyWord()
      }
    }
    endCommand()
  }

  private mutating func readAnyWord() {
    let word = readWord()
    // The end of a line that goes on in the next.
    guard !word.parts.isEmpty || word.isQuoted else { return }
    if isShell, scalar() == "(", let name = word.literal, name.hasSuffix("=") {
      command.valuesOf = String(name.dropLast(name.hasSuffix("+=") ? 2 : 1))
      command.words = ShellScript(readEnclosed(), isShell: true, depth: depth + 1).commands.flatMap(\.words)
      return endCommand()
    }
    if isShell, let next = scalar(), next == "<" || next == ">", let text = word.bare, let descriptor = Int(text) {
      return readRedirection(descriptor: descriptor)
    }
    command.words.append(word)
    if command.words.count == 3, command.words[0].bare == "case", word.bare == "in" {
      endCommand()
      isBeforeLabel = true
    }
  }

  /// The end of a command, with the words before it that are the shell's own.
  private mutating func endCommand() {
    while command.valuesOf == nil, let word = command.words.first?.bare {
      switch word {
      case "if", "while", "until", "{": nesting += 1
      case "}", "fi", "done": nesting -= 1
      case "then", "else", "elif", "do", "!", "time": break
      case "esac":
        nesting -= 1
        _ = labels.popLast()
      case "case":
        nesting += 1
        labels.append("")
        command.words = []
        continue
      case "for", "select":
        nesting += 1
        command.valuesOf = command.words.dropFirst().first?.literal ?? ""
        command.words = Array(command.words.dropFirst(3))
        continue
      case "function":
        definesFunctions = true
        command.words.removeFirst()
        if !command.words.isEmpty { command.words.removeFirst() }
        continue
      default: return append()
      }
      command.words.removeFirst()
    }
    append()
  }

  private mutating func append() {
    // What is piped may stand in the next line.
    guard !command.words.isEmpty || !command.outputs.isEmpty else { return }
    command.isConditional = nesting > 0
    command.isAtStop = labels.contains(where: \.isOfStop)
    commands.append(command)
    command = ShellCommand()
  }

  /// A subshell, or the parentheses of a function.
  private mutating func readParenthesis() {
    let after = scalars[(at + 1)...].firstIndex { $0 != " " }
    if command.words.count == 1, let after, scalars[after] == ")" {
      definesFunctions = true
      command.words = []
      at = after + 1
    } else {
      endCommand()
      at += 1
    }
  }

  private mutating func readLabel() {
    while let next = scalar(), [" ", "\t", "\r", "\n", "("].contains(next) { at += 1 }
    if scalar() == "#" {
      at = scalars[at...].firstIndex(of: "\n") ?? scalars.count
      return
    }
    isBeforeLabel = false
    guard !scalars[at...].starts(with: "esac".unicodeScalars) else { return }
    let end = scalars[at...].firstIndex(of: ")") ?? scalars.count
    if !labels.isEmpty { labels[labels.count - 1] = String(scalars: scalars[at..<end]) }
    at = min(end + 1, scalars.count)
  }

  private mutating func readRedirection(descriptor: Int?) {
    let start = at
    while let next = scalar(), [">", "<", "&", "|"].contains(next), at < start + 3 { at += 1 }
    let sign = String(scalars: scalars[start..<at])
    let isIndented = sign == "<<" && scalar() == "-"
    if isIndented { at += 1 }
    if at == start + 1, scalar() == "(" {
      substitute(readEnclosed())
      return command.words.append(ShellWord([.unknown(sign)]))
    }
    while let next = scalar(), next == " " || next == "\t" || next == "\\" && scalar(1) == "\n" {
      at += next == "\\" ? 2 : 1
    }
    let target = readWord()
    switch sign {
    case "<<<": command.input = target
    case "<<": hereDocuments.append((Array((target.literal ?? "").unicodeScalars), isIndented, commands.count))
    case ">", ">>", ">|", "&>", "&>>": if descriptor ?? 1 == 1 { command.outputs.append(target) }
    default: break
    }
  }

  private mutating func skipHereDocuments() {
    for document in hereDocuments {
      var body: [Unicode.Scalar] = []
      while at < scalars.count {
        let end = scalars[at...].firstIndex(of: "\n") ?? scalars.count
        let line = scalars[at..<end].drop { document.isIndented && $0 == "\t" }
        at = min(end + 1, scalars.count)
        if line.elementsEqual(document.end) { break }
        body += line + ["\n"]
      }
      if document.command < commands.count {
        commands[document.command].input = ShellWord([.text(String(scalars: body))])
      }
    }
    hereDocuments = []
  }

  /// Those commands are run before the one that they are in.
  mutating func substitute(_ script: [Unicode.Scalar]) {
    guard depth < Self.depthLimit else { return }
    commands += ShellScript(script, isShell: true, depth: depth + 1).commands.map { command in
      var command = command
      command.isConditional = command.isConditional || nesting > 0
      command.isAtStop = command.isAtStop || labels.contains(where: \.isOfStop)
      return command
    }
  }
}

extension String {
  /// Of `stop|down)`: init scripts, and what network programs call their hooks with.
  fileprivate var isOfStop: Bool {
    let words = split { !$0.isLetter && $0 != "-" }
    let stops: Set<Substring> = [
      "stop", "down", "pre-down", "post-down", "remove", "unload", "off", "disable", "release", "stopped", "shutdown",
    ]
    return !words.isEmpty && words.allSatisfy(stops.contains)
  }
}

extension String {
  init(scalars: some Sequence<Unicode.Scalar>) {
    var view = UnicodeScalarView()
    view.append(contentsOf: scalars)
    self.init(view)
  }
}
