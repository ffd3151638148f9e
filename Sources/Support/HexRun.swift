/// A run of hexadecimal digits and colons in a text, and the addresses that it may be.
struct HexRun {
  /// In the text's bytes.
  let range: Range<Int>
  /// What may be one address each: groups of digits that follow each other, an empty one where `::` is.
  private(set) var pieces: [[Range<Int>]] = []
  private let text: [UInt8]

  /// Nil where none begins.
  init?(_ text: [UInt8], at start: Int) {
    guard text[start].isHexDigit || text[start] == .colon else { return nil }
    self.text = text
    var end = start
    while end < text.count, text[end].isHexDigit || text[end] == .colon { end += 1 }
    // `::ffff:10.0.0.1`, `mac:0c-42-…`: what begins an address of another form is left to it.
    if let colon = text[start..<end].lastIndex(of: .colon), colon + 1 < end,
      IPv4Text(text, at: colon + 1) != nil || HexBytes(dashed: text, at: colon + 1) != nil
    {
      end = colon + 1
    }
    range = start..<end
    var groups = text[range].split(separator: .colon, omittingEmptySubsequences: false).map(\.indices)
    guard groups.count > 1 else {
      pieces = [groups]
      return
    }
    // `guid:0c:…`, `…:00:down`: a group that is the end or the beginning of a word is none of an address.
    if start > 0, text[start - 1].isWordCharacter, !isPrefixed(groups[0]), !groups[0].isEmpty { groups.removeFirst() }
    if end < text.count, text[end].isWordCharacter, groups.last?.isEmpty == false { groups.removeLast() }
    // A colon before or after an address.
    if groups.count > 1, groups[0].isEmpty, !groups[1].isEmpty { groups.removeFirst() }
    if groups.count > 1, groups[groups.count - 1].isEmpty, !groups[groups.count - 2].isEmpty { groups.removeLast() }
    for group in groups {
      if group.count <= 4, let last = pieces.last?.last, last.count <= 4 {
        pieces[pieces.count - 1].append(group)
      } else {
        pieces.append([group])
      }
    }
  }

  /// The run with its addresses replaced.
  func replaced(by standIns: inout StandIns) -> [UInt8] {
    var result: [UInt8] = []
    var place = range.lowerBound
    for piece in pieces {
      guard let first = piece.first, let last = piece.last, let replacement = replacement(of: piece, &standIns) else {
        continue
      }
      result += text[place..<first.lowerBound] + replacement
      place = last.upperBound
    }
    return result + text[place..<range.upperBound]
  }

  /// Nil for what is no address.
  private func replacement(of piece: [Range<Int>], _ standIns: inout StandIns) -> [UInt8]? {
    if piece.count == 1 { return number(piece[0], &standIns) }
    if piece.contains(where: \.isEmpty) { return compressed(piece, &standIns) }
    if piece.allSatisfy({ $0.count <= 2 }) {
      return piece.count < 6 ? nil : HexBytes(piece.map(value)).replaced(by: &standIns, separator: .colon)
    }
    switch piece.count {
    case ..<4: return nil
    case 4: return standIns.guid(joined(piece)).groups
    case 8: return ipv6(piece, &standIns)
    default: return blank(piece)
    }
  }

  /// `0x0c42a10300b10000`. Sixteen decimal digits alone are a time. Fewer, because of zeros that are left out, only count
  /// where the same GUID was seen.
  private func number(_ group: Range<Int>, _ standIns: inout StandIns) -> [UInt8]? {
    if group.count == 64 || group.count == 12 { return identifier(group, &standIns) }
    guard (9...16).contains(group.count) else { return nil }
    let value = group.reduce(0) { $0 << 4 | UInt64(text[$1].hexValue) }
    guard group.count == 16 else { return standIns.guids[value] == nil ? nil : standIns.guid(value).digits(16) }
    guard isPrefixed(group) || text[group].contains(where: { !$0.isDecimalDigit }) else { return nil }
    return standIns.guid(value).digits(16)
  }

  /// The id of a container or a network, and its short form: `4f3e9a0c12d7`. That of an image, `sha256:…`, says what is in it
  /// and not where it is.
  private func identifier(_ group: Range<Int>, _ standIns: inout StandIns) -> [UInt8]? {
    let value = group.reduce(0) { $0 << 4 | UInt64(text[$1].hexValue) }
    if group.count == 12, standIns.guids[value] != nil { return standIns.guid(value).digits(12) }
    let isDigest = text[..<group.lowerBound].suffix(7).elementsEqual("sha256:".utf8)
    let isShort = group.count == 12
    let isWord =
      !(group.lowerBound > 0 && text[group.lowerBound - 1].isWordCharacter)
      && !(group.upperBound < text.count && text[group.upperBound].isWordCharacter)
    let hasBoth = text[group].contains(where: \.isDecimalDigit) && text[group].contains { !$0.isDecimalDigit }
    guard !isDigest, hasBoth, isWord || !isShort, !isPrefixed(group) else { return nil }
    return standIns.identifier(text[group].map(\.lowercased))
  }

