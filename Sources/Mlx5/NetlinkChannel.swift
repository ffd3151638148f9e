import HostInterface
import Model
import SystemPackage

/// rtnetlink on the PF's netdev: what the kernel's own driver has; for InfiniBand that is the IPoIB netdev (mlx5.md 5).
struct NetlinkChannel: VFChannel {
  let link: PFLink
  let linkLayer: LinkLayer?
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
      infos = try LinkReply.ofVFs(below: link.index, count: vfCount, on: linkLayer, netlink)
    } catch {
      return vfs.readings(on: linkLayer) { _, _ in .unreadable(error.errno.name) }
    }
    return vfs.readings(on: linkLayer) { attribute, vf in
      // The driver leaves a VF out that it cannot ask the firmware about.
      guard let info = infos[vf] else { return .unreadable("the kernel leaves the VF out") }
      let codec = NetlinkVFAttribute[attribute]
      guard let value = info.value(at: codec.path) else {
        // GUIDs are told since 5.5, all else by every kernel that there is this driver for.
        return VFAttribute.guids.contains(attribute)
          ? .notVisible("this kernel tells no \(attribute.name) by netlink")
          : .unreadable("netlink's reply lacks it")
      }
      return codec.decode(value) ?? .unreadable("netlink's \(value.map(String.init).joined(separator: " "))")
    }
  }

  /// One attribute in each message: whatever stands behind a node GUID would be lost without a word (mlx5.md 5.1).
  func write(_ value: VFValue, to attribute: VFAttribute, vf: Int) throws {
    guard let message = NetlinkVFAttribute[attribute].message(value, vf: vf) else {
      preconditionFailure("a snapshot has no \(value) as its \(attribute.name)")
    }
    _ = try netlink.exchange(.setVF(message, below: link.index))
  }
}
