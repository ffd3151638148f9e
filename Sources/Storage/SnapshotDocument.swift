import FoundationEssentials
package import Model

/// A snapshot as the text of a generation's file: JSON with sorted keys, so that people can diff it.
package enum SnapshotDocument {
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
    } catch {
      throw DocumentError(error)
    }
  }

  /// Reads a snapshot and judges it. Keys of which this version knows nothing are reported and dropped.
  package static func decodeSnapshot(
    _ text: String
  ) throws(DocumentError) -> (snapshot: Snapshot, unknownKeys: [String]) {
    struct Version: Decodable { let version: Int }
    // The version first: in a document of another version any other key may mean something else.
    let version = try decode(Version.self, from: text).version
    guard version == Snapshot.currentVersion else {
      throw DocumentError("has version \(version), and this program knows version \(Snapshot.currentVersion) only")
    }
    let snapshot = try decode(Snapshot.self, from: text)
    if let mistake = snapshot.mistake { throw DocumentError(mistake) }
    return (snapshot, try unknownKeys(in: text, knownAs: snapshot))
  }

  /// What was read, written again, has all keys that mean something: whatever else the text has is unknown.
  private static func unknownKeys(in text: String, knownAs snapshot: Snapshot) throws(DocumentError) -> [String] {
    let known: String
    do {
      known = try encode(snapshot)
    } catch {
      throw DocumentError(error)
    }
    return try decode(JSONValue.self, from: text).keys(missingIn: try decode(JSONValue.self, from: known))
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
