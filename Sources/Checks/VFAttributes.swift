import Fabric
import HostInterface
import Mlx5
import Model

/// Policy and identity of each VF. A new VF of an InfiniBand PF has policy Down and no GUIDs: its port stays down.
extension Finding {
  static func vfAttributes(_ survey: Survey) -> [Finding] {
    let shared = SharedIdentity.all(in: survey.pfs.map(\.family))
    return survey.pfs.flatMap { pf in
      let isEthernet = pf.pf.linkLayer == .ethernet
      let ofPolicy = pf.vfs(.vfPolicy) { $0.vfs.isEmpty ? [] : [policies(of: $0)] }
      let ofIdentity = pf.vfs(isEthernet ? .vfMACs : .vfGUIDs) { found in
        guard !found.vfs.isEmpty else { return [] }
        let shared = shared.first { $0.pf == pf.address }
        return [isEthernet ? macs(of: found, shared) : guids(of: found, shared, survey.host)]
      }
      return ofPolicy + ofIdentity
    }
  }

  private static func policies(of found: Observation) -> Finding {
    let id = ID.vfPolicy
    let pf = found.pf.pciAddress
    guard VFAttribute.policy.isSettable(in: found.eswitchMode) else {
      return id.ok(pf, "the PF is in switchdev mode: each VF's link is its representor's to set")
    }
    let down = found.indexes { $0.attributes[.policy] == .value(.policy(.down)) }
    if !down.isEmpty {
      return id.problem(
        pf, "\(down.asVFs): Down: \(down.count == 1 ? "its port stays" : "their ports stay") down",
        remedy: "run: "
          + (down.count == 1
            ? found.commandToFollow.replacing("<n>", with: "\(down[0])")
            : "for n in \(down.map(String.init).joined(separator: " ")); do "
              + "\(found.commandToFollow.replacing("<n>", with: "$n")); done"))
    }
    if let unclear = found.unclear([.policy], id) { return unclear }
    let policies = Set(found.vfs.compactMap { $0.attributes[.policy]?.description }).sorted()
    return id.ok(pf, "\(found.vfs.map(\.index).asVFs): \(policies.joined(separator: ", "))")
  }

  /// The guide sets none. Without, a port that is seen to be down will stay so; others have theirs from somebody else.
  private static func guids(of found: Observation, _ shared: SharedIdentity?, _ host: Host) -> Finding {
    let id = ID.vfGUIDs
    let pf = found.pf.pciAddress
    if let invalid = found.invalid(VFAttribute.guids, id) { return invalid }
    let unset = found.indexes { vf in VFAttribute.guids.contains { vf.attributes[$0] == .unset } }
    let remedy =
      "let them be made: sriov-persist save --generate-guids; then: sriov-persist restore; or " + found.wayToGiveGUIDs
    let down = unset.filter { vf in
      guard case .port(let port) = PortFiles(ofVF: vf, of: pf, files: host.files).read() else { return false }
      return port.state != .active
    }
    if !down.isEmpty {
      return id.problem(
        pf, "\(down.asVFs): no GUIDs of \(down.count == 1 ? "its" : "their") own: ports stay down", remedy: remedy)
    }
    if let shared {
      return id.problem(pf, "\(shared): the subnet cannot tell them apart", remedy: found.wayToGiveGUIDs)
    }
    if let ignored = found.ignoredGUIDs(id) { return ignored }
    if let other = found.otherIdentity(id) { return other }
    if !unset.isEmpty {
      return id.warning(
        pf, "\(unset.asVFs): no GUIDs were set, though no port of them is seen down: after a boot they may be others",
        remedy: remedy)
    }
    return found.unclear(VFAttribute.guids, id) ?? id.ok(pf, "each VF has its own")
  }

