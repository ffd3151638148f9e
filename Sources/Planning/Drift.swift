package import Model

/// How a host differs from what a snapshot has. The only place where the two are compared.
package struct Drift: Equatable, Sendable {
  /// In the order in which they are repaired: the PF, then each VF.
  package var differences: [Difference] = []
  /// What could not be compared. Never a reason to write.
  package var notVisible: [NotVisible] = []
  package let wanted: Adapter

  package var isEmpty: Bool { differences.isEmpty }

  /// Whether the number of VFs is another one; what it was found to be.
  package var foundCount: Int? {
    if case .vfCount(_, let found)? = differences.first { found } else { nil }
  }

  package init(wanted: Adapter, found: Observation) {
    self.wanted = wanted
    // The two can disagree while VFs come and go, and on a driver that lies: both must be right.
    if let count = [found.vfCount, found.vfs.count].first(where: { $0 != wanted.vfs.count }) {
      differences.append(.vfCount(wanted: wanted.vfs.count, found: count))
    }
    if wanted.driversAutoprobe != found.driversAutoprobe {
      differences.append(.driversAutoprobe(wanted: wanted.driversAutoprobe, found: found.driversAutoprobe))
    }
    for vf in wanted.vfs {
      compare(vf, with: found.vfs.first { $0.index == vf.index })
    }
    compareGUIDs(found)
  }

  /// A VF whose GUIDs were saved as unset may have one by now that is another's: each of the two is right by itself, and
  /// together they break the subnet.
  private mutating func compareGUIDs(_ found: Observation) {
    for vf in wanted.vfs {
      for (attribute, value) in vf.attributes.sorted(by: { $0.key.rawValue < $1.key.rawValue })
      where attribute.isIdentity {
        for other in found.vfs where other.index != vf.index {
          guard let theirs = wanted.vfs.first(where: { $0.index == other.index }) else { continue }
          for (name, reading) in other.attributes where reading == .value(value) && theirs.attributes[name] == nil {
            differences.append(.shared(attribute, vf: vf.index, value: value, with: other.index))
          }
        }
      }
    }
  }

  private mutating func compare(_ wanted: SavedVF, with found: VirtualFunction?) {
    for attribute in VFAttribute.allCases {
      guard let value = wanted.attributes[attribute] else { continue }
      let reading = found?.attributes[attribute]
      if reading != .value(value) {
        differences.append(.attribute(attribute, vf: wanted.index, wanted: value, found: reading))
      }
      if let probed = found?.probed[attribute], probed != .value(value) {
        differences.append(.probed(attribute, vf: wanted.index, wanted: value, found: probed))
      }
    }
    if wanted.driver != found?.driver {
      differences.append(.driver(vf: wanted.index, wanted: wanted.driver, found: found?.driver))
    } else if let found, found.probed.isEmpty, wanted.attributes.keys.contains(where: \.isIdentity) {
      let reason = found.holder ?? (found.driver == nil ? "it has no driver" : "that is not to be seen here")
      notVisible.append(NotVisible(vf: wanted.index, name: "GUIDs of its RDMA device", reason: reason))
    }
  }
}
