/// Names of hosts, and what stands for each.
struct HostNames: Sendable {
  private var names: [(name: [UInt8], standIn: [UInt8])]
  /// The stand-ins that were written.
  private(set) var used: Set<[UInt8]> = []

  /// Each with its first part and, of what follows that, its domain. One that is no name, such as `localhost`, says
  /// nothing of anybody, and neither does a number or a domain of one part, such as `lan`.
  ///
  /// - Parameter others: Names that are replaced as a whole only: `registry.example.com`, of which `registry` names nobody.
  init(_ names: [String], others: [String] = []) {
    var standIns: [[UInt8]: [UInt8]] = [:]
    for (number, name) in Set(names).filter(Self.isTelling).sorted().enumerated() {
      let parts = name.split(separator: ".", maxSplits: 1)
      for (text, kind) in [(name, "host")] + zip(parts.map(String.init), ["host", "domain"]) {
        let key = text.utf8.map(\.lowercased)
        guard Self.isTelling(text), kind == "host" || text.contains("."), standIns[key] == nil else { continue }
        standIns[key] = Array("\(kind)-\(number + 1)".utf8)
      }
    }
    for name in Set(others).sorted() where name.contains(".") && Self.isTelling(name) {
      let key = name.utf8.map(\.lowercased)
      if standIns[key] == nil { standIns[key] = Array("host-\(standIns.count + 1)".utf8) }
    }
    self.names = standIns.sorted { $0.key.count > $1.key.count }.map { ($0.key, $0.value) }
  }

  /// Adds what `replacingAddresses` makes of each: a host that is called by its MAC is looked for once addresses are replaced.
  mutating func add(_ replacingAddresses: ([UInt8]) -> [UInt8]) {
    let others = names.map { (name: replacingAddresses($0.name), standIn: $0.standIn) }
    names += others.filter { other in !names.contains { $0.name == other.name } }
    names.sort { $0.name.count > $1.name.count }
  }

  private static func isTelling(_ name: String) -> Bool {
    name.utf8.count > 1 && name.utf8.contains { !$0.isDecimalDigit && $0 != .dot }
      && !["localhost", "(none)"].contains(name.lowercased())
  }

  /// Whole words, whatever case they are in, each with the domain that follows. One of as many hexadecimal digits as a part of
  /// a PCI address or a UUID has is none where it may be that.
  mutating func replaced(in text: [UInt8]) -> [UInt8] {
    var text = text
    for (name, standIn) in names { text = replacing(name, by: standIn, in: text) }
    return text
  }

  private mutating func replacing(_ name: [UInt8], by standIn: [UInt8], in text: [UInt8]) -> [UInt8] {
    let mayBeDigits = [2, 4, 5].contains(name.count) && name.allSatisfy(\.isHexDigit)
    var result: [UInt8] = []
    result.reserveCapacity(text.count)
    var place = 0
    while place < text.count {
      guard text[place].lowercased == name[0], Self.isWord(name, in: text, at: place),
        !(mayBeDigits && Self.isBesideDigits(text, place..<place + name.count))
      else {
        result.append(text[place])
        place += 1
        continue
      }
      result += standIn
      used.insert(standIn)
      place = Self.endOfDomain(in: text, after: place + name.count)
    }
    return result
  }

  private static func isWord(_ name: [UInt8], in text: [UInt8], at place: Int) -> Bool {
    let end = place + name.count
    guard end <= text.count, zip(name, text[place..<end]).allSatisfy({ $0 == $1.lowercased }) else { return false }
    return !(place > 0 && text[place - 1].isAlphanumeric) && !(end < text.count && text[end].isAlphanumeric)
  }

  /// Whether a separator, and then a group of hexadecimal digits or `::`, is before or after it.
  private static func isBesideDigits(_ text: [UInt8], _ range: Range<Int>) -> Bool {
    isJoined(text[..<range.lowerBound].reversed()) || isJoined(text[range.upperBound...])
  }

  private static func isJoined(_ rest: some Collection<UInt8>) -> Bool {
    guard let separator = rest.first, [.colon, .dash, .dot].contains(separator) else { return false }
    let group = rest.dropFirst().prefix(while: \.isAlphanumeric)
    // A domain follows.
    if separator == .dot, group.first?.isLetter == true { return false }
    return group.isEmpty ? separator == .colon && rest.dropFirst().first == .colon : group.allSatisfy(\.isHexDigit)
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
