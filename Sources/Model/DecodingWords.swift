extension DecodingError {
  /// What is wrong with a document and where, in words for people: `adapters[0].vfs is not a list`. Foundation's own words
  /// name Swift's types.
  package static func words(for error: any Error) -> String { (error as? DecodingError)?.words ?? "\(error)" }

  private var words: String {
    switch self {
    case .keyNotFound(let key, let context): "\(Self.start(context))has no \"\(key.stringValue)\""
    case .typeMismatch(let type, let context): "\(Self.place(context)) is not \(Self.name(of: type))"
    case .valueNotFound(let type, let context): "\(Self.place(context)) is null, not \(Self.name(of: type))"
    case .dataCorrupted(let context) where context.underlyingError is TextMistake:
      "\(Self.start(context))\(context.debugDescription)"
    case .dataCorrupted(let context) where context.codingPath.isEmpty: "not valid JSON"
    case .dataCorrupted(let context): "\(Self.place(context)) has a value that is not allowed there"
    @unknown default: "not as expected"
    }
  }

  private static func place(_ context: Context) -> String {
    let place = context.codingPath.reduce("") { text, key in
      key.intValue.map { "\(text)[\($0)]" } ?? (text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)")
    }
    return place.isEmpty ? "the document" : place
  }

  private static func start(_ context: Context) -> String {
    context.codingPath.isEmpty ? "" : "\(place(context)): "
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type, is any BinaryFloatingPoint.Type: "a number"
    default: "\(type)".hasPrefix("Array") ? "a list" : "an object"
    }
  }
}

/// Marks a mistake that is told in words of our own.
struct TextMistake: Error {}
