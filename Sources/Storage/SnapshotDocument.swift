package import Model

/// A snapshot as the text of a generation's file.
package enum SnapshotDocument {
  /// Reads a snapshot and judges it.
  ///
  /// - Returns: The snapshot, and, in words, what of the text was left out: keys of which this version knows nothing, and
  ///   the second of two that are the same.
  package static func decodeSnapshot(
    _ text: String
  ) throws(DocumentError) -> (snapshot: Snapshot, leftOut: [String]) {
    var snapshot = try JSONText.decode(Versioned.self, from: text).snapshot
    if let mistake = snapshot.mistake { throw DocumentError(mistake) }
    let leftOut = try leftOut(of: text, readAs: snapshot)
    snapshot.leaveContainerSettings()
    return (snapshot, leftOut)
  }

  /// What was read, written again, has all keys that mean something: whatever else the text has is unknown.
  private static func leftOut(of text: String, readAs snapshot: Snapshot) throws(DocumentError) -> [String] {
    let known: String
    do {
      known = try JSONText.encode(snapshot)
    } catch {
      throw DocumentError(error)
    }
    // As this version wrote it, which nearly every one is: looking at each key costs ten times as much.
    guard text != known else { return [] }
    let unknown = try JSONText.decode(JSONValue.self, from: text).keys(
      missingIn: try JSONText.decode(JSONValue.self, from: known))
    return unknown.map { "unknown key \($0) is ignored" }
      + JSONSyntax(text).duplicates.map {
        "line \($0.line): \"\($0.path.shortened)\" is a duplicate; using the one in line \($0.firstLine)"
      }
  }

  /// The version first: in a document of another version any other key may mean something else.
  private struct Versioned: Decodable {
    let snapshot: Snapshot

    private enum Key: CodingKey { case version }

    init(from decoder: any Decoder) throws {
      let version = try decoder.container(keyedBy: Key.self).decode(Int.self, forKey: .version)
      guard version == Snapshot.currentVersion else {
        throw DocumentError("has version \(version), and this program knows version \(Snapshot.currentVersion) only")
      }
      snapshot = try Snapshot(from: decoder)
    }
  }
}
