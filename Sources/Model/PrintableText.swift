extension Unicode.Scalar {
  /// Whether it shows nothing itself and changes what is shown: a control character, the end of a line or paragraph, or a
  /// format character such as those that reverse the direction of the text after them.
  package var isInvisibleControl: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}

extension String {
  /// The text as one line that is safe to show on a terminal. Names, messages of other programs and lines of the kernel log
  /// can contain anything: what is invisible is shown as an escape, such as `\x1b`, `\n` or `\u202e`.
  package var printable: String {
    guard unicodeScalars.contains(where: \.isInvisibleControl) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if scalar.isInvisibleControl { text += scalar.escape } else { text.unicodeScalars.append(scalar) }
    }
  }
}

extension Unicode.Scalar {
  fileprivate var escape: String {
    switch self {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default:
      let digits = String(value, radix: 16)
      return value < 0x100
        ? "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
        : "\\u" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
  }
}
