/// The text of a configuration, and where in it things are.
struct ConfigurationText {
  private let text: String
  private let syntax: JSONSyntax
  /// More mistakes than that are of one kind: it is no configuration.
  private static let keyLimit = 20

  /// What is wrong with it as a whole.
  struct Mistake: Error, CustomStringConvertible {
    let line: Int?
    let description: String
  }

  init(_ text: String) {
    self.text = text
    syntax = JSONSyntax(text)
  }

  /// Its keys, sorted.
  func values() throws(Mistake) -> [(key: String, value: JSONValue)] {
    let value: JSONValue
    do {
      value = try JSONText.decode(JSONValue.self, from: text)
    } catch {
      let place = syntax.mistake?.key.map { "at or after \"\($0.shortened)\" it is no JSON" } ?? "it is no JSON"
      throw Mistake(line: syntax.mistake?.line, description: place)
    }
    guard case .object(let object) = value else {
      throw Mistake(line: 1, description: "it is no object, such as {\"vfCountSeconds\": 300}")
    }
    guard object.count <= Self.keyLimit else {
      throw Mistake(line: 1, description: "it has \(object.count) keys, more than there are")
    }
    return object.sorted { $0.key < $1.key }
  }

  /// Keys that are there twice.
  var duplicates: [JSONSyntax.Duplicate] { syntax.duplicates }

  func line(of key: String) -> Int? { syntax.line(of: key) }

  func place(_ line: Int?) -> String { "\(Configuration.path)\(line.map { ", line \($0)" } ?? "")" }
}

extension String {
  /// A key that is quoted in a message: not more of it than people read.
  var shortened: String { count > 60 ? prefix(60) + "…" : self }
}
