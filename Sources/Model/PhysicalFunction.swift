/// What a port speaks, in the words of `ports/1/link_layer`.
package enum LinkLayer: String, Codable, Sendable {
  case infiniBand = "InfiniBand"
  case ethernet = "Ethernet"
}

/// One PF: who it is, and by which names the host calls it today.
package struct PhysicalFunction: Hashable, Codable, Sendable {
  /// Where it is now. Moves with the slot and the bus numbering.
  package var pciAddress: PCIAddress
  /// Who it is: burned into the card's firmware, one per PF. Nil while its RDMA device is not there.
  package var nodeGUID: GUID?
  /// Of an Ethernet PF, burned in as well: tells who it is where there is no RDMA device. Nil while it is not to be seen.
  package var macAddress: MACAddress?
  /// The model (PSID); the same on every card of its kind.
  package var boardID: String?
  /// The PCI device id, four hexadecimal digits.
  package var deviceID: String
  package var linkLayer: LinkLayer?
  /// Today's name; a hint only, names move between boots.
  package var rdmaDevice: String?
  /// Today's name; a hint only, names move between boots.
  package var netdev: String?
  /// The bond that its netdev is a member of. It is how the host is today and nothing of the PF: it is neither saved nor
  /// compared.
  package var bond: String?

  package init(
    pciAddress: PCIAddress, nodeGUID: GUID?, boardID: String?, deviceID: String, linkLayer: LinkLayer?,
    rdmaDevice: String?, netdev: String?, bond: String? = nil
  ) {
    self.pciAddress = pciAddress
    self.nodeGUID = nodeGUID
    self.boardID = boardID
    self.deviceID = deviceID
    self.linkLayer = linkLayer
    self.rdmaDevice = rdmaDevice
    self.netdev = netdev
    self.bond = bond
  }

  enum CodingKeys: String, CodingKey {
    case pciAddress
    case nodeGUID = "nodeGuid"
    case boardID = "boardId"
    case deviceID = "deviceId"
    case linkLayer, rdmaDevice, netdev, macAddress
  }

  package static func == (left: PhysicalFunction, right: PhysicalFunction) -> Bool {
    (left.pciAddress, left.nodeGUID, left.boardID, left.deviceID, left.linkLayer)
      == (right.pciAddress, right.nodeGUID, right.boardID, right.deviceID, right.linkLayer)
      && (left.rdmaDevice, left.netdev, left.macAddress) == (right.rdmaDevice, right.netdev, right.macAddress)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(pciAddress) }

  /// Whether a person means this PF by `name`: its PCI address, RDMA device or netdev.
  package func isCalled(_ name: String) -> Bool {
    PCIAddress(name) == pciAddress || name == rdmaDevice || name == netdev
  }
}

extension PhysicalFunction: CustomStringConvertible {
  /// `0000:b1:00.0 (mlx5_0)`
  package var description: String {
    guard let name = rdmaDevice ?? netdev else { return pciAddress.description }
    return "\(pciAddress) (\(name))"
  }
}
