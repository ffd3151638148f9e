/// What stands for each address in one report: the same for the same, numbered as they were met. All are addresses
/// themselves, and in no use anywhere: a document with them can be read as before.
struct StandIns: Sendable {
  private(set) var guids: [UInt64: UInt64] = [:]
  private(set) var macAddresses: [UInt64: UInt64] = [:]
  private(set) var serialNumbers: [[UInt8]: [UInt8]] = [:]
  /// By their first 12 digits: Docker shows an id by these as well.
  private var identifiers: [[UInt8]: Int] = [:]
  /// Those that were asked for since `forgetUse`: an address that is known need not be in what is written.
  private(set) var used = Use()
  /// By an address' first octets: what its last of these became.
  private var octets: [[UInt8]: UInt8] = [:]
  private var childCounts: [[UInt8]: Int] = [:]

  /// The first stand-ins, and what is before them: none is replaced again.
  private static func guids(_ count: Int) -> ClosedRange<UInt64> {
    0x5a5a_5a5a_0000_0000...0x5a5a_5a5a_0000_0000 + UInt64(count)
  }

  private static func macAddresses(_ count: Int) -> ClosedRange<UInt64> {
    0x5a5a_5a00_0000...0x5a5a_5a00_0000 + UInt64(count)
  }

  /// `5a:5a:5a:5a:00:00:00:01`. Zero and all-ones stay: they say that nobody gave a GUID.
  mutating func guid(_ value: UInt64) -> UInt64 {
    let own = Self.guids(guids.count)
    guard value != 0, value != .max, !own.contains(value) else { return value }
    let standIn = guids[value] ?? own.upperBound + 1
    guids[value] = standIn
    used.guids.insert(standIn)
    return standIn
  }

  /// `5a:5a:5a:00:00:01`, in the lower 48 bits. Zero and the broadcast address stay.
  mutating func macAddress(_ value: UInt64) -> UInt64 {
    let own = Self.macAddresses(macAddresses.count)
    guard value != 0, value != 0xffff_ffff_ffff, !own.contains(value) else { return value }
    let standIn = macAddresses[value] ?? own.upperBound + 1
    macAddresses[value] = standIn
    used.macAddresses.insert(standIn)
    return standIn
  }

  /// The two halves, each as a GUID: a port's GID has its GUID in the lower one. A half that is the same everywhere stays:
  /// the link-local prefix, and that of groups.
  mutating func ipv6(_ upper: UInt64, _ lower: UInt64) -> (UInt64, UInt64) {
    guard upper != 0 || lower > 0xffff else { return (upper, lower) }
    if upper == 0, lower >> 32 == 0xffff {
      let ipv4 = ipv4((0..<4).map { UInt8(truncatingIfNeeded: lower >> (24 - 8 * UInt64($0))) })
      return (0, ipv4.reduce(0xffff) { $0 << 8 | UInt64($1) })
    }
    let isSame = upper == 0xfe80_0000_0000_0000 || upper >> 56 == 0xff
    return (isSame ? upper : guid(upper), guid(lower))
  }

  /// Four octets; addresses that begin alike have stand-ins that begin alike, so that what is in one subnet stays so. Those
  /// of no one host stay: unset, loopback, groups, masks; and 0 and 255 in the other octets.
  mutating func ipv4(_ address: [UInt8]) -> [UInt8] {
    guard address[0] != 0, address[0] != 127, address[0] < 224 else { return address }
    used.ipAddresses.insert(address)
    return address.indices.map { octet(Array(address[...$0])) }
  }

  /// `serial-1`
  mutating func serialNumber(_ text: [UInt8]) -> [UInt8] {
    let prefix = "serial-"
    let own = Int(String(decoding: text.dropFirst(prefix.utf8.count), as: UTF8.self)) ?? 0
    if text.starts(with: prefix.utf8), (1...max(1, serialNumbers.count)).contains(own) { return text }
    let standIn = serialNumbers[text] ?? Array("\(prefix)\(serialNumbers.count + 1)".utf8)
    serialNumbers[text] = standIn
    used.serialNumbers.insert(standIn)
    return standIn
  }

  /// As many digits, in lower case, such as `1d1d1d000001`: the first 12 tell which one it is, and zeros follow.
  mutating func identifier(_ digits: [UInt8]) -> [UInt8] {
    let key = Array(digits.prefix(12))
    let prefix = Array("1d1d1d".utf8)
    guard !key.starts(with: prefix), digits.contains(where: { $0 != UInt8(ascii: "0") }) else { return digits }
    let number = identifiers[key] ?? identifiers.count + 1
    identifiers[key] = number
    used.identifiers.insert(number)
    return prefix + UInt64(number).digits(6) + [UInt8](repeating: UInt8(ascii: "0"), count: digits.count - 12)
  }

  mutating func forgetUse() { used = Use() }

  struct Use: Sendable {
    fileprivate(set) var guids: Set<UInt64> = []
    fileprivate(set) var macAddresses: Set<UInt64> = []
    /// As they were.
    fileprivate(set) var ipAddresses: Set<[UInt8]> = []
    fileprivate(set) var serialNumbers: Set<[UInt8]> = []
    fileprivate(set) var identifiers: Set<Int> = []
  }

  private mutating func octet(_ prefix: [UInt8]) -> UInt8 {
    if let known = octets[prefix] { return known }
    let (parent, octet) = (Array(prefix.dropLast()), prefix[prefix.count - 1])
    if !parent.isEmpty, octet == 0 || octet == 255 { return octet }
    let number = childCounts[parent, default: 0]
    childCounts[parent] = number + 1
    // 240 to 254 come first where no host has any: class E.
    let standIn = UInt8(((parent.isEmpty ? 239 : 0) + number) % 254 + 1)
    octets[prefix] = standIn
    return standIn
  }
}
