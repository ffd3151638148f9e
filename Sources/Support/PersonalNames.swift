/// What names a person in a text: e-mail addresses, folders of users, and what a URL has before its host, which may be a
/// password.
struct PersonalNames: Sendable {
  private var mailAddresses: [[UInt8]: [UInt8]] = [:]
  private var users: [[UInt8]: [UInt8]] = [:]
  /// How many credentials of URLs were replaced.
  private var credentials = 0

  var count: Int { mailAddresses.count + users.count + credentials }

  mutating func replaced(in text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var place = 0
    // From here on the result is as the text.
    var unchanged = 0
    while place < text.count {
      if text[place] == .at, let address = Self.mailAddress(in: text, around: place, from: unchanged) {
        result.removeLast(place - address.lowerBound)
        result += standIn(text[address].map(\.lowercased), "mail", \.mailAddresses)
        place = address.upperBound
      } else if text[place] == .colon, text[place...].starts(with: Self.schemeEnd),
        let end = Self.endOfCredentials(in: text, after: place + 3)
      {
        result += Self.schemeEnd + Array("xxx".utf8)
        credentials += 1
        place = end
      } else if text[place] == Self.home[0], text[place...].starts(with: Self.home),
        let user = Self.user(in: text, after: place + Self.home.count)
      {
        result += Self.home + standIn(Array(text[user]), "user", \.users)
        place = user.upperBound
      } else {
        result.append(text[place])
        place += 1
        continue
      }
      unchanged = place
    }
    return result
  }

  private mutating func standIn(
    _ name: [UInt8], _ kind: String, _ known: WritableKeyPath<Self, [[UInt8]: [UInt8]]>
  ) -> [UInt8] {
    if name.starts(with: Array("\(kind)-".utf8)) { return name }
    let standIn = self[keyPath: known][name] ?? Array("\(kind)-\(self[keyPath: known].count + 1)".utf8)
    self[keyPath: known][name] = standIn
    return standIn
  }

  private static let schemeEnd = Array("://".utf8)
  private static let home = Array("/home/".utf8)

  /// Names of systemd's units have an at sign, too: `sriov-persist@0000:b1:00.0.service`.
  private static let unitSuffixes = Set(
    ["service", "socket", "timer", "target", "device", "mount", "slice", "scope", "path", "swap"].map { Array($0.utf8) }
  )

  /// `ann.lee+vf@lab.example.com` around its at sign; nil where it is none.
  private static func mailAddress(in text: [UInt8], around place: Int, from first: Int) -> Range<Int>? {
    let more = Set("._%+-".utf8)
    var start = place
    while start > first, text[start - 1].isWordCharacter || more.contains(text[start - 1]) { start -= 1 }
    while start < place, !text[start].isWordCharacter { start += 1 }
    var end = place + 1
    while end < text.count, text[end].isWordCharacter || [.dot, .dash].contains(text[end]) { end += 1 }
    while end > place + 1, [.dot, .dash].contains(text[end - 1]) { end -= 1 }
    let labels = text[(place + 1)..<end].split(separator: .dot)
    guard start < place, labels.count > 1, let last = labels.last, last.count > 1, last.allSatisfy(\.isLetter),
      !unitSuffixes.contains(last.map(\.lowercased))
    else { return nil }
    return start..<end
  }

  /// Where the at sign is after `user:password`; nil where a URL has none.
  private static func endOfCredentials(in text: [UInt8], after start: Int) -> Int? {
    var place = start
    while place < text.count, text[place] > UInt8(ascii: " "), !"/\"'<>".utf8.contains(text[place]) {
      if text[place] == .at { return place > start ? place : nil }
      place += 1
    }
    return nil
  }

  private static func user(in text: [UInt8], after start: Int) -> Range<Int>? {
    var end = start
    while end < text.count, text[end].isWordCharacter || [.dot, .dash].contains(text[end]) { end += 1 }
    return end > start ? start..<end : nil
  }
}

extension UInt8 {
  fileprivate static let at = UInt8(ascii: "@")
}
