import FoundationEssentials
import Model

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

  init(_ error: any Error) { description = DecodingError.words(for: error) }
}
