/// Text as bytes: addresses are ASCII, whatever is around them.
extension UInt8 {
  static let colon = UInt8(ascii: ":")
  static let dash = UInt8(ascii: "-")
  static let dot = UInt8(ascii: ".")
  /// What stands for a digit of which nothing is told.
  static let blank = UInt8(ascii: "x")

  var isDecimalDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowercased) }
  var isHexDigit: Bool { isDecimalDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(lowercased) }
  var isWordCharacter: Bool { isDecimalDigit || isLetter || self == UInt8(ascii: "_") }

  /// Of a letter.
  var lowercased: UInt8 { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self }

  /// Of a hexadecimal digit.
  var hexValue: UInt8 { isDecimalDigit ? self - UInt8(ascii: "0") : lowercased - UInt8(ascii: "a") + 10 }
}

extension UInt64 {
  /// The lowest `count` hexadecimal digits.
  func digits(_ count: Int) -> [UInt8] {
    (0..<count).reversed().map { place in
      let value = UInt8(truncatingIfNeeded: self >> (4 * UInt64(place))) & 0xf
      return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
  }

  /// `0c42:a103:00b1:0000`
  var groups: [UInt8] {
    let digits = digits(16)
    return Array([0, 4, 8, 12].map { digits[$0..<$0 + 4] }.joined(separator: [UInt8.colon]))
  }
}

extension [UInt8] {
  /// JSON may spell any character `\u0030`: what an address is made of is written as it is. Control characters, whose
  /// letter would be part of the word after it (`\n`), become blanks.
  var withoutEscapes: [UInt8] {
    guard contains(UInt8(ascii: "\\")) else { return self }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    var place = 0
    while place < count {
      guard self[place] == UInt8(ascii: "\\"), place + 1 < count else {
        result.append(self[place])
        place += 1
        continue
      }
      if let (character, length) = escapedCharacter(at: place) {
        result.append(character)
        place += length
      } else {
        result += self[place...(place + 1)]
        place += 2
      }
    }
    return result
  }

  private func escapedCharacter(at place: Int) -> (character: UInt8, length: Int)? {
    let blank = UInt8(ascii: " ")
    if Array("bfnrt".utf8).contains(self[place + 1]) { return (blank, 2) }
    guard place + 5 < count, self[place + 1] == UInt8(ascii: "u"), self[place + 2...place + 5].allSatisfy(\.isHexDigit)
    else { return nil }
    let value = self[place + 2...place + 5].reduce(UInt32(0)) { $0 << 4 | UInt32($1.hexValue) }
    guard let character = UInt8(exactly: value) else { return nil }
    if character < blank { return (blank, 6) }
    let isPlain = character.isWordCharacter || [.colon, .dash, .dot].contains(character)
    return isPlain ? (character, 6) : nil
  }
}
