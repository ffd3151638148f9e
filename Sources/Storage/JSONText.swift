import FoundationEssentials

/// JSON as this program writes and reads it: sorted keys, one to a line, so that people can diff it; times in ISO 8601.
package enum JSONText {
  package static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from text: String) throws(DocumentError) -> Value {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      return try decoder.decode(type, from: Data(text.utf8))
    } catch let error as DocumentError {
      throw error
    } catch {
      throw DocumentError(error)
    }
  }
}

/// What is wrong with a document's text, in words that name the place.
package struct DocumentError: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }

  init(_ error: any Error) {
    switch error as? DecodingError {
    case .dataCorrupted(let context): description = Self.at(context.codingPath) + context.debugDescription
    case .keyNotFound(let key, let context):
      description = Self.at(context.codingPath) + "has no \"\(key.stringValue)\""
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      description = Self.at(context.codingPath) + context.debugDescription
    default: description = "\(error)"
    }
  }

  private static func at(_ path: [any CodingKey]) -> String {
    let place = path.reduce("") { text, key in
      key.intValue.map { "\(text)[\($0)]" } ?? (text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)")
    }
    return place.isEmpty ? "" : "\(place): "
  }
}
