import HostInterface
import Model
import SystemPackage

/// rtnetlink, as far as VFs are in it: net/core/rtnetlink.c and drivers/infiniband/ulp/ipoib/ipoib_main.c, as mlx5.md 5
/// tells. Numbers are those of include/uapi/linux/if_link.h.
extension SimulatedKernel {
  private static let extensionMask: UInt16 = 29
  static let vfInfoList: UInt16 = 22
  static let vfInfo: UInt16 = 1

  func routeExchange(_ request: NetlinkRequest) throws(Errno) -> [[UInt8]] {
    switch (request.command.type, request.isDump) {
    case (22, true): return machine.addressMessages
    case (26, true): return machine.routeMessages
    default: return try linkExchange(request)
    }
  }

  private func linkExchange(_ request: NetlinkRequest) throws(Errno) -> [[UInt8]] {
    guard request.payload.count >= 16, let index = Int32(nativeBytes: request.payload[4..<8]) else {
      throw .invalidArgument
    }
    let attributes = [NetlinkAttribute](bytes: request.payload.dropFirst(16))
    let mask = attributes[type: Self.extensionMask]?.number(UInt32.self) ?? 0
    switch (request.command.type, request.isDump) {
    case (18, true): return machine.links.map { machine.message(about: $0, mask) }
    case (18, false):
      guard let link = machine.links.first(where: { $0.index == index }) else {
        throw .operationNotSupportedByDevice
      }
      let pf = link.pf.map { machine.adapters[$0] }
      let vfs = pf?.linkLayer == .infiniBand ? pf?.vfCount ?? 0 : 0
      // The room for the reply is reckoned without the GUIDs, which Ethernet VFs have not (mlx5.md 5.3).
      guard mask & 1 == 0 || vfs < 16 || !machine.routeNetlink.forgetsRoomForGUIDs else { throw .messageTooLong }
      return [machine.message(about: link, mask)]
    case (19, false):
      try setLink(index, attributes)
      return []
    default: throw .notSupported
    }
  }

  /// In the order of do_setvfinfo, whatever the message's; the first error ends it, and what came before stays.
  private func setLink(_ index: Int32, _ attributes: [NetlinkAttribute]) throws(Errno) {
    let place = FilePath("/rtnetlink/\(index)")
    guard let link = admit(place, { machine.links.first { $0.index == index } }) else { throw .interrupted }
    guard let link else { throw .operationNotSupportedByDevice }
    for info in attributes[type: Self.vfInfoList]?.attributes ?? [] {
      let info = info.attributes
      for type: UInt16 in [1, 2, 12, 3, 6, 4, 5, 7, 9, 10, 11] {
        guard let value = info[type: type]?.value else { continue }
        record(value.map { UInt64($0).digits(2, shift: 0) }.joined(), in: FilePath("\(place)/\(type)"))
        guard let pf = link.pf else { throw .notSupported }
        try setVF(ofPF: pf, type, value)
        // The branch for a node GUID returns at once: a port GUID behind it is lost (mlx5.md 5.1).
        if type == 10 { break }
      }
    }
  }

  private func setVF(ofPF pf: Int, _ type: UInt16, _ value: [UInt8]) throws(Errno) {
    // A list of VLANs has their VF's number in each.
    let value = type == 12 ? [NetlinkAttribute](bytes: value)[type: 1]?.value ?? [] : value
    guard let vf = UInt32(nativeBytes: value.prefix(4)).map(Int.init),
      machine.adapters[pf].contexts.indices.contains(vf)
    else { throw .invalidArgument }
    let isEthernet = machine.adapters[pf].linkLayer == .ethernet
    switch type {
    case 1, 4, 6, 9, 12:
      // mlx5.md 5.2, 5.4
      guard isEthernet else { throw .notSupported }
      try setEthernetVF(vf, ofPF: pf, type, value.dropFirst(4))
    case 5:
      guard let number = UInt32(nativeBytes: value.dropFirst(4)), let policy = Self.policies[number] else {
        throw .invalidArgument
      }
      try setGoverned(pf: pf, vf: vf) { context, faults in
        if !isEthernet { context.remembered.policy = policy }
        if !faults.ignoresPolicy { context.policy = policy }
      }
    case 10, 11:
      // No value is refused; IPoIB only (mlx5.md 5.1, 6).
      guard !isEthernet else { throw .notSupported }
      guard let guid = UInt64(nativeBytes: value.dropFirst(8)) else { throw .invalidArgument }
      // The driver remembers what the firmware took, and does not ask what became of it.
      try setVF(vf, ofPF: pf) { context, faults in
        if type == 10 { context.remembered.netlinkNodeGUID = guid } else { context.remembered.netlinkPortGUID = guid }
        context.tellGUID(type == 10 ? .nodeGUID : .portGUID, guid, faults)
      }
    default: throw .notSupported
    }
  }

