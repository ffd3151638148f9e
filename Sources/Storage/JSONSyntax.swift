/// Finds where a text stops being JSON (RFC 8259): Foundation's decoder only tells that it does.
struct JSONSyntax {
  /// The first mistake of a text.
  struct Mistake: Error, Equatable {
    /// From 1.
    let line: Int
    /// The last key before it.
    let key: String?
  }

  private let text: [UInt8]
  private var place = 0
  private var key: String?

  private init(_ text: String) { self.text = Array(text.utf8) }

  /// Nil where the text is JSON.
  static func mistake(in text: String) -> Mistake? {
    var syntax = JSONSyntax(text)
    do throws(Mistake) {
      try syntax.readValue(depth: 0)
      return syntax.next == nil ? nil : syntax.mistake
    } catch {
      return error
    }
  }

  private var mistake: Mistake {
    Mistake(line: 1 + text[..<min(place, text.count)].count { $0 == UInt8(ascii: "\n") }, key: key)
  }

  /// The next byte that is no white space, which is left behind.
  private var next: UInt8? {
    mutating get {
      while place < text.count, Array(" \t\r\n".utf8).contains(text[place]) { place += 1 }
      return place < text.count ? text[place] : nil
    }
  }

  /// Whether the next byte is this one; then it is read.
  private mutating func reads(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  private mutating func require(_ isRight: Bool) throws(Mistake) { if !isRight { throw mistake } }

  private mutating func readValue(depth: Int) throws(Mistake) {
    try require(depth < 100)
    switch next {
    case UInt8(ascii: "{"):
      try readList(until: "}") { syntax throws(Mistake) in
        let name = try syntax.readString()
        if depth == 0 { syntax.key = name }
        try syntax.require(syntax.reads(":"))
        try syntax.readValue(depth: depth + 1)
      }
    case UInt8(ascii: "["):
      try readList(until: "]") { syntax throws(Mistake) in try syntax.readValue(depth: depth + 1) }
    case UInt8(ascii: "\""): _ = try readString()
    default: try readWord()
    }
  }

  private mutating func readList(
    until end: Unicode.Scalar, _ readElement: (inout Self) throws(Mistake) -> Void
  ) throws(Mistake) {
    place += 1
    if reads(end) { return }
    repeat { try readElement(&self) } while reads(",")
    try require(reads(end))
  }

  private mutating func readString() throws(Mistake) -> String {
    try require(reads("\""))
    let start = place
    while place < text.count, text[place] != UInt8(ascii: "\"") {
      try require(text[place] != UInt8(ascii: "\n"))
      place += text[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    try require(place < text.count)
    place += 1
    return String(decoding: text[start..<place - 1], as: UTF8.self)
  }

  /// A number, `true`, `false` or `null`.
  private mutating func readWord() throws(Mistake) {
    let end = text[place...].firstIndex { !Self.wordCharacters.contains($0) } ?? text.count
    let word = String(decoding: text[place..<end], as: UTF8.self)
    try require(["true", "false", "null"].contains(word) || word.wholeMatch(of: Self.number) != nil)
    place = end
  }

  private static let wordCharacters = Set("+-.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_".utf8)
  private static var number: Regex<Substring> { /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/ }
}
