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
    let addresses = adapters.map(\.pf.pciAddress)
    if let twice = addresses.firstRepeated { return "two adapters have the PCI address \(twice)" }
    return repeatedGUID ?? networkMistake
  }

  /// Two functions with one GUID break the subnet (mlx5.md 6). A PF's node GUID and a VF's are compared as well; the
  /// node and the port GUID of one function may be the same, as they are on real adapters.
  private var repeatedGUID: String? {
    var owners: [GUID: String] = [:]
    for adapter in adapters {
      var functions = [("PF \(adapter.pf.pciAddress)", [adapter.pf.nodeGUID].compactMap(\.self))]
      for vf in adapter.vfs {
        functions.append(("VF \(vf.index) of \(adapter.pf.pciAddress)", vf.guids))
      }
      for (function, guids) in functions {
        for guid in Set(guids) {
          if let other = owners[guid] { return "\(other) and \(function) have the same GUID \(guid)" }
          owners[guid] = function
        }
      }
    }
    return nil
  }
}

extension SavedVF {
  fileprivate var guids: [GUID] {
    attributes.values.compactMap { value in
      if case .guid(let guid) = value { guid } else { nil }
    }
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
