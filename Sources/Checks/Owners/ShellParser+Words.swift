/// One word of a script: quotes, and what the shell puts something else in for.
extension ShellParser {
  mutating func readWord() -> ShellWord {
    var word = ShellWord()
    var text: [Unicode.Scalar] = []
    func flushed(_ text: inout [Unicode.Scalar]) -> [ShellWord.Part] {
      defer { text = [] }
      return text.isEmpty ? [] : [.text(String(scalars: text))]
    }
    var quote: Unicode.Scalar?
    while let next = scalar(), quote != nil || !isEnd(next) {
      switch next {
      case "\\":
        let escaped = scalar(1)
        at = min(at + 2, scalars.count)
        switch escaped {
        case nil, "\n": break
        case let escaped? where quote != nil && !["\"", "\\", "$", "`"].contains(escaped): text += [next, escaped]
        case let escaped?: text.append(escaped)
        }
      case "'" where isShell && quote == nil:
        word.isQuoted = true
        let end = scalars[(at + 1)...].firstIndex(of: "'") ?? scalars.count
        text += scalars[(at + 1)..<end]
        at = min(end + 1, scalars.count)
      // For systemd and udev a variable is one in quotes of either kind.
      case "\"" where quote == nil, "'" where quote == nil, quote:
        word.isQuoted = true
        quote = quote == nil ? next : nil
        at += 1
      case "`" where isShell:
        let end = scalars[(at + 1)...].firstIndex(of: "`") ?? scalars.count
        substitute(Array(scalars[(at + 1)..<end]))
        word.parts += flushed(&text) + [.unknown("$(" + String(scalars: scalars[(at + 1)..<end]) + ")")]
        at = min(end + 1, scalars.count)
      case "$":
        if quote == nil, isShell, scalar(1) == "'" || scalar(1) == "\"" {
          at += 1
        } else {
          word.parts += flushed(&text)
          word.parts.append(readExpansion())
        }
      default:
        text.append(next)
        at += 1
      }
    }
    word.parts += flushed(&text)
    return word
  }

  private func isEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case " ", "\t", "\r", "\n": true
    case ";", "&", "|", "<", ">", "(", ")": isShell
    default: false
    }
  }

  /// What begins with `$`.
  private mutating func readExpansion() -> ShellWord.Part {
    at += 1
    switch scalar() {
    case "(" where isShell:
      let script = readEnclosed()
      if script.first != "(" { substitute(script) }
      return .unknown("$(" + String(scalars: script) + ")")
    case "{":
      let end = scalars[at...].firstIndex(of: "}") ?? scalars.count
      let text = String(scalars: scalars[(at + 1)..<max(end, at + 1)])
      at = min(end + 1, scalars.count)
      let name = String(text.prefix { $0 == "_" || $0.isLetter || $0.isNumber })
      switch text.dropFirst(name.count) {
      case "", "[@]", "[*]": return .variable(name, otherwise: nil)
      case let rest where rest.hasPrefix(":-") || rest.hasPrefix(":="):
        return .variable(name, otherwise: String(rest.dropFirst(2)))
      default: return .unknown("${\(text)}")
      }
    case let digit? where ("0"..."9").contains(digit):
      at += 1
      return .variable(String(digit), otherwise: nil)
    case let sign? where ["@", "*"].contains(sign):
      at += 1
      return .variable("@", otherwise: nil)
    // systemd's way to write one `$`.
    case "$" where !isShell:
      at += 1
      return .text("$")
    default:
      let name = scalars[at...].prefix { $0 == "_" || Character($0).isLetter || Character($0).isNumber }
      at += name.count
      return name.isEmpty ? .text("$") : .variable(String(scalars: name), otherwise: nil)
    }
  }

  /// What is between the parenthesis here and the one that closes it.
  mutating func readEnclosed() -> [Unicode.Scalar] {
    let start = at + 1
    var depth = 0
    var quote: Unicode.Scalar?
    while let next = scalar() {
      at += 1
      if next == "\\" {
        at = min(at + 1, scalars.count)
      } else if let open = quote {
        if next == open { quote = nil }
      } else {
        switch next {
        case "'", "\"": quote = next
        case "(": depth += 1
        case ")": depth -= 1
        default: break
        }
        if depth == 0 { return Array(scalars[start..<(at - 1)]) }
      }
    }
    at = scalars.count
    return start < scalars.count ? Array(scalars[start...]) : []
  }
}
