extension FixedWidthInteger {
  /// The value in lower-case hexadecimal, filled with zeros to `width` digits, without `0x`.
  func hexadecimal(width: Int) -> String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }

  /// Reads hexadecimal digits only: no sign, no prefix.
  init?(hexadecimal text: some StringProtocol) {
    guard text.allSatisfy(\.isHexDigit) else { return nil }
    self.init(text, radix: 16)
  }
}
