package import Model

/// How a host differs from what a snapshot has. The only place where the two are compared.
package struct Drift: Equatable, Sendable {
  /// In the order in which they are repaired: the PF, then each VF.
  package var differences: [Difference] = []
  /// What could not be compared. Never a reason to write.
  package var notVisible: [NotVisible] = []
  /// What differs and is not ours to repair, in words.
  package private(set) var notes: [String] = []
  /// What containers that are gone left on VFs that the network plugin gives to others: no difference, but to be taken
  /// back before it can give them out.
  package private(set) var leftByContainers: [LeftByContainer] = []
  package let wanted: Adapter
  /// GUIDs that are saved as one VF's and are another's now.
  package private(set) var clashes: [GUIDClash] = []

  package var isEmpty: Bool { differences.isEmpty }

  /// Whether nothing differs, and nothing failed to be read.
  package var isAsSaved: Bool { differences.isEmpty && notVisible.unread.isEmpty }

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
    let foundVFs = Dictionary(found.vfs.map { ($0.index, $0) }) { first, _ in first }
    for vf in wanted.vfs {
      compare(vf, with: foundVFs[vf.index], on: found)
    }
    findClashes(found)
    if wanted.givesVFsToContainers {
      notes.append(
        "VLAN, spoof check and trust of its VFs are the network plugin's, which sets them for each container")
    }
    if let mode = wanted.eswitchMode, let found = found.eswitchMode, mode != found {
      notes.append("eswitch mode is \(found.rawValue), saved \(mode.rawValue): it is for devlink to set")
    }
  }

  /// Two functions with one GUID break the subnet, whatever each of them is by itself.
  private mutating func findClashes(_ found: Observation) {
    let saved = Dictionary(wanted.vfs.map { ($0.index, $0.attributes) }) { first, _ in first }
    var havers: [VFValue: [(vf: Int, attribute: VFAttribute)]] = [:]
    for vf in found.vfs {
      for attribute in VFAttribute.guids {
        guard case .value(let value)? = vf.attributes[attribute] else { continue }
        havers[value, default: []].append((vf.index, attribute))
      }
    }
    for vf in wanted.vfs {
      for attribute in VFAttribute.guids {
        guard let value = vf.attributes[attribute] else { continue }
        for other in havers[value] ?? [] where other.vf != vf.index {
          clashes.append(
            GUIDClash(
              attribute: attribute, value: value, vf: vf.index, other: other.vf,
              isOthersSaved: saved[other.vf]?[other.attribute] != nil))
        }
      }
    }
    // One of whom a GUID is saved differs from that, and is told so anyway.
    for clash in clashes where !clash.isOthersSaved {
      differences.append(.shared(clash.attribute, vf: clash.vf, value: clash.value, with: clash.other))
    }
  }

  private mutating func compare(_ wanted: SavedVF, with found: VirtualFunction?, on observation: Observation) {
    if self.wanted.mayBeOfContainer(wanted), let found, found.holder == nil {
      for attribute in VFAttribute.ofContainers {
        guard case .value(let value)? = found.attributes[attribute], let before = attribute.valueBeforeContainers,
          value != before
        else { continue }
        leftByContainers.append(LeftByContainer(attribute: attribute, vf: wanted.index, value: before))
      }
    }
    for attribute in VFAttribute.allCases {
      guard let value = wanted.attributes[attribute] else { continue }
      switch found.map({ $0.attributes[attribute] ?? .unreadable("nothing tells it") }) {
      case .notVisible(let reason)?:
        notVisible.append(NotVisible(vf: wanted.index, attribute: attribute, reason: reason))
      case .unreadable(let reason)?:
        notVisible.append(NotVisible(vf: wanted.index, attribute: attribute, reason: reason, isFailure: true))
      case let reading where reading != .value(value):
        differences.append(.attribute(attribute, vf: wanted.index, wanted: value, found: reading))
      default: break
      }
      if case .unreadable(let reason)? = found?.probed[attribute] {
        notVisible.append(NotVisible(vf: wanted.index, attribute: nil, reason: reason, isFailure: true))
      } else if let probed = found?.probed[attribute], !probed.allows(value) {
        differences.append(.probed(attribute, vf: wanted.index, wanted: value, found: probed))
      }
    }
    if wanted.driver != found?.driver {
      differences.append(.driver(vf: wanted.index, wanted: wanted.driver, found: found?.driver))
    } else if let found, wanted.attributes.keys.contains(where: \.isIdentity) {
      compareMissingDevice(of: found, on: observation)
    }
  }

  /// What the VF's own RDMA device took over is not compared where there is no such device.
  private mutating func compareMissingDevice(of found: VirtualFunction, on observation: Observation) {
    if found.missingDevice == .coming {
      let reason = "its driver has not made its RDMA device yet"
      notVisible.append(NotVisible(vf: found.index, attribute: nil, reason: reason, isFailure: true))
    } else if found.probed.isEmpty && observation.pf.rdmaDevice != nil {
      let reason = found.holder ?? (found.driver == nil ? "it has no driver" : "it has no RDMA device here")
      notVisible.append(NotVisible(vf: found.index, attribute: nil, reason: reason))
    }
  }
}

/// A setting that a free VF has of its last container.
package struct LeftByContainer: Hashable, Sendable {
  package let attribute: VFAttribute
  package let vf: Int
  /// What a new VF has.
  package let value: VFValue
}

/// A GUID that is to be one VF's, and that another one has.
package struct GUIDClash: Hashable, Sendable {
  package let attribute: VFAttribute
  package let value: VFValue
  package let vf: Int
  package let other: Int
  /// Whether another GUID is saved as the other's, which it may get.
  package let isOthersSaved: Bool
}
