extension StringProtocol {
  /// Whether a shell pattern matches the whole text: `*`, `?` and `[...]`.
  func matches(glob pattern: some StringProtocol) -> Bool {
    Glob.match(Array(pattern)[...], Array(self)[...])
  }
}

private enum Glob {
  static func match(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    let rest = pattern.dropFirst()
    if first == "*" { return match(rest, text) || !text.isEmpty && match(pattern, text.dropFirst()) }
    guard let character = text.first else { return false }
    switch first {
    case "?": return match(rest, text.dropFirst())
    case "[":
      guard let end = rest.dropFirst().firstIndex(of: "]") else { return false }
      return set(rest[..<end], contains: character) && match(rest[(end + 1)...], text.dropFirst())
    default: return first == character && match(rest, text.dropFirst())
    }
  }

  /// What is between the brackets: characters and ranges, after `!` or `^` all others.
  private static func set(_ members: ArraySlice<Character>, contains character: Character) -> Bool {
    if let first = members.first, first == "!" || first == "^" {
      return !set(members.dropFirst(), contains: character)
    }
    var rest = members
    while let low = rest.popFirst() {
      if rest.first == "-", let high = rest.dropFirst().first {
        if low <= character && character <= high { return true }
        rest = rest.dropFirst(2)
      } else if low == character {
        return true
      }
    }
    return false
  }
}
