import Checks
import HostInterface
import Mlx5
import Model

extension Observation {
  /// What a reboot could not bring back, or would bring back useless, and the remedy: one line per kind, not per VF.
  ///
  /// - Parameters:
  ///   - areGUIDsGenerated: Whether what has no GUID gets one in this save.
  ///   - writes: All writes of VF counts on this host.
  func warnings(areGUIDsGenerated: Bool, beside writes: [BootWrite], on host: Host) -> [String] {
    var lines: [String] = []
    func warn(_ what: String, _ remedy: String, about isConcerned: (VirtualFunction) -> Bool) {
      if let line = sentence("\(what); \(remedy)", of: isConcerned) { lines.append(line) }
    }
    warn(
      "have no GUIDs: a port without a GUID is down, and stays down after a restore",
      "let them be generated: sriov-persist save --generate-guids; or \(wayToGiveGUIDs)"
    ) { vf in !areGUIDsGenerated && VFAttribute.guids.contains { vf.attributes[$0] == .unset } }
    warn(
      "have no MAC: each bind makes a new one, and RDMA connections by IP address fail",
      wayToGiveMACs
    ) { $0.attributes[.mac] == .unset }
    warn(
      "have policy Down: a port with this policy stays down",
      "run: \(commandToFollow); then save again"
    ) { $0.attributes[.policy] == .value(.policy(.down)) }
    warn(
      "were bound before the saved \(pf.linkLayer == .ethernet ? "MAC was" : "GUIDs were") set, and still use others",
      "a restore binds such VFs again"
    ) { $0.hasOtherIdentity }
    warn("have no driver, also after a restore", "if that is a mistake, bind each VF that needs one; then save again") {
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
    lines += Owner.others(of: pf, on: host.disk, writes).map {
      "\(pf): \($0.warning); configure only one of them to"
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
  /// Of what was read and is no value, or cannot be read. What is unset has a warning of its own.
  fileprivate var whyNotSaved: String? {
    switch self {
    case .invalid(let why), .notVisible(let why), .unreadable(let why): why
    case .value, .unset: nil
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
