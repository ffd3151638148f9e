import HostInterface
import Model
import SystemPackage

/// The messages of rtnetlink about netdevs (include/uapi/linux/rtnetlink.h, if_link.h), as far as VFs are in them.
extension NetlinkCommand {
  static let getLink = NetlinkCommand(.route, 18, "RTM_GETLINK")
  static let setLink = NetlinkCommand(.route, 19, "RTM_SETLINK")
}

/// The attributes of a link.
private enum LinkAttribute {
  static let vfInfoList: UInt16 = 22
  /// Within the list.
  static let vfInfo: UInt16 = 1
  static let extensionMask: UInt16 = 29
  static let permanentAddress: UInt16 = 54
}

/// What a reply is to have, and what not.
private enum ExtensionMask {
  static let vfs: UInt32 = 1 << 0
  static let noStatistics: UInt32 = 1 << 3
}

extension NetlinkRequest {
  static func link(_ index: Int32) -> NetlinkRequest { NetlinkRequest(.getLink, payload: header(index)) }

  static func linkWithVFs(_ index: Int32) -> NetlinkRequest {
    NetlinkRequest(.getLink, payload: header(index) + [withVFs].bytes)
  }

  static var allLinksWithVFs: NetlinkRequest {
    NetlinkRequest(.getLink, isDump: true, payload: header(0) + [withVFs].bytes)
  }

  /// Statistics would make the reply large.
  private static let withVFs = NetlinkAttribute(
    LinkAttribute.extensionMask, ExtensionMask.vfs | ExtensionMask.noStatistics)

  static func setVF(_ attribute: NetlinkAttribute, below index: Int32) -> NetlinkRequest {
    let info = NetlinkAttribute(LinkAttribute.vfInfo, [attribute])
    return NetlinkRequest(
      .setLink, payload: header(index) + [NetlinkAttribute(LinkAttribute.vfInfoList, [info])].bytes)
  }

  /// struct ifinfomsg, of which only the link's index matters here.
  private static func header(_ index: Int32) -> [UInt8] {
    [0, 0, 0, 0] + index.nativeBytes + [UInt8](repeating: 0, count: 8)
  }
}

/// What the kernel says of one link.
struct LinkReply {
  private static let headerSize = 16

  let index: Int32
  /// By their numbers.
  let vfs: [Int: VFInfo]
  /// Burned in; nil where it is none of Ethernet.
  let permanentMAC: MACAddress?

  /// Nil for what is too short to be about a link.
  init?(_ payload: [UInt8]) {
    guard payload.count >= Self.headerSize, let index = Int32(nativeBytes: payload[4..<8]) else { return nil }
    self.index = index
    let attributes = [NetlinkAttribute](bytes: payload.dropFirst(Self.headerSize))
    let list = attributes[type: LinkAttribute.vfInfoList]?.attributes ?? []
    let infos = list.filter { $0.type == LinkAttribute.vfInfo }.compactMap(VFInfo.init)
    vfs = Dictionary(infos.map { ($0.number, $0) }) { first, _ in first }
    let address = attributes[type: LinkAttribute.permanentAddress]?.value ?? []
    permanentMAC = address.count == 6 ? try? MACAddress(address) : nil
  }

  /// What is said of the link itself.
  static func of(_ index: Int32, _ netlink: any NetlinkSocket) throws(NetlinkError) -> LinkReply {
    try ask(.link(index), about: index, netlink)
  }

  /// Up to here a reply holds the VFs on every kernel: those before 6.15 forget the GUIDs when they reserve room for one,
  /// and with sixteen InfiniBand VFs or so fail with EMSGSIZE and a warning in the kernel's log, each time (mlx5.md 5.3).
  private static let safeCount = 8

  /// Asks for the VFs below a link. Where a reply about one link may be too short, all links are asked for: the room
  /// for those is what we offer to receive, 32 KiB at most, and 127 VFs take less. Where that is too little, be it for
  /// another link, the one link may still be told.
  static func ofVFs(
    below index: Int32, count: Int, on linkLayer: LinkLayer?, _ netlink: any NetlinkSocket
  ) throws(NetlinkError) -> [Int: VFInfo] {
    guard count > safeCount && linkLayer != .ethernet else {
      return try ask(.linkWithVFs(index), about: index, netlink).vfs
    }
    do throws(NetlinkError) {
      return try ask(.allLinksWithVFs, about: index, netlink).vfs
    } catch  where error.errno == .messageTooLong || error.errno == .noBufferSpace {
      return try ask(.linkWithVFs(index), about: index, netlink).vfs
    }
  }

  private static func ask(
    _ request: NetlinkRequest, about index: Int32, _ netlink: any NetlinkSocket
  ) throws(NetlinkError) -> LinkReply {
    for payload in try netlink.exchange(request) {
      if let reply = LinkReply(payload), reply.index == index { return reply }
    }
    throw NetlinkError(request, .operationNotSupportedByDevice)
  }
}

/// What the kernel says of one VF.
struct VFInfo {
  private static let macAddress: UInt16 = 1

  let number: Int
  private let attributes: [NetlinkAttribute]

  /// The address comes first in every kernel, and begins with the VF's number as nearly everything does.
  init?(_ info: NetlinkAttribute) {
    attributes = info.attributes
    guard let number = attributes[type: Self.macAddress].flatMap({ UInt32(nativeBytes: $0.value.prefix(4)) }) else {
      return nil
    }
    self.number = Int(number)
  }

  /// What is at the end of this path, without the VF's number in front; nil for one that is not there, or is another VF's.
  func value(at path: [UInt16]) -> [UInt8]? {
    var (found, rest) = (path.first.flatMap { attributes[type: $0] }, path.dropFirst())
    while let outer = found, let type = rest.popFirst() { found = outer.attributes[type: type] }
    guard let value = found?.value, UInt32(nativeBytes: value.prefix(4)).map(Int.init) == number else { return nil }
    return Array(value.dropFirst(4))
  }
}