  private func setEthernetVF(_ vf: Int, ofPF pf: Int, _ type: UInt16, _ value: ArraySlice<UInt8>) throws(Errno) {
    let words = stride(from: 0, to: value.count - 3, by: 4)
      .compactMap { UInt32(nativeBytes: value.dropFirst($0).prefix(4)) }
    guard words.count >= (type == 6 ? 2 : type == 12 ? 3 : 1) else { throw .invalidArgument }
    switch type {
    case 1: try setMAC(Array(value.prefix(6)), pf: pf, vf: vf)
    case 12:
      let tag = UInt16(truncatingIfNeeded: words[2]).bigEndian
      guard [0x8100, 0x88a8].contains(tag) else { throw .protocolNotSupported }
      try setVLAN(SimulatedVLAN(id: words[0], qos: words[1], type: tag), pf: pf, vf: vf)
    case 6: try setRate(words[0], words[1], pf: pf, vf: vf)
    default:
      try setGoverned(pf: pf, vf: vf) { context, _ in
        if type == 4 { context.spoofCheck = words[0] != 0 } else { context.trust = words[0] != 0 }
      }
    }
  }

  /// enum ifla_vf_link_state, not the driver's own numbers.
  static let policies: [UInt32: VFPolicy] = [0: .follow, 1: .up, 2: .down]
}

/// One netdev.
struct SimulatedLink {
  let index: Int32
  let name: String
  /// The place of the PF whose own netdev it is.
  var pf: Int?
  /// The index of what it is stacked on.
  var lower: Int32?
  var interface = SimulatedInterface()
}

extension SimulatedAdapter {
  /// A netdev has another index each time its driver makes it.
  ///
  /// - Parameter number: The adapter's place among all.
  func linkIndex(at number: Int) -> Int32 { Int32(number + 2 + 0x100 * rebinds) }

  /// Any that no other link has.
  static func linkIndex(ofVF address: PCIAddress) -> Int32 {
    0x10000 | Int32(address.bus) << 8 | Int32(address.device) << 3 | Int32(address.function)
  }
}

extension Machine {
  /// The netdevs for P_Keys of a PF are left out: nobody asks for those.
  var links: [SimulatedLink] {
    var links = [
      SimulatedLink(index: 1, name: "lo", interface: SimulatedInterface(addresses: ["127.0.0.1/8", "::1/128"]))
    ]
    for (number, pf) in adapters.enumerated() {
      links += pf.netdevs.prefix(1).map {
        SimulatedLink(index: pf.linkIndex(at: number), name: $0, pf: number)
      }
      for (vf, function) in pf.vfs.enumerated() {
        guard let netdev = function.netdev else { continue }
        let index = SimulatedAdapter.linkIndex(ofVF: pf.addressOfVF(vf))
        links.append(SimulatedLink(index: index, name: netdev, interface: function.interface))
        for (place, child) in function.children.sorted(by: { $0.key < $1.key }).enumerated() {
          links.append(
            SimulatedLink(
              index: index | Int32(place + 1) << 24, name: child.key, lower: index, interface: child.value))
        }
      }
    }
    return links
  }

