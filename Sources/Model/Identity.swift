/// Something that is about one PF: the PF itself as it was found or saved, or how a restore of it ended.
package protocol OfOnePF {
  /// Where it was.
  var pciAddress: PCIAddress { get }
  var nodeGUID: GUID? { get }
  var macAddress: MACAddress? { get }
}

extension OfOnePF {
  /// Whether something is known that no other PF has.
  package var isIdentified: Bool { nodeGUID != nil || macAddress != nil }

  /// What no other PF has, in words: the node GUID, or the MAC where that is not known; nil where neither is.
  package var identity: String? { nodeGUID?.description ?? macAddress?.description }

  /// Whether both are about one card's PF, by what it is; nil where nothing is known of both.
  package func isSameByIdentity(as other: some OfOnePF) -> Bool? {
    if let nodeGUID, let guid = other.nodeGUID { return nodeGUID == guid }
    if let macAddress, let address = other.macAddress { return macAddress == address }
    return nil
  }

  /// Whether both are about one PF: by what it is, and by its place only where nothing is known of either.
  package func isSame(as other: some OfOnePF) -> Bool {
    isSameByIdentity(as: other) ?? (!isIdentified && !other.isIdentified && pciAddress == other.pciAddress)
  }
}

extension PhysicalFunction: OfOnePF {
  /// With what was saved of who it is, as far as it does not show it now: the node GUID while its RDMA device is not
  /// there, the MAC while it is in a bond.
  package func identified(by saved: PhysicalFunction) -> PhysicalFunction {
    var pf = self
    pf.nodeGUID = nodeGUID ?? saved.nodeGUID
    if linkLayer == saved.linkLayer { pf.macAddress = macAddress ?? saved.macAddress }
    return pf
  }
}

extension Outcome: OfOnePF {}
