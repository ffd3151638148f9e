/// Four decimal numbers joined by dots in a text, where they are an address and no version.
struct IPv4Text {
  let octets: [UInt8]
  let range: Range<Int>

  /// Nil where none begins.
  init?(_ text: [UInt8], at start: Int) {
    guard !Self.isWithin(text, before: start) else { return nil }
    var octets: [UInt8] = []
    var place = start
    while octets.count < 4 {
      let first = place
      var value = 0
      while place < text.count, place < first + 3, text[place].isDecimalDigit {
        value = value * 10 + Int(text[place].hexValue)
        place += 1
      }
      guard place > first, value < 256 else { return nil }
      octets.append(UInt8(value))
      if octets.count < 4 {
        guard place < text.count, text[place] == .dot else { return nil }
        place += 1
      }
    }
    // More numbers: a version.
    if place < text.count, text[place].isDecimalDigit { return nil }
    if place + 1 < text.count, text[place] == .dot, text[place + 1].isDecimalDigit { return nil }
    self.octets = octets
    range = start..<place
  }

  func replaced(by standIns: inout StandIns) -> [UInt8] {
    Array(standIns.ipv4(octets).map(String.init).joined(separator: ".").utf8)
  }

  /// Whether what is before belongs to it: another number of a longer version, `v`, or `5.8-` as in `5.8-3.0.7.0` and
  /// `2.9.0-` as in `2.9.0-1.4.7.0`, which is how MLNX_OFED counts.
  private static func isWithin(_ text: [UInt8], before start: Int) -> Bool {
    guard start > 0 else { return false }
    let previous = text[start - 1]
    if previous.isDecimalDigit || previous | 0x20 == UInt8(ascii: "v") { return true }
    if previous == .dot { return start > 1 && text[start - 2].isDecimalDigit }
    guard previous == .dash else { return false }
    let release = text[..<(start - 1)].reversed().prefix { $0.isDecimalDigit || $0 == .dot }
    return release.first?.isDecimalDigit == true && (1...2).contains(release.count { $0 == .dot })
  }
}
