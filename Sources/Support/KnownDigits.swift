/// Replaces addresses that were learnt wherever all their digits follow each other, whatever few characters are between
/// them: `0c42a1b10000`, `0x0c, 0x42, …`, `fe800000000000000c42a10300b10000`.
struct KnownDigits {
  private let guids: Set<UInt64>
  private let macAddresses: Set<UInt64>

  /// Small numbers, as `::7` has them, would be found everywhere.
  init(_ standIns: StandIns) {
    guids = Set(standIns.guids.keys.filter { $0 >> 32 != 0 })
    macAddresses = Set(standIns.macAddresses.keys.filter { $0 >> 24 != 0 })
  }

  func replaced(in text: [UInt8], by standIns: inout StandIns) -> [UInt8] {
    var result = text
    var run: [Int] = []
    var gap = 0
    for place in text.indices {
      let isPrefix = Self.isPrefix(text, at: place)
      if text[place].isHexDigit, !isPrefix {
        run.append(place)
        gap = 0
      } else if !run.isEmpty {
        gap += 1
        if gap > 4 || !(isPrefix || Self.separators.contains(text[place])) {
          replace(run, in: &result, by: &standIns)
          run = []
          gap = 0
        }
      }
    }
    replace(run, in: &result, by: &standIns)
    return result
  }

  /// Whether it is the zero of `0x`.
  private static func isPrefix(_ text: [UInt8], at place: Int) -> Bool {
    text[place] == UInt8(ascii: "0") && place + 1 < text.count && text[place + 1] == .blank
      && !(place > 0 && text[place - 1].isHexDigit)
  }

  /// That of `0x` among them.
  private static let separators = Set(":-_., x".utf8)

  /// - Parameter run: Where digits are.
  private func replace(_ run: [Int], in text: inout [UInt8], by standIns: inout StandIns) {
    var first = 0
    while first + 12 <= run.count {
      let rest = run[first...]
      if let guid = Self.value(of: rest.prefix(16), 16, among: guids, text) {
        Self.write(standIns.guid(guid).digits(16), at: rest, in: &text)
        first += 16
      } else if let address = Self.value(of: rest.prefix(12), 12, among: macAddresses, text) {
        Self.write(standIns.macAddress(address).digits(12), at: rest, in: &text)
        first += 12
      } else {
        first += 1
      }
    }
  }

  /// Nil for one that is not known.
  private static func value(
    of places: ArraySlice<Int>, _ count: Int, among known: Set<UInt64>, _ text: [UInt8]
  ) -> UInt64? {
    guard places.count == count else { return nil }
    let value = places.reduce(0) { $0 << 4 | UInt64(text[$1].hexValue) }
    return known.contains(value) ? value : nil
  }

  private static func write(_ digits: [UInt8], at places: ArraySlice<Int>, in text: inout [UInt8]) {
    for (place, digit) in zip(places, digits) { text[place] = digit }
  }
}
