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

  private var repeatedIdentity: String? {
    let families = adapters.map { adapter in
      Family(
        adapter.pf, vfs: adapter.vfs.map { vf in (vf.index, VFAttribute.identity.compactMap { vf.attributes[$0] }) })
    }
    return SharedIdentity.all(in: families).first?.description
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
