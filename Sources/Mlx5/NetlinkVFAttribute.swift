import HostInterface
import Model

/// How rtnetlink has one attribute, behind the number of its VF (include/uapi/linux/if_link.h).
struct NetlinkVFAttribute: Sendable {
  /// Of enum ifla_vf; a second one is that of an attribute within.
  let path: [UInt16]
  /// Nil for a value of another kind.
  let encode: @Sendable (VFValue) -> [UInt8]?
  /// Nil for what cannot be one.
  let decode: @Sendable ([UInt8]) -> Reading?

  static subscript(attribute: VFAttribute) -> NetlinkVFAttribute {
    switch attribute {
    case .nodeGUID: guid(10)
    case .portGUID: guid(11)
    case .mac: mac
    case .vlan: vlan
    case .rate: rate
    case .spoofCheck: flag(4)
    case .trust: flag(9)
    case .policy: policy
    }
  }

  /// The one attribute of a message that sets it.
  func message(_ value: VFValue, vf: Int) -> NetlinkAttribute? {
    guard let body = encode(value), let last = path.last else { return nil }
    let inner = NetlinkAttribute(last, UInt32(vf).nativeBytes + body)
    return path.count == 1 ? inner : NetlinkAttribute(path[0], [inner])
  }

  /// In the machine's own byte order, behind what fills the VF's number up to eight bytes.
  private static func guid(_ type: UInt16) -> NetlinkVFAttribute {
    let filler: [UInt8] = [0, 0, 0, 0]
    return NetlinkVFAttribute(
      path: [type],
      encode: { value in if case .guid(let guid) = value { filler + guid.value.nativeBytes } else { nil } },
      decode: { UInt64(nativeBytes: $0.dropFirst(filler.count)).map(Reading.init(guid:)) })
  }

  /// With room for the longest address that there is.
  private static let mac = NetlinkVFAttribute(
    path: [1],
    encode: { value in
      guard case .mac(let address) = value else { return nil }
      return address.bytes + [UInt8](repeating: 0, count: 32 - address.bytes.count)
    },
    decode: { $0.count == 32 ? Reading(mac: Array($0.prefix(6))) : nil })

  /// The list knows the protocol; the kernel takes one entry. That one number is in network byte order.
  private static let vlan = NetlinkVFAttribute(
    path: [12, 1],
    encode: { value in
      guard case .vlan(let vlan) = value, let type = types.first(where: { $0.value == vlan.tag })?.key else {
        return nil
      }
      return UInt32(vlan.id).nativeBytes + UInt32(vlan.qos).nativeBytes + type.bigEndian.nativeBytes + [0, 0]
    },
    decode: { bytes in
      guard let id = UInt32(nativeBytes: bytes.prefix(4)), let qos = UInt32(nativeBytes: bytes.dropFirst(4).prefix(4)),
        let type = UInt16(nativeBytes: bytes.dropFirst(8).prefix(2)), let tag = types[type.bigEndian],
        let vlan = VLAN(id: Int(id), qos: Int(qos), tag: tag)
      else { return nil }
      return .value(.vlan(vlan))
    })

  /// By the EtherTypes of their tags.
  private static let types: [UInt16: VLAN.Tag] = [0x8100: .customer, 0x88a8: .service]

  private static let rate = NetlinkVFAttribute(
    path: [6],
    encode: { value in
      guard case .rate(let rate) = value else { return nil }
      return UInt32(rate.min).nativeBytes + UInt32(rate.max).nativeBytes
    },
    decode: { bytes in
      guard bytes.count == 8, let min = UInt32(nativeBytes: bytes.prefix(4)),
        let max = UInt32(nativeBytes: bytes.dropFirst(4)), let rate = TransmitRate(min: Int(min), max: Int(max))
      else { return nil }
      return .value(.rate(rate))
    })

  private static func flag(_ type: UInt16) -> NetlinkVFAttribute {
    NetlinkVFAttribute(
      path: [type],
      encode: { value in if case .flag(let isOn) = value { UInt32(isOn ? 1 : 0).nativeBytes } else { nil } },
      decode: { bytes in
        switch UInt32(nativeBytes: bytes) {
        case 0: .value(.flag(false))
        case 1: .value(.flag(true))
        // The driver says nothing of it.
        case .max: .notVisible("this driver does not tell it")
        default: nil
        }
      })
  }

  /// The order of enum ifla_vf_link_state, which is not that of the driver (mlx5.md 5.1).
  private static let policies: [VFPolicy] = [.follow, .up, .down]

  private static let policy = NetlinkVFAttribute(
    path: [5],
    encode: { value in
      guard case .policy(let policy) = value, let number = policies.firstIndex(of: policy) else { return nil }
      return UInt32(number).nativeBytes
    },
    decode: { bytes in
      guard let number = UInt32(nativeBytes: bytes), policies.indices.contains(Int(number)) else { return nil }
      return .value(.policy(policies[Int(number)]))
    })
}
