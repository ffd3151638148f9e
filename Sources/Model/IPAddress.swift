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
  package var description: String {
    isIPv4
      ? IPv4Address(bytes.reduce(0) { $0 << 8 | UInt32($1) }).description
      : IPv6Address(bytes.reduce(0) { $0 << 8 | UInt128($1) }).description
  }
}