  func message(about link: SimulatedLink, _ mask: UInt32) -> [UInt8] {
    // IFF_BROADCAST and IFF_MULTICAST; IFF_UP, IFF_RUNNING and IFF_LOWER_UP.
    let flags: UInt32 = 0x1002 | (link.interface.isUp ? 0x10041 : 0)
    let header: [UInt8] = [0, 0, 32, 0] + link.index.nativeBytes + flags.nativeBytes + [0, 0, 0, 0]
    var attributes = [NetlinkAttribute(3, link.name)]
    if let lower = link.lower { attributes.append(NetlinkAttribute(5, lower)) }
    if let pf = link.pf.map({ adapters[$0] }), pf.linkLayer == .ethernet, routeNetlink.tellsPermanentAddress {
      attributes.append(NetlinkAttribute(54, pf.macAddress.split(separator: ":").compactMap { UInt8($0, radix: 16) }))
    }
    if let pf = link.pf.map({ adapters[$0] }), mask & 1 != 0, pf.vfCount > 0 {
      attributes.append(NetlinkAttribute(21, UInt32(pf.vfCount)))
      let infos = (0..<pf.vfCount).compactMap { vfInfo($0, of: pf, mask) }
      attributes.append(NetlinkAttribute(SimulatedKernel.vfInfoList, infos))
    }
    return header + attributes.bytes
  }

  /// In the order of rtnl_fill_vfinfo. A VF that the driver cannot tell of is left out.
  private func vfInfo(_ vf: Int, of pf: SimulatedAdapter, _ mask: UInt32) -> NetlinkAttribute? {
    guard !pf.vfs.indices.contains(vf) || !pf.vfs[vf].isDead else { return nil }
    let (context, isEthernet) = (pf.contexts[vf], pf.linkLayer == .ethernet)
    func attribute(_ type: UInt16, _ words: UInt32...) -> NetlinkAttribute {
      NetlinkAttribute(type, ([UInt32(vf)] + words).flatMap(\.nativeBytes))
    }
    func guid(_ type: UInt16, _ guid: UInt64) -> NetlinkAttribute {
      NetlinkAttribute(type, UInt32(vf).nativeBytes + [0, 0, 0, 0] + guid.nativeBytes)
    }
    let state = SimulatedKernel.policies.first { $0.value == context.policy }?.key ?? 0
    var attributes = [
      // On InfiniBand the PF's own address, of 20 bytes (mlx5.md 5.2).
      NetlinkAttribute(1, UInt32(vf).nativeBytes + padded(isEthernet ? context.mac : [0, 0, 0, 1] + pf.gid)),
      NetlinkAttribute(13, padded([0, 255, 255, 255])), attribute(2, context.vlan.id, context.vlan.qos),
      attribute(6, context.minRate, context.maxRate), attribute(3, context.maxRate),
      attribute(4, context.spoofCheck ? 1 : 0), attribute(5, state), attribute(7, 0),
      attribute(9, context.trust ? 1 : 0),
    ]
    if !isEthernet && routeNetlink.tellsGUIDs {
      attributes += [guid(10, context.rememberedNodeGUID), guid(11, context.rememberedPortGUID)]
    }
    let tag = UInt32(context.vlan.type.bigEndian)
    attributes.append(NetlinkAttribute(12, [attribute(1, context.vlan.id, context.vlan.qos, tag)]))
    if mask & 8 == 0 { attributes.append(NetlinkAttribute(8, [NetlinkAttribute(0, UInt64(0))])) }
    return NetlinkAttribute(SimulatedKernel.vfInfo, attributes)
  }

  /// To the 32 bytes of MAX_ADDR_LEN.
  private func padded(_ address: [UInt8]) -> [UInt8] {
    address + [UInt8](repeating: 0, count: 32 - address.count)
  }
}

extension SimulatedAdapter {
  fileprivate var gid: [UInt8] { [0xfe, 0x80, 0, 0, 0, 0, 0, 0] + nodeGUID.bigEndian.nativeBytes }
}
