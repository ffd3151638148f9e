extension FixedWidthInteger where Self: UnsignedInteger {
  /// The value in lower-case hexadecimal, filled with zeros to `width` digits, without `0x`.
  func hexadecimal(width: Int) -> String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }

  /// Reads hexadecimal digits only, in ASCII: no sign, no prefix.
  init?(hexadecimal digits: some Collection<UInt8>) {
    guard !digits.isEmpty else { return nil }
    self = 0
    for digit in digits {
      guard let value = Self(hexadecimalDigit: digit), self <= Self.max >> 4 else { return nil }
      self = self << 4 | value
    }
  }

  private init?(hexadecimalDigit digit: UInt8) {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self.init(digit - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): self.init(digit - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): self.init(digit - UInt8(ascii: "A") + 10)
    default: return nil
    }
  }
}

extension String {
  /// Its parts between `separator`, as bytes, empty ones too. A thousand VFs have some twenty thousand addresses and GUIDs, for
  /// which a look at each grapheme is too slow.
  func parts(separatedBy separator: Unicode.Scalar) -> [Substring.UTF8View] {
    utf8.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false)
  }
}
