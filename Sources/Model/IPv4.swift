/// An IPv4 address.
package struct IPv4Address: Hashable, Sendable {
  package let value: UInt32

  package init(_ value: UInt32) { self.value = value }

  /// Reads `10.10.1.4`. A leading zero is refused, as Docker does: some read such a number as octal.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard let byte = UInt8(part), String(byte) == part else { return nil }
      value = value << 8 | UInt32(byte)
    }
    self.init(value)
  }
}

extension IPv4Address: CustomStringConvertible {
  package var description: String {
    stride(from: 24, through: 0, by: -8).map { "\(UInt8(truncatingIfNeeded: value >> $0))" }.joined(separator: ".")
  }
}

/// All addresses that begin with the same bits.
package struct IPv4Subnet: Hashable, Sendable {
  /// The lowest of them, which is none that a host may have.
  package let network: IPv4Address
  /// How many bits they have in common.
  package let prefixLength: Int

  /// Reads `10.10.1.0/24`. Host bits are dropped: Docker 20.10 takes them, and means the same (docker.md 5.3).
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let address = IPv4Address(parts[0]), let length = Int(parts[1]),
      (0...32).contains(length), String(length) == parts[1]
    else { return nil }
    prefixLength = length
    network = IPv4Address(address.value & Self.mask(length))
  }

  private static func mask(_ length: Int) -> UInt32 { ~(UInt32.max >> UInt32(length)) }

  package func contains(_ address: IPv4Address) -> Bool {
    address.value & Self.mask(prefixLength) == network.value
  }

  package func overlaps(_ other: IPv4Subnet) -> Bool {
    contains(other.network) || other.contains(network)
  }

  /// The lowest address that a host may have.
  package var firstHost: IPv4Address { IPv4Address(prefixLength < 31 ? network.value + 1 : network.value) }
}

extension IPv4Subnet: CustomStringConvertible {
  package var description: String { "\(network)/\(prefixLength)" }
}
