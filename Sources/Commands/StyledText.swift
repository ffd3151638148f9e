import Model

/// One line of text for people, of which parts can be coloured. The console escapes control characters in it: an escape
/// sequence in the text of somebody else never reaches a terminal, and so colours are kept beside the text.
package struct StyledText: ExpressibleByStringInterpolation, Sendable {
  enum Colour: Int {
    case red = 31
    case green = 32
    case yellow = 33
  }

  private var parts: [(text: String, colour: Colour?)] = []

  package init(stringLiteral text: String) { parts = [(text, nil)] }

  package init(stringInterpolation: Interpolation) { parts = stringInterpolation.text.parts }

  init(_ text: String, _ colour: Colour? = nil) { parts = [(text, colour)] }

  package struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = StyledText("")

    package init(literalCapacity: Int, interpolationCount: Int) {}

    package mutating func appendLiteral(_ literal: String) { text.parts.append((literal, nil)) }

    package mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      text.parts.append((value.description, nil))
    }

    package mutating func appendInterpolation(_ value: StyledText) { text.parts += value.parts }
  }

  /// How many characters it takes.
  var count: Int { parts.reduce(0) { $0 + $1.text.printable.count } }

  /// What is written.
  func rendered(inColour: Bool) -> String {
    parts.map { text, colour in
      guard inColour, let colour else { return text.printable }
      return "\u{1b}[\(colour.rawValue)m\(text.printable)\u{1b}[0m"
    }.joined()
  }
}

extension DefaultStringInterpolation {
  @available(*, unavailable, message: "a String has no colours")
  mutating func appendInterpolation(_ text: StyledText) {}
}
