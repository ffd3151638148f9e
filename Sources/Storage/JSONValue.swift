/// Any JSON document, for looking at its shape.
enum JSONValue: Decodable {
  case object([String: JSONValue])
  case array([JSONValue])
  case number(Double)
  case text(String)
  /// A truth value or null.
  case other

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let object = try? container.decode([String: JSONValue].self) {
      self = .object(object)
    } else if let array = try? container.decode([JSONValue].self) {
      self = .array(array)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .other
    }
  }

  /// The paths of keys that are here and not in `other`, such as `adapters[0].vfs[2].colour`, sorted.
  func keys(missingIn other: JSONValue, below path: String = "") -> [String] {
    switch (self, other) {
    case (.object(let mine), .object(let theirs)):
      mine.sorted { $0.key < $1.key }.flatMap { key, value in
        let place = path.isEmpty ? key : "\(path).\(key)"
        return theirs[key].map { value.keys(missingIn: $0, below: place) } ?? [place]
      }
    case (.array(let mine), .array(let theirs)):
      zip(mine, theirs).enumerated().flatMap { index, pair in
        pair.0.keys(missingIn: pair.1, below: "\(path)[\(index)]")
      }
    default: []
    }
  }
}
