import Foundation

/// A JSON object whose shape nobody promised.
struct JSONBody {
  private let values: [String: Any]

  init(_ values: [String: Any]) { self.values = values }

  /// Empty where the bytes are no object.
  init(_ bytes: [UInt8]) {
    values = (try? JSONSerialization.jsonObject(with: Data(bytes))) as? [String: Any] ?? [:]
  }

  /// Nil where the bytes are no JSON.
  init?(parsing bytes: [UInt8]) {
    guard let value = try? JSONSerialization.jsonObject(with: Data(bytes)) else { return nil }
    self.init(value as? [String: Any] ?? [:])
  }

  static var null: Any { NSNull() }

  subscript(_ key: String) -> String? { values[key] as? String }
  func number(_ key: String) -> Int? { values[key] as? Int }
  func flag(_ key: String) -> Bool { values[key] as? Bool ?? false }
  func object(_ key: String) -> JSONBody? { (values[key] as? [String: Any]).map { JSONBody($0) } }
  func array(_ key: String) -> [JSONBody] { (values[key] as? [[String: Any]] ?? []).map { JSONBody($0) } }
  func list(_ key: String) -> [String] { values[key] as? [String] ?? [] }
  /// Nil where one of the values is no text.
  func allTexts(_ key: String) -> [String: String]? {
    guard let object = object(key) else { return [:] }
    return object.values.count == object.texts.count ? object.texts : nil
  }
  var texts: [String: String] { values.compactMapValues { $0 as? String } }
  var isEmpty: Bool { values.isEmpty }

  var text: String { Self.text(values) }

  static func text(_ value: Any) -> String {
    let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .fragmentsAllowed]
    guard let data = try? JSONSerialization.data(withJSONObject: value, options: options) else {
      preconditionFailure("no JSON: \(value)")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
