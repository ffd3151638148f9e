import Model

/// One PF with VFs, for saying briefly what is wanted and what is found.
struct Sketch {
  var vfs = 4
  var guids = true
  var policy = VFPolicy.follow
  var autoprobe = true
  var driver: String? = VirtualFunction.ownDriver

  static let pf: PhysicalFunction = {
    guard let address = PCIAddress("b1:00.0") else { preconditionFailure("an address") }
    return PhysicalFunction(
      pciAddress: address, nodeGUID: try? GUID(0x0c42_a103_00b1_0000), boardID: "MT_8", deviceID: "1017",
      linkLayer: .infiniBand, rdmaDevice: "mlx5_0", netdev: "ibs21")
  }()

  private func values(_ index: Int) -> [VFAttribute: VFValue] {
    var values: [VFAttribute: VFValue] = [.policy: .policy(policy)]
    if guids, let node = try? GUID(0x0c42_a103_00b1_0100 + UInt64(index)) {
      values[.nodeGUID] = .guid(node)
      values[.portGUID] = .guid(node)
    }
    return values
  }

  var wanted: Adapter {
    Adapter(
      pf: Self.pf, driversAutoprobe: autoprobe,
      vfs: (0..<vfs).map { SavedVF(index: $0, driver: driver, attributes: values($0)) })
  }

  var found: Observation {
    Observation(
      pf: Self.pf, totalVFs: 8, vfCount: vfs, driversAutoprobe: autoprobe, attributesHidden: nil,
      vfs: (0..<vfs).map { index in
        var attributes: [VFAttribute: Reading] = [.nodeGUID: .unset, .portGUID: .unset]
        for (attribute, value) in values(index) { attributes[attribute] = .value(value) }
        let probed = driver == VirtualFunction.ownDriver ? attributes.filter { $0.key.isIdentity } : [:]
        return VirtualFunction(
          index: index, pciAddress: Self.pf.pciAddress, driver: driver, attributes: attributes, probed: probed)
      })
  }
}