  private static func macs(of found: Observation, _ shared: SharedIdentity?) -> Finding {
    let id = ID.vfMACs
    let pf = found.pf.pciAddress
    if let invalid = found.invalid([.mac], id) { return invalid }
    if let shared {
      return id.problem(pf, "\(shared): the PF's switch cannot tell them apart", remedy: found.wayToGiveMACs)
    }
    if let other = found.otherIdentity(id) { return other }
    let unset = found.indexes { $0.attributes[.mac] == .unset }
    if !unset.isEmpty {
      return id.warning(
        pf, "\(unset.asVFs): no MAC was set: another one each time the VF is bound, and RDMA by IP address fails",
        remedy: found.wayToGiveMACs)
    }
    return found.unclear([.mac], id) ?? id.ok(pf, "each VF has its own")
  }
}

extension Observation {
  fileprivate func indexes(where isConcerned: (VirtualFunction) -> Bool) -> [Int] {
    vfs.filter(isConcerned).map(\.index)
  }

  /// Nil where all of these could be read.
  fileprivate func unclear(_ attributes: [VFAttribute], _ id: Finding.ID) -> Finding? {
    for vf in vfs {
      for attribute in attributes {
        switch vf.attributes[attribute] {
        case .unreadable(let why)?:
          return id.problem(
            pf.pciAddress, "VF \(vf.index): the \(attribute.name) cannot be read: \(why)",
            remedy: "the VF may be dead; see: journalctl -k -g mlx5")
        case .notVisible(let why)?:
          return id.unknown(
            pf.pciAddress, "VF \(vf.index): the \(attribute.name) is not to be seen: \(why)",
            remedy: pf.netdev == nil ? "is the PF's netdev there? see: netdev" : "look at the VF where it is used")
        case nil:
          return id.unknown(
            pf.pciAddress, "VF \(vf.index): nothing tells the \(attribute.name)", remedy: "see: journalctl -k -g mlx5")
        case .value?, .unset?, .invalid?: continue
        }
      }
    }
    return nil
  }

  fileprivate func invalid(_ attributes: [VFAttribute], _ id: Finding.ID) -> Finding? {
    for vf in vfs {
      for attribute in attributes {
        guard case .invalid(let why)? = vf.attributes[attribute] else { continue }
        return id.problem(
          pf.pciAddress, "VF \(vf.index): the \(attribute.name): \(why)",
          remedy: attribute == .mac ? wayToGiveMACs : wayToGiveGUIDs)
      }
    }
    return nil
  }

  /// By netlink it cannot be told whether a VF without GUIDs was bound too early, or the firmware ignored them: the driver
  /// says back what it was told (mlx5.md 15).
  fileprivate func ignoredGUIDs(_ id: Finding.ID) -> Finding? {
    let ignored = indexes { vf in
      VFAttribute.guids.contains { attribute in
        if case .value? = vf.attributes[attribute] { vf.probed[attribute] == .unset } else { false }
      }
    }
    guard netlinkNetdev != nil, !ignored.isEmpty else { return nil }
    return id.problem(
      pf.pciAddress, "\(ignored.asVFs): no GUID in the VF's own RDMA device, although one was set through the PF",
      remedy: "run: sriov-persist restore; if that does not help, the firmware ignores GUIDs: journalctl -k -g mlx5")
  }

  /// Nil where each VF that shows who it is has what the PF has for it.
  fileprivate func otherIdentity(_ id: Finding.ID) -> Finding? {
    let others = vfs.filter(\.hasOtherIdentity)
    guard !others.isEmpty else { return nil }
    let (whose, what) = (others.count == 1 ? "its" : "their", pf.linkLayer == .ethernet ? "MAC" : "GUIDs")
    return id.problem(
      pf.pciAddress, "\(others.map(\.index).asVFs): bound before \(whose) \(what) came: others are in use",
      remedy: "once nobody uses \(others.count == 1 ? "it" : "them"), \(commandToBind(others, anew: true))")
  }
}

extension SurveyedPF {
  fileprivate var family: Family {
    let vfs = (try? observation.get())?.vfs ?? []
    return Family(
      pf,
      vfs: vfs.map { vf in
        let values = VFAttribute.identity.compactMap { attribute -> VFValue? in
          if case .value(let value)? = vf.attributes[attribute] { value } else { nil }
        }
        return (vf.index, values)
      })
  }
}
