/// A node or port GUID that may identify a function on the fabric: an EUI-64 that is neither zero, all-ones nor a group
/// address. A value of this type is always fit to be written; what is not cannot be made.
///
/// Text forms (reference: drivers/infiniband/core/sysfs.c and MLNX_OFED's core/sriov_sysfs.c): eight bytes joined by
/// `:` as in `sriov/<n>/node`, or four groups of four digits as in `/sys/class/infiniband/*/node_guid`.
package struct GUID: Hashable, Sendable {
  package let value: UInt64

  package init(_ value: UInt64) throws(InvalidGUID) {
    let reason: InvalidGUID.Reason? =
      switch value {
      case 0: .zero
      case .max: .allOnes
      case _ where value >> 56 & 1 == 1: .multicast
      default: nil
      }
    if let reason { throw InvalidGUID(text: Self.text(of: value), reason: reason) }
    self.value = value
  }

  package init(_ text: String) throws(InvalidGUID) {
    let groups = text.parts(separatedBy: ":")
    let digits = groups.count == 8 ? 2 : 4
    guard groups.count == 8 || groups.count == 4, groups.allSatisfy({ $0.count == digits }),
      let value = UInt64(hexadecimal: Array(groups.joined()))
    else { throw InvalidGUID(text: text, reason: .malformed) }
    try self.init(value)
  }

  fileprivate static func text(of value: UInt64) -> String {
    stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> $0).hexadecimal(width: 2) }
      .joined(separator: ":")
  }
}

extension String {
  /// Of a port's first GID, as `ports/1/gids/0` shows it, the low half: its port GUID, in the form of four groups. Empty
  /// for what is not a GID: half of one could be taken for a GUID.
  package var portGUIDOfGID: String {
    let groups = parts(separatedBy: ":")
    return groups.count == 8 ? groups.suffix(4).map { String(Substring($0)) }.joined(separator: ":") : ""
  }
}

extension GUID: CustomStringConvertible {
  /// `0c:42:a1:03:00:5e:10:00`
  package var description: String { Self.text(of: value) }
}

extension GUID: Codable {
  package init(from decoder: any Decoder) throws {
    self = try decoder.parsed("a GUID") { try GUID($0) }
  }

  package func encode(to encoder: any Encoder) throws {
    try encoder.encodeText(self)
  }
}

/// Why a text or number is no GUID that a function may have.
package struct InvalidGUID: Error, Equatable, CustomStringConvertible {
  package enum Reason: String, Sendable {
    case malformed = "is not a GUID such as 0c:42:a1:03:00:5e:10:00"
    case zero = "is zero: leave the GUID out if it was never set"
    case allOnes = "is all-ones, which identifies nothing"
    case multicast = "is a group address (lowest bit of its first byte), not the address of one function"
  }

  package let text: String
  package let reason: Reason

  package var description: String { "\(text) \(reason.rawValue)" }
}
