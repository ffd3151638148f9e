/// Names of hosts, and what stands for each.
struct HostNames: Sendable {
  private let names: [(name: [UInt8], standIn: [UInt8])]

  /// Each with its first part and, of what follows that, its domain. One that is no name, such as `localhost`, says
  /// nothing of anybody.
  init(_ names: [String]) {
    var standIns: [[UInt8]: [UInt8]] = [:]
    for (number, name) in Set(names).filter(Self.isTelling).sorted().enumerated() {
      let parts = name.split(separator: ".", maxSplits: 1)
      for (text, kind) in [(name, "host")] + zip(parts.map(String.init), ["host", "domain"]) {
        let key = text.utf8.map(\.lowercased)
        if Self.isTelling(text), standIns[key] == nil { standIns[key] = Array("\(kind)-\(number + 1)".utf8) }
      }
    }
    self.names = standIns.sorted { $0.key.count > $1.key.count }.map { ($0.key, $0.value) }
  }

  private static func isTelling(_ name: String) -> Bool {
    name.utf8.count > 1 && !["localhost", "localdomain", "(none)"].contains(name.lowercased())
  }

  var count: Int { Set(names.map(\.standIn)).count }

  /// Whole words, whatever case they are in, each with the domain that follows.
  func replaced(in text: [UInt8]) -> [UInt8] { names.reduce(text) { Self.replacing($1.name, by: $1.standIn, in: $0) } }

  private static func replacing(_ name: [UInt8], by standIn: [UInt8], in text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var place = 0
    while place < text.count {
      guard text[place].lowercased == name[0], isWord(name, in: text, at: place) else {
        result.append(text[place])
        place += 1
        continue
      }
      result += standIn
      place = endOfDomain(in: text, after: place + name.count)
    }
    return result
  }

  private static func isWord(_ name: [UInt8], in text: [UInt8], at place: Int) -> Bool {
    let end = place + name.count
    guard end <= text.count, zip(name, text[place..<end]).allSatisfy({ $0 == $1.lowercased }) else { return false }
    return !(place > 0 && text[place - 1].isAlphanumeric) && !(end < text.count && text[end].isAlphanumeric)
  }

  private static func endOfDomain(in text: [UInt8], after end: Int) -> Int {
    var end = end
    while end + 1 < text.count, text[end] == .dot, text[end + 1].isLetter {
      end += 1
      while end < text.count, text[end].isAlphanumeric || text[end] == .dash { end += 1 }
    }
    return end
  }
}

extension UInt8 {
  fileprivate var isAlphanumeric: Bool { isDecimalDigit || isLetter }
}
