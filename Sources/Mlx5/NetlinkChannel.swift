import HostInterface
import Model
import SystemPackage

/// rtnetlink on the PF's netdev: what the kernel's own driver has, for InfiniBand on the PF's IPoIB netdev (mlx5.md 5).
struct NetlinkChannel: VFChannel {
  let link: PFLink
  /// How many VFs there are below it, whichever of them are asked for.
  let vfCount: Int
  let netlink: any NetlinkSocket

  /// The driver remembers GUIDs that it was told by netlink since the PF was bound, and says zero for all others
  /// (mlx5.md 5.2).
  var forgetsGUIDs: Bool { true }
  var netdev: String? { link.name }

  func read(_ vfs: [Int]) -> [Int: [VFAttribute: Reading]] {
    guard !vfs.isEmpty else { return [:] }
    let infos: [Int: VFInfo]
    do {
      infos = try LinkReply.ofVFs(below: link.index, count: vfCount, netlink)
    } catch {
      return vfs.readings { _, _ in .unreadable(error.errno.name) }
    }
    return vfs.readings { attribute, vf in
      // The driver leaves a VF out that it cannot ask the firmware about.
      guard let info = infos[vf] else { return .unreadable("the kernel leaves the VF out") }
      let codec = NetlinkVFAttribute[attribute]
      guard let value = info.value(of: codec.type) else {
        return .notVisible("this kernel tells no \(attribute.name) by netlink")
      }
      return codec.decode(value) ?? .invalid("netlink's \(value.map(String.init).joined(separator: " "))")
    }
  }

  /// One attribute in each message: whatever stands behind a node GUID would be lost without a word (mlx5.md 5.1).
  func write(_ value: VFValue, to attribute: VFAttribute, vf: Int) throws {
    let codec = NetlinkVFAttribute[attribute]
    guard let body = codec.encode(value) else {
      preconditionFailure("a snapshot has no \(value) as its \(attribute.name)")
    }
    let message = NetlinkAttribute(codec.type, UInt32(vf).nativeBytes + body)
    _ = try netlink.exchange(.setVF(message, below: link.index))
  }
}

/// How rtnetlink has one attribute, behind the number of its VF.
struct NetlinkVFAttribute: Sendable {
  /// Of enum ifla_vf in include/uapi/linux/if_link.h.
  let type: UInt16
  /// Nil for a value of another kind.
  let encode: @Sendable (VFValue) -> [UInt8]?
  /// Nil for what cannot be one.
  let decode: @Sendable ([UInt8]) -> Reading?

  static subscript(attribute: VFAttribute) -> NetlinkVFAttribute {
    switch attribute {
    case .nodeGUID: guid(10)
    case .portGUID: guid(11)
    case .policy: policy
    }
  }

  /// In the machine's own byte order, behind what fills the VF's number up to eight bytes.
  private static func guid(_ type: UInt16) -> NetlinkVFAttribute {
    let filler: [UInt8] = [0, 0, 0, 0]
    return NetlinkVFAttribute(
      type: type,
      encode: { value in if case .guid(let guid) = value { filler + guid.value.nativeBytes } else { nil } },
      decode: { UInt64(nativeBytes: $0.dropFirst(filler.count)).map(Reading.init(guid:)) })
  }

  /// The order of enum ifla_vf_link_state, which is not that of the driver (mlx5.md 5.1).
  private static let policies: [VFPolicy] = [.follow, .up, .down]

  private static let policy = NetlinkVFAttribute(
    type: 5,
    encode: { value in
      guard case .policy(let policy) = value, let number = policies.firstIndex(of: policy) else { return nil }
      return UInt32(number).nativeBytes
    },
    decode: { bytes in
      guard let number = UInt32(nativeBytes: bytes), policies.indices.contains(Int(number)) else { return nil }
      return .value(.policy(policies[Int(number)]))
    })
}
