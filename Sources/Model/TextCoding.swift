extension Decoder {
  /// Decodes one string and parses it; what does not parse is an error at this coding path that says what was expected.
  func parsed<Value>(_ expectation: String, _ parse: (String) throws -> Value?) throws -> Value {
    let text = try singleValueContainer().decode(String.self)
    let mistake: String
    do {
      if let value = try parse(text) { return value }
      mistake = "\"\(text)\" is not \(expectation)"
    } catch {
      mistake = "\(error)"
    }
    throw DecodingError.dataCorrupted(
      .init(codingPath: codingPath, debugDescription: mistake, underlyingError: TextMistake()))
  }
}

extension Encoder {
  /// Encodes a value as its text form.
  func encodeText(_ value: some CustomStringConvertible) throws {
    var container = singleValueContainer()
    try container.encode(value.description)
  }
}
