/// An IPv6 address.
package struct IPv6Address: Hashable, Sendable {
  package let value: UInt128

  package init(_ value: UInt128) { self.value = value }

  /// Reads `fd00::1`, and `::ffff:10.10.1.4`. A zone is refused.
  package init?(_ text: some StringProtocol) {
    let groups: [UInt16]
    if let gap = text.firstRange(of: "::") {
      guard let head = Self.groups(text[..<gap.lowerBound]), let tail = Self.groups(text[gap.upperBound...]),
        head.count + tail.count < 8
      else { return nil }
      groups = head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
    } else {
      guard let all = Self.groups(text), all.count == 8 else { return nil }
      groups = all
    }
    self.init(groups.reduce(0) { $0 << 16 | UInt128($1) })
  }

  /// Those of one side of `::`, which may have none; the last two may be written as an IPv4 address.
  private static func groups(_ text: some StringProtocol) -> [UInt16]? {
    if text.isEmpty { return [] }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let groups = parts.indices.flatMap { index -> [UInt16] in
      let part = parts[index]
      if index == parts.indices.last, let address = IPv4Address(part) {
        return [UInt16(address.value >> 16), UInt16(address.value & 0xffff)]
      }
      guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit) else { return [] }
      return UInt16(part, radix: 16).map { [$0] } ?? []
    }
    return groups.count >= parts.count ? groups : nil
  }
}

extension IPv6Address: CustomStringConvertible {
  /// As RFC 5952 writes it: the first of the longest runs of zeros is `::`.
  package var description: String {
    let groups = stride(from: 112, through: 0, by: -16).map { UInt16(truncatingIfNeeded: value >> UInt128($0)) }
    var longest = 0..<0
    for start in groups.indices {
      let end = groups[start...].firstIndex { $0 != 0 } ?? groups.endIndex
      if end - start > max(longest.count, 1) { longest = start..<end }
    }
    func words(_ groups: ArraySlice<UInt16>) -> String {
      groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard !longest.isEmpty else { return words(groups[...]) }
    return "\(words(groups[..<longest.lowerBound]))::\(words(groups[longest.upperBound...]))"
  }
}

/// All addresses that begin with the same bits.
package struct IPv6Subnet: Hashable, Sendable {
  /// The lowest of them.
  package let network: IPv6Address
  /// How many bits they have in common.
  package let prefixLength: Int

  /// Reads `fd00::/64`. Host bits are dropped, as of an `IPv4Subnet`.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPv6Address(parts[0]), let length = Int(parts[1]),
      (0...128).contains(length), String(length) == parts[1]
    else { return nil }
    prefixLength = length
    network = IPv6Address(address.value & Self.mask(length))
  }

  private static func mask(_ length: Int) -> UInt128 { ~(UInt128.max >> UInt128(length)) }

  package func contains(_ address: IPv6Address) -> Bool {
    address.value & Self.mask(prefixLength) == network.value
  }

  /// The lowest address that Docker gives out: never the subnet's own.
  package var firstHost: IPv6Address { IPv6Address(prefixLength < 127 ? network.value + 1 : network.value) }
}

extension IPv6Subnet: CustomStringConvertible {
  package var description: String { "\(network)/\(prefixLength)" }
}
