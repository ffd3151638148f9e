/// What a shell script, or the command line of a unit, does: its simple commands in their order, with nothing of it run.
/// Comments and here-documents are not among them; those of command substitutions are.
struct ShellScript {
  let commands: [ShellCommand]
  /// Then `$1` may be a function's.
  let definesFunctions: Bool

  /// - Parameter isShell: Whether a shell reads it. systemd and udev split words alike, and know no `>`, `|` or `$( )`.
  init(_ text: String, isShell: Bool = true) { self.init(Array(text.unicodeScalars), isShell: isShell, depth: 0) }

  init(_ scalars: [Unicode.Scalar], isShell: Bool, depth: Int) {
    var parser = ShellParser(scalars, isShell: isShell, depth: depth)
    parser.parse()
    commands = parser.commands
    definesFunctions = parser.definesFunctions
  }
}

struct ShellCommand {
  /// The name whose values the words are: of a `for` loop or an array.
  var valuesOf: String?
  var words: [ShellWord] = []
  /// The files that its output goes to.
  var outputs: [ShellWord] = []
  /// What it is given as its input, by `<<<` or `<<`.
  var input: ShellWord?
  /// Whether its input is the output of the command before it.
  var isPiped = false
  /// Whether it is in a branch, a loop or a function.
  var isConditional = false
  /// Whether it is below a `case` label that says that something stops.
  var isAtStop = false
}

/// One word, before the shell puts the values of variables in.
struct ShellWord {
  enum Part {
    case text(String)
    case variable(String, otherwise: String?)
    /// `$(...)` and the like, as it is written.
    case unknown(String)
  }

  var parts: [Part] = []
  /// Then its values are not split into words.
  var isQuoted = false

  init(_ parts: [Part] = []) { self.parts = parts }

  /// Of a word without quotes and variables, which may be one of the shell's own.
  var bare: String? { isQuoted ? nil : literal }

  /// Of a word without variables.
  var literal: String? {
    var text = ""
    for part in parts {
      guard case .text(let piece) = part else { return nil }
      text += piece
    }
    return text
  }

  /// Of `NAME=value`.
  var assignment: (name: String, value: ShellWord)? {
    guard case .text(let text)? = parts.first, let equals = text.firstIndex(of: "=") else { return nil }
    let name = text[..<equals]
    guard let first = name.first, first == "_" || first.isLetter,
      name.allSatisfy({ $0 == "_" || $0.isLetter || $0.isNumber })
    else { return nil }
    var value = ShellWord([.text(String(text[text.index(after: equals)...]))] + parts.dropFirst())
    value.isQuoted = isQuoted
    return (String(name), value)
  }
}
