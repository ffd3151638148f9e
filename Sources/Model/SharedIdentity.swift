/// A PF and its VFs, with what no other function may have.
package struct Family {
  fileprivate let pf: PCIAddress
  fileprivate let functions: [(name: String, identities: Set<VFValue>)]

  /// - Parameter vfs: By their indexes; of each what it has, and nothing that it may share.
  package init(_ pf: PhysicalFunction, vfs: [(index: Int, identities: [VFValue])]) {
    self.pf = pf.pciAddress
    let own = [pf.nodeGUID.map(VFValue.guid), pf.macAddress.map(VFValue.mac)].compactMap(\.self)
    functions =
      [("PF \(pf.pciAddress)", Set(own))]
      + vfs.map { ("VF \($0.index) of \(pf.pciAddress)", Set($0.identities)) }
  }
}

/// What two functions have, and only one may.
package struct SharedIdentity: Equatable {
  /// The PF of the later one, or that one itself.
  package let pf: PCIAddress
  private let one: String
  private let other: String
  private let value: VFValue

  /// Two functions with one GUID break the subnet (mlx5.md 6), two of one PF with one MAC its switch. A PF's and a VF's are
  /// compared as well; the node and the port GUID of one function may be the same, as they are on real adapters.
  package static func all(in families: [Family]) -> [SharedIdentity] {
    var found: [SharedIdentity] = []
    var owners: [VFValue: String] = [:]
    for family in families {
      // VFs of two PFs may share a MAC: whoever has both bonds them.
      owners = owners.filter { !$0.key.isMAC }
      for (name, identities) in family.functions {
        for value in identities.sorted(by: { $0.description < $1.description }) {
          if let owner = owners[value] {
            found.append(SharedIdentity(pf: family.pf, one: owner, other: name, value: value))
          } else {
            owners[value] = name
          }
        }
      }
    }
    return found
  }
}

extension SharedIdentity: CustomStringConvertible {
  package var description: String {
    "\(one) and \(other) have the same \(value.isMAC ? "MAC" : "GUID") \(value)"
  }
}

extension VFValue {
  fileprivate var isMAC: Bool {
    if case .mac = self { true } else { false }
  }
}