  /// Whether `0x` is before it.
  private func isPrefixed(_ group: Range<Int>) -> Bool {
    let place = group.lowerBound
    return place > 1 && text[place - 1] | 0x20 == UInt8(ascii: "x") && text[place - 2] == UInt8(ascii: "0")
  }

  /// `fe80::c42:a103:b1:0`
  private func compressed(_ piece: [Range<Int>], _ standIns: inout StandIns) -> [UInt8]? {
    let stretches = piece.split(whereSeparator: \.isEmpty)
    let count = stretches.map(\.count).reduce(0, +)
    guard stretches.count <= 2, count < 8 else { return count < 4 ? nil : blank(piece) }
    let head = piece[0].isEmpty ? [] : stretches.first ?? []
    let tail = piece[0].isEmpty || stretches.count == 2 ? stretches.last ?? [] : []
    let none = [Range<Int>](repeating: 0..<0, count: 8 - head.count - tail.count)
    return ipv6(head + none + tail, &standIns)
  }

  /// Of a form that we do not know: nothing of it is told.
  private func blank(_ piece: [Range<Int>]) -> [UInt8] {
    text[piece[0].lowerBound..<piece[piece.count - 1].upperBound].map { $0 == .colon ? $0 : .blank }
  }

  private func ipv6(_ groups: [Range<Int>], _ standIns: inout StandIns) -> [UInt8]? {
    let (upper, lower) = (joined(groups.prefix(4)), joined(groups.suffix(4)))
    let standIn = standIns.ipv6(upper, lower)
    // Without the compression, and only where something is replaced.
    return standIn == (upper, lower) ? nil : standIn.0.groups + [.colon] + standIn.1.groups
  }

  private func joined(_ groups: some Collection<Range<Int>>) -> UInt64 { groups.reduce(0) { $0 << 16 | value($1) } }

  private func value(_ group: Range<Int>) -> UInt64 { group.reduce(0) { $0 << 4 | UInt64(text[$1].hexValue) } }
}

/// Bytes that are written one by one: a MAC (6), a GUID (8), a GID (16), or an IPoIB hardware address (20: flags and queue
/// pair, then the port's GID).
struct HexBytes {
  private let bytes: [UInt64]

  init(_ bytes: [UInt64]) { self.bytes = bytes }

  /// `0c-42-a1-b1-00-00`, as Windows and DHCP write them; nil where none begins.
  init?(dashed text: [UInt8], at start: Int) {
    guard start == 0 || !text[start - 1].isWordCharacter else { return nil }
    var bytes: [UInt64] = []
    var place = start
    // What the beginning of a word is, as in `…-00-eth0`, is none of them.
    while place + 1 < text.count, text[place].isHexDigit, text[place + 1].isHexDigit,
      place + 2 >= text.count || !text[place + 2].isWordCharacter
    {
      bytes.append(UInt64(text[place].hexValue << 4 | text[place + 1].hexValue))
      guard place + 2 < text.count, text[place + 2] == .dash else { break }
      place += 3
    }
    guard bytes.count >= 6 else { return nil }
    self.bytes = bytes
  }

  /// In the text: two digits each, and what is between them.
  var length: Int { bytes.count * 3 - 1 }

  func replaced(by standIns: inout StandIns, separator: UInt8) -> [UInt8] {
    let replaced: [[UInt8]] =
      switch bytes.count {
      case 6: [standIns.macAddress(joined(0..<6)).digits(12)]
      case 8: [standIns.guid(joined(0..<8)).digits(16)]
      case 16: [gid(at: 0, &standIns)]
      case 20: [joined(0..<4).digits(8), gid(at: 4, &standIns)]
      // No form that we know: nothing of it is told.
      default: [[UInt8](repeating: .blank, count: bytes.count * 2)]
      }
    let digits = replaced.flatMap(\.self)
    return Array(
      stride(from: 0, to: digits.count, by: 2).map { digits[$0..<$0 + 2] }.joined(separator: [separator]))
  }

  private func gid(at start: Int, _ standIns: inout StandIns) -> [UInt8] {
    let (upper, lower) = standIns.ipv6(joined(start..<start + 8), joined(start + 8..<start + 16))
    return upper.digits(16) + lower.digits(16)
  }

  private func joined(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | $1 } }
}
