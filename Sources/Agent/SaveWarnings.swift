import Checks
import HostInterface
import Mlx5
import Model

extension Observation {
  /// What a reboot could not bring back, or would bring back useless, and the remedy: one line per kind, not per VF.
  ///
  /// - Parameter areGUIDsGenerated: Whether what has no GUID gets one in this save.
  func warnings(areGUIDsGenerated: Bool, on host: Host) -> [String] {
    var lines: [String] = []
    func warn(_ what: String, _ remedy: String, about isConcerned: (VirtualFunction) -> Bool) {
      if let line = sentence("\(what); \(remedy)", of: isConcerned) { lines.append(line) }
    }
    warn(
      "have no GUIDs: their ports stay down after a reboot, as they do now",
      "let them be generated: sriov-persist save --generate-guids; or \(wayToGiveGUIDs)"
    ) { vf in !areGUIDsGenerated && VFAttribute.guids.contains { vf.attributes[$0] == .unset } }
    warn(
      "have no MAC: they get another one each time they are bound, and RDMA connections by IP address fail",
      wayToGiveMACs
    ) { $0.attributes[.mac] == .unset }
    warn(
      "have policy Down: their ports stay down",
      "run: \(commandToFollow); then save again"
    ) { $0.attributes[.policy] == .value(.policy(.down)) }
    warn("have attributes that cannot be read and are not saved", "see: journalctl -k -g mlx5") { vf in
      vf.attributes.values.contains { if case .unreadable = $0 { true } else { false } }
    }
    warn(
      "were bound before they were given their saved \(pf.linkLayer == .ethernet ? "MAC" : "GUIDs")",
      "until they are bound anew, which a restore does, they have another"
    ) { $0.hasOtherIdentity }
    warn("have no driver and will have none after a restore", "bind them if that is a mistake; then save again") {
      $0.driver == nil
    }
    if let attributesHidden, !vfs.isEmpty {
      let guids = pf.linkLayer == .ethernet ? " is" : " and the GUIDs that VFs show are"
      lines.append("\(pf): only the VF count\(guids) saved: \(attributesHidden)")
    } else {
      lines += unseen(areGUIDsGenerated: areGUIDsGenerated)
      if pf.linkLayer == .ethernet && eswitchMode == nil && !vfs.isEmpty {
        lines.append(
          "\(pf): it cannot be told whether it is in switchdev mode, in which most attributes are its representors'; "
            + "see: devlink dev eswitch show pci/\(pf.pciAddress)")
      }
    }
    lines += Owner.others(of: pf, on: host).map {
      "\(pf): others are set up to make VFs here: \($0); let one of the two do it"
    }
    return lines + unsavedSettings(host.files)
  }

  /// What could not be seen of VFs and so is not saved, one line for each attribute and reason. What switchdev mode hides is
  /// not ours to save.
  private func unseen(areGUIDsGenerated: Bool) -> [String] {
    VFAttribute.allCases.filter { $0.isSettable(in: eswitchMode) }.flatMap { attribute in
      let reasons = vfs.map { vf -> String? in
        if areGUIDsGenerated, attribute.isGUID, case .invalid? = vf.attributes[attribute] { return nil }
        return vf.attributes[attribute]?.whyNotSaved
      }
      return Set(reasons.compactMap(\.self)).sorted().compactMap { reason in
        sentence("are saved without \(attribute.name): \(reason)") { $0.attributes[attribute]?.whyNotSaved == reason }
      }
    }
  }
}

extension Reading {
  /// Of what was read and is no value, or cannot be read here. What is unset, or failed to be read, has warnings of its own.
  fileprivate var whyNotSaved: String? {
    switch self {
    case .invalid(let why), .notVisible(let why): why
    case .value, .unset, .unreadable: nil
    }
  }
}

extension Adapter {
  /// A line where VFs have settings that the network plugin gave their containers, or that a person gave them, and that are
  /// not saved.
  func settingsLeftOut(of observations: [Observation]) -> String? {
    guard givesVFsToContainers, let found = observations.first(where: { $0.pf.pciAddress == pf.pciAddress }) else {
      return nil
    }
    let isLeftOut = found.vfs.contains { vf in
      vfs.contains { $0.index == vf.index && mayBeOfContainer($0) }
        && VFAttribute.ofContainers.contains { attribute in
          if case .value(let value)? = vf.attributes[attribute] {
            value != attribute.valueBeforeContainers
          } else {
            false
          }
        }
    }
    guard isLeftOut else { return nil }
    return
      "\(pf): VLAN, spoof check and trust of its VFs are not saved: the network plugin sets them for each container"
  }
}
