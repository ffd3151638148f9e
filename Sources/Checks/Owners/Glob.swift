extension StringProtocol {
  /// Whether a shell pattern matches the whole text: `*`, `?` and `[...]`.
  func matches(glob pattern: some StringProtocol) -> Bool {
    Glob.match(Array(pattern), Array(self))
  }
}

private enum Glob {
  /// Each `*` takes as little as it can. Where the rest then does not match, only the last one takes more: that is
  /// enough, and takes no longer than both lengths multiplied.
  static func match(_ pattern: [Character], _ text: [Character]) -> Bool {
    var (at, place) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while place < text.count {
      if at < pattern.count, pattern[at] == "*" {
        star = (at, place)
        at += 1
      } else if let length = length(ofOne: pattern[at...], matching: text[place]) {
        at += length
        place += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        (at, place) = (last.pattern + 1, last.text + 1)
      } else {
        return false
      }
    }
    return pattern[at...].allSatisfy { $0 == "*" }
  }

  /// How long the pattern for one character is; nil where it matches another one.
  private static func length(ofOne pattern: ArraySlice<Character>, matching character: Character) -> Int? {
    guard let first = pattern.first else { return nil }
    switch first {
    case "?": return 1
    case "[":
      let rest = pattern.dropFirst()
      guard let end = rest.dropFirst().firstIndex(of: "]") else { return nil }
      return set(rest[..<end], contains: character) ? end + 1 - pattern.startIndex : nil
    default: return first == character ? 1 : nil
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
