package import Model

/// A snapshot as the text of a generation's file.
package enum SnapshotDocument {
  /// Reads a snapshot and judges it. Keys of which this version knows nothing are reported and dropped.
  package static func decodeSnapshot(
    _ text: String
  ) throws(DocumentError) -> (snapshot: Snapshot, unknownKeys: [String]) {
    struct Version: Decodable { let version: Int }
    // The version first: in a document of another version any other key may mean something else.
    let version = try JSONText.decode(Version.self, from: text).version
    guard version == Snapshot.currentVersion else {
      throw DocumentError("has version \(version), and this program knows version \(Snapshot.currentVersion) only")
    }
    let snapshot = try JSONText.decode(Snapshot.self, from: text)
    if let mistake = snapshot.mistake { throw DocumentError(mistake) }
    return (snapshot, try unknownKeys(in: text, knownAs: snapshot))
  }

  /// What was read, written again, has all keys that mean something: whatever else the text has is unknown.
  private static func unknownKeys(in text: String, knownAs snapshot: Snapshot) throws(DocumentError) -> [String] {
    let known: String
    do {
      known = try JSONText.encode(snapshot)
    } catch {
      throw DocumentError(error)
    }
    return try JSONText.decode(JSONValue.self, from: text).keys(
      missingIn: try JSONText.decode(JSONValue.self, from: known))
  }
}
