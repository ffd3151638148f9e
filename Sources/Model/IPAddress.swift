/// An IPv4 or IPv6 address as the kernel keeps it.
package struct IPAddress: Hashable, Sendable {
  private let bytes: [UInt8]

  /// - Parameter family: AF_INET or AF_INET6.
  /// - Returns: Nil for another family, or for bytes that are not an address of the family.
  package init?(family: UInt8, _ bytes: [UInt8]) {
    guard bytes.count == Self.size(family) else { return nil }
    self.bytes = bytes
  }

  /// The unspecified address of a family; nil for another family.
  package init?(family: UInt8) {
    guard let size = Self.size(family) else { return nil }
    bytes = [UInt8](repeating: 0, count: size)
  }

  private static func size(_ family: UInt8) -> Int? {
    switch family {
    case 2: 4
    case 10: 16
    default: nil
    }
  }

  private var isIPv4: Bool { bytes.count == 4 }

  /// 169.254.0.0/16, fe80::/10.
  package var isLinkLocal: Bool {
    isIPv4 ? bytes.starts(with: [169, 254]) : bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80
  }

  /// 224.0.0.0/4, ff00::/8.
  package var isMulticast: Bool { isIPv4 ? bytes[0] & 0xf0 == 0xe0 : bytes[0] == 0xff }
}

extension IPAddress: CustomStringConvertible {
  /// As inet_ntop(3) writes it: RFC 5952.
  package var description: String {
    guard !isIPv4 else { return bytes.map(String.init).joined(separator: ".") }
    let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
    let texts = groups.map { String($0, radix: 16) }
    let zeros = Self.longestRunOfZeros(groups)
    guard zeros.count > 1 else { return texts.joined(separator: ":") }
    return texts[..<zeros.lowerBound].joined(separator: ":") + "::" + texts[zeros.upperBound...].joined(separator: ":")
  }

  /// The first of the longest ones.
  private static func longestRunOfZeros(_ groups: [UInt16]) -> Range<Int> {
    var longest = 0..<0
    for start in groups.indices {
      let end = groups[start...].firstIndex { $0 != 0 } ?? groups.endIndex
      if end - start > longest.count { longest = start..<end }
    }
    return longest
  }
}
