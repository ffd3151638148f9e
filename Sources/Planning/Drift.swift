package import Model

/// How a host differs from what a snapshot has. The only place where the two are compared.
package struct Drift: Equatable, Sendable {
  /// In the order in which they are repaired: the PF, then each VF.
  package var differences: [Difference] = []
  /// What could not be compared, in words that say why. Never a reason to write.
  package var notVisible: [String] = []
  /// What autoprobe must be when all is done.
  package let driversAutoprobe: Bool

  package var isEmpty: Bool { differences.isEmpty }

  package init(wanted: Adapter, found: Observation) {
    driversAutoprobe = wanted.driversAutoprobe
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
  }

  private mutating func compare(_ wanted: SavedVF, with found: VirtualFunction?) {
    for attribute in VFAttribute.allCases {
      guard let value = wanted.attributes[attribute] else { continue }
      compare(attribute, of: wanted.index, wanted: value, with: found)
    }
    if wanted.driver != found?.driver {
      differences.append(.driver(vf: wanted.index, wanted: wanted.driver, found: found?.driver))
    }
  }

  private mutating func compare(
    _ attribute: VFAttribute, of vf: Int, wanted: VFValue, with found: VirtualFunction?
  ) {
    let reading = found?.attributes[attribute]
    switch reading {
    case .value(wanted): break
    default: differences.append(.attribute(attribute, vf: vf, wanted: wanted, found: reading))
    }
    guard attribute.isIdentity, let found, found.driver == VirtualFunction.ownDriver else { return }
    if let probed = found.probed[attribute] {
      if probed != .value(wanted) {
        differences.append(.probed(attribute, vf: vf, wanted: wanted, found: probed))
      }
    } else {
      notVisible.append("VF \(vf): its RDMA device is not to be seen here, so its \(attribute.name) was not compared")
    }
  }
}
