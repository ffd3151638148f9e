/// The address of one Ethernet function: neither zero, which a VF has that was never given one, nor a group address.
package struct MACAddress: Hashable, Sendable {
  package let bytes: [UInt8]

  /// - Precondition: There are six bytes.
  package init(_ bytes: [UInt8]) throws(InvalidMAC) {
    precondition(bytes.count == 6)
    let text = bytes.map { $0.hexadecimal(width: 2) }.joined(separator: ":")
    guard bytes != [0, 0, 0, 0, 0, 0] else { throw InvalidMAC(text: text, reason: .zero) }
    guard bytes[0] & 1 == 0 else { throw InvalidMAC(text: text, reason: .multicast) }
    self.bytes = bytes
  }

  /// Reads six bytes of two digits, joined by `:`.
  package init(_ text: String) throws(InvalidMAC) {
    let parts = text.parts(separatedBy: ":")
    let bytes = parts.compactMap { $0.count == 2 ? UInt8(hexadecimal: $0) : nil }
    guard parts.count == 6, bytes.count == 6 else { throw InvalidMAC(text: text, reason: .malformed) }
    try self.init(bytes)
  }

  /// The node GUID that mlx5 gives a VF with this address (mlx5.md 5.4).
  package init?(ofNodeGUID guid: UInt64) {
    let bytes = stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: guid >> $0) }
    guard bytes[3...4] == [0xff, 0xfe], let address = try? MACAddress(Array(bytes[..<3] + bytes[5...])) else {
      return nil
    }
    self = address
  }
}

extension MACAddress: CustomStringConvertible {
  package var description: String { bytes.map { $0.hexadecimal(width: 2) }.joined(separator: ":") }
}

extension MACAddress: Codable {
  package init(from decoder: any Decoder) throws {
    self = try decoder.parsed("a MAC address") { try MACAddress($0) }
  }

  package func encode(to encoder: any Encoder) throws {
    try encoder.encodeText(self)
  }
}

/// Why a text or bytes are no address that a function may have.
package struct InvalidMAC: Error, Equatable, CustomStringConvertible {
  package enum Reason: String, Sendable {
    case malformed = "is not a MAC address such as 0c:42:a1:5e:10:00"
    case zero = "is zero: leave the MAC out if it was never set"
    case multicast = "is a group address (lowest bit of its first byte), not the address of one function"
  }

  package let text: String
  package let reason: Reason

  package var description: String { "\(text) \(reason.rawValue)" }
}

/// The VLAN that the adapter puts a VF in, unseen by its user; id 0 without QoS is none, and has no tag. Written as
/// MLNX_OFED's `vlan` file has it: `100:3:802.1q`.
package struct VLAN: Hashable, Sendable {
  package enum Tag: String, Sendable {
    case customer = "802.1q"
    case service = "802.1ad"
  }

  package let id: Int
  package let qos: Int
  package let tag: Tag

  package static let untagged = VLAN()

  private init() { (id, qos, tag) = (0, 0, .customer) }

  package init?(id: Int, qos: Int, tag: Tag) {
    guard (0...4095).contains(id), (0...7).contains(qos) else { return nil }
    (self.id, self.qos, self.tag) = (id, qos, id == 0 && qos == 0 ? .customer : tag)
  }

  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), let id = Int(parts[0]), let qos = Int(parts[1]),
      let tag = parts.count == 2 ? .customer : Tag(rawValue: parts[2].lowercased())
    else { return nil }
    self.init(id: id, qos: qos, tag: tag)
  }
}

extension VLAN: CustomStringConvertible {
  package var description: String { "\(id):\(qos):\(tag.rawValue)" }
}

/// Between which rates a VF may send, in Mbit/s, written `100:2000`; 0 is no limit.
package struct TransmitRate: Hashable, Sendable {
  package let min: Int
  package let max: Int

  /// Nil where the kernel would refuse it.
  package init?(min: Int, max: Int) {
    guard (0...Int(UInt32.max)).contains(min), (0...Int(UInt32.max)).contains(max), max == 0 || min <= max else {
      return nil
    }
    (self.min, self.max) = (min, max)
  }

  package init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let min = Int(parts[0]), let max = Int(parts[1]) else { return nil }
    self.init(min: min, max: max)
  }
}

extension TransmitRate: CustomStringConvertible {
  package var description: String { "\(min):\(max)" }
}

/// Who decides what VFs may do on an Ethernet PF: the PF (legacy), or a netdev that stands for each VF (switchdev).
package enum ESwitchMode: String, Codable, Sendable {
  case legacy, switchdev
}
