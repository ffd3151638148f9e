/// Ids that name one host or one thing on it: `4c4c4544-0042-3510-8052-b4c04f4d3332`, as of a machine or a file system.
struct UUIDText {
  let range: Range<Int>
  private let digits: [UInt8]

  private static let groups = [8, 4, 4, 4, 12]

  /// Nil where none begins.
  init?(_ text: [UInt8], at start: Int) {
    guard start == 0 || !text[start - 1].isWordCharacter else { return nil }
    var place = start
    var digits: [UInt8] = []
    for (number, count) in Self.groups.enumerated() {
      if number > 0 {
        guard place < text.count, text[place] == .dash else { return nil }
        place += 1
      }
      guard place + count <= text.count, text[place..<place + count].allSatisfy(\.isHexDigit) else { return nil }
      digits += text[place..<place + count].map(\.lowercased)
      place += count
    }
    guard place == text.count || !text[place].isWordCharacter else { return nil }
    self.digits = digits
    range = start..<place
  }

  func replaced(by standIns: inout StandIns) -> [UInt8] {
    var place = 0
    let digits = standIns.identifier(digits)
    return Array(
      Self.groups.map { count in
        defer { place += count }
        return digits[place..<place + count]
      }.joined(separator: [UInt8.dash]))
  }
}
