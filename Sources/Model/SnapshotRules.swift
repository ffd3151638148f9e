extension Snapshot {
  /// What makes the snapshot unfit to be saved or restored, in words that name the entry; nil when nothing does.
  ///
  /// A GUID that is zero, all-ones or a group address cannot be represented at all: see `GUID`.
  package var mistake: String? {
    for (number, adapter) in adapters.enumerated() {
      for (position, vf) in adapter.vfs.enumerated() where vf.index != position {
        return "adapters[\(number)].vfs[\(position)] has index \(vf.index): VFs are numbered from 0 without gaps"
      }
    }
    for (number, adapter) in adapters.enumerated() {
      let names = [adapter.pf.rdmaDevice, adapter.pf.netdev] + adapter.vfs.map(\.driver)
      if let name = names.compactMap(\.self).first(where: { !$0.isName }) {
        return "adapters[\(number)] has the name \"\(name)\": that is none the kernel would give"
      }
    }
    if let stranger { return stranger }
    let addresses = adapters.map(\.pf.pciAddress)
    if let twice = addresses.firstRepeated { return "two adapters have the PCI address \(twice)" }
    return repeatedIdentity ?? networkMistake
  }

  /// An attribute that VFs of such a PF do not have.
  private var stranger: String? {
    for (number, adapter) in adapters.enumerated() {
      guard let layer = adapter.pf.linkLayer else { continue }
      let known = VFAttribute.all(on: layer)
      for (position, vf) in adapter.vfs.enumerated() {
        guard let odd = VFAttribute.allCases.first(where: { vf.attributes[$0] != nil && !known.contains($0) }) else {
          continue
        }
        return "adapters[\(number)].vfs[\(position)] has a \(odd.name): VFs of an \(layer.rawValue) PF have none"
      }
    }
    return nil
  }

  /// Two functions with one GUID break the subnet (mlx5.md 6), two of one PF with one MAC its switch. A PF's and a VF's are
  /// compared as well; the node and the port GUID of one function may be the same, as they are on real adapters.
  private var repeatedIdentity: String? {
    var owners: [VFValue: String] = [:]
    for adapter in adapters {
      // VFs of two PFs may share a MAC: whoever has both bonds them.
      owners = owners.filter { !$0.key.isMAC }
      var functions = [("PF \(adapter.pf.pciAddress)", adapter.pf.identities)]
      functions += adapter.vfs.map { ("VF \($0.index) of \(adapter.pf.pciAddress)", $0.identities) }
      for (function, identities) in functions {
        for identity in identities {
          if let other = owners[identity] {
            return "\(other) and \(function) have the same \(identity.isMAC ? "MAC" : "GUID") \(identity)"
          }
          owners[identity] = function
        }
      }
    }
    return nil
  }
}

extension PhysicalFunction {
  fileprivate var identities: Set<VFValue> {
    Set([nodeGUID.map(VFValue.guid), macAddress.map(VFValue.mac)].compactMap(\.self))
  }
}

extension SavedVF {
  fileprivate var identities: Set<VFValue> {
    Set(VFAttribute.identity.compactMap { attributes[$0] })
  }
}

extension VFValue {
  fileprivate var isMAC: Bool {
    if case .mac = self { true } else { false }
  }
}

extension String {
  /// Fit to be a component of a path below /sys, and to be shown on a line.
  fileprivate var isName: Bool {
    !isEmpty && self != "." && self != ".."
      && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.:".contains($0)) }
  }
}

extension Sequence where Element: Hashable {
  fileprivate var firstRepeated: Element? {
    var seen: Set<Element> = []
    return first { !seen.insert($0).inserted }
  }
}
