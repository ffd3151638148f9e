/// Finds where in a text keys are, which are there twice, and where it stops being JSON (RFC 8259): Foundation's decoder only
/// tells that it does, and takes the first of two.
struct JSONSyntax {
  /// The first mistake of a text.
  struct Mistake: Error, Equatable {
    /// From 1.
    let line: Int
    /// The last key before it.
    let key: String?
  }

  /// A key that its object has already. The first one counts.
  struct Duplicate: Equatable {
    /// Such as `adapters[0].vfs[2].policy`.
    let path: String
    let line: Int
    let firstLine: Int
  }

  /// Nil where the text is JSON.
  private(set) var mistake: Mistake?
  /// In the order of the text; no more than there is a use for.
  private(set) var duplicates: [Duplicate] = []
  private let text: [UInt8]
  private var place = 0
  private var key: String?
  /// Where the keys of the outermost object end; the first one of several.
  private var keys: [String: Int] = [:]
  private static let duplicateLimit = 20
  private static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  init(_ text: String) {
    self.text = Array(text.utf8)
    if self.text.starts(with: Self.byteOrderMark) { place = Self.byteOrderMark.count }
    do throws(Mistake) {
      try readValue(at: "", depth: 0)
      if next != nil { mistake = mistakeHere }
    } catch {
      mistake = error
    }
  }

  /// Of a key of the outermost object, from 1.
  func line(of key: String) -> Int? { keys[key].map(line) }

  private func line(at place: Int) -> Int { 1 + text[..<min(place, text.count)].count { $0 == UInt8(ascii: "\n") } }

  private var mistakeHere: Mistake { Mistake(line: line(at: place), key: key) }

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

  private mutating func require(_ isRight: Bool) throws(Mistake) { if !isRight { throw mistakeHere } }

  /// - Parameter path: Where the value is.
  private mutating func readValue(at path: String, depth: Int) throws(Mistake) {
    try require(depth < 100)
    switch next {
    case UInt8(ascii: "{"): try readObject(at: path, depth: depth)
    case UInt8(ascii: "["):
      var index = 0
      try readList(until: "]") { syntax throws(Mistake) in
        try syntax.readValue(at: "\(path)[\(index)]", depth: depth + 1)
        index += 1
      }
    case UInt8(ascii: "\""): _ = try readString()
    default: try readWord()
    }
  }

  private mutating func readObject(at path: String, depth: Int) throws(Mistake) {
    var places: [String: Int] = [:]
    try readList(until: "}") { syntax throws(Mistake) in
      let name = try syntax.readString()
      let key = Self.unescaped(name)
      let keyPath = path.isEmpty ? key : "\(path).\(key)"
      if let first = places[key] {
        syntax.noteDuplicate(keyPath, first: first)
      } else {
        places[key] = syntax.place
      }
      if depth == 0 { syntax.key = name }
      try syntax.require(syntax.reads(":"))
      try syntax.readValue(at: keyPath, depth: depth + 1)
    }
    if depth == 0 { keys = places }
  }

  private mutating func noteDuplicate(_ path: String, first: Int) {
    guard duplicates.count < Self.duplicateLimit else { return }
    duplicates.append(Duplicate(path: path, line: line(at: place), firstLine: line(at: first)))
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

  private static func unescaped(_ name: String) -> String {
    name.contains("\\") ? (try? JSONText.decode(String.self, from: "\"\(name)\"")) ?? name : name
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
