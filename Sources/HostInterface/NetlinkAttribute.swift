/// One attribute of a netlink message (struct nlattr): a length, a type and a value, filled up with zeros to a multiple
/// of four bytes. Numbers are in the machine's own byte order.
package struct NetlinkAttribute: Hashable, Sendable {
  fileprivate static let headerSize = 4
  /// Without the two flags (NLA_F_NESTED, NLA_F_NET_BYTEORDER) that newer kernels set for some attributes.
  fileprivate static let typeMask: UInt16 = 0x3fff

  package let type: UInt16
  package let value: [UInt8]

  package init(_ type: UInt16, _ value: [UInt8]) {
    precondition(value.count <= Int(UInt16.max) - Self.headerSize, "too long for a netlink attribute")
    self.type = type
    self.value = value
  }

  package init(_ type: UInt16, _ number: some FixedWidthInteger) { self.init(type, number.nativeBytes) }

  package init(_ type: UInt16, _ text: String) { self.init(type, Array(text.utf8) + [0]) }

  package init(_ type: UInt16, _ attributes: [NetlinkAttribute]) { self.init(type, attributes.bytes) }

  // MARK: What the value means is known from the type alone

  /// Nil where the value is not as long as such a number.
  package func number<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number? {
    Number(nativeBytes: value)
  }

  /// Without the zero byte at its end, which some kernels leave out.
  package var text: String { String(decoding: value.prefix { $0 != 0 }, as: UTF8.self) }

  package var attributes: [NetlinkAttribute] { [NetlinkAttribute](bytes: value) }
}

extension [NetlinkAttribute] {
  /// The attributes that `bytes` hold. What cannot be one ends the list, as it does in the kernel (nla_ok).
  package init(bytes: some RandomAccessCollection<UInt8>) {
    self = []
    var rest = bytes[...]
    while let length = UInt16(nativeBytes: rest.prefix(2)).map(Int.init),
      let type = UInt16(nativeBytes: rest.dropFirst(2).prefix(2)),
      (NetlinkAttribute.headerSize...rest.count).contains(length)
    {
      let value = rest.prefix(length).dropFirst(NetlinkAttribute.headerSize)
      append(NetlinkAttribute(type & NetlinkAttribute.typeMask, [UInt8](value)))
      rest = rest.dropFirst(length.paddedToFour)
    }
  }

  package var bytes: [UInt8] {
    flatMap { attribute in
      let length = NetlinkAttribute.headerSize + attribute.value.count
      return UInt16(length).nativeBytes + attribute.type.nativeBytes + attribute.value
        + [UInt8](repeating: 0, count: length.paddedToFour - length)
    }
  }

  /// The first of a type.
  package subscript(type type: UInt16) -> NetlinkAttribute? { first { $0.type == type } }
}

extension Int {
  fileprivate var paddedToFour: Int { (self + 3) & ~3 }
}

extension FixedWidthInteger {
  /// As they lie in memory on this machine.
  package var nativeBytes: [UInt8] {
    stride(from: Self.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: bigEndian >> $0) }
  }

  /// Nil unless there are exactly as many bytes as the number has.
  package init?(nativeBytes bytes: some Collection<UInt8>) {
    guard bytes.count == Self.bitWidth / 8 else { return nil }
    self = bytes.reduce(Self.zero) { $0 << 8 | Self(truncatingIfNeeded: $1) }.bigEndian
  }
}
