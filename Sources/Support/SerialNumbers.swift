/// What a text calls a serial number: `Serial number: MT1916X01234`, `"serial" : "…"`, `S/N=…`, `SN: …`.
enum SerialNumbers {
  private static let words = ["serial", "s/n", "sn"].map { Array($0.utf8) }
  private static let more = ["number", "num", "no"].map { Array($0.utf8) }

  static func replaced(in text: [UInt8], by standIns: inout StandIns) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var place = 0
    while place < text.count {
      if text[place].lowercased == UInt8(ascii: "s"), let number = number(in: text, after: place) {
        result += text[place..<number.lowerBound] + standIns.serialNumber(Array(text[number]))
        place = number.upperBound
      } else {
        result.append(text[place])
        place += 1
      }
    }
    return result
  }

  /// Where the number is that is named at `place`; nil where none is.
  private static func number(in text: [UInt8], after place: Int) -> Range<Int>? {
    guard let word = words.first(where: { isWord($0, in: text, at: place) }),
      word.count > 2 || place == 0 || !text[place - 1].isWordCharacter
    else { return nil }
    var start = place + word.count
    while start < text.count, Array(" _-.".utf8).contains(text[start]) { start += 1 }
    start += more.first { isWord($0, in: text, at: start) }?.count ?? 0
    let named = start
    while start < text.count, Array(" \t\":=.".utf8).contains(text[start]) { start += 1 }
    guard text[named..<start].contains(where: { $0 == .colon || $0 == UInt8(ascii: "=") }) else { return nil }
    var end = start
    while end < text.count, text[end].isWordCharacter || text[end] == .dash { end += 1 }
    return end > start ? start..<end : nil
  }

  private static func isWord(_ word: [UInt8], in text: [UInt8], at place: Int) -> Bool {
    place + word.count <= text.count && zip(word, text[place...]).allSatisfy { $0 == $1.lowercased }
  }
}
