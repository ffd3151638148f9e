package import HostInterface
package import Model
import SystemPackage

extension Observation {
  /// What the PF and its VFs show that is not as by default, and that a snapshot does not hold: one line for people per
  /// kind. What cannot be read is passed over.
  package func unsavedSettings(_ files: any FileTree) -> [String] {
    let function = PCIFunction(address: pf.pciAddress, files: files)
    var lines: [String] = []
    func tell(_ what: String, of isConcerned: (VirtualFunction) -> Bool) {
      if let line = sentence(what, of: isConcerned) { lines.append(line) }
    }
    let configs = Dictionary(
      uniqueKeysWithValues: vfs.map { ($0.index, (try? function.config(ofVF: $0.index)) ?? [:]) })
    tell("have a VLAN trunk (VGT+): it is not saved") { vf in
      configs[vf.index]?["VGT+"] == "ON" || function.line("trunk", ofVF: vf.index).map { !$0.isEmpty } ?? false
    }
    tell("are in a rate group: that is not saved") { (Int(configs[$0.index]?["RateGroup"] ?? "") ?? 0) != 0 }
    tell("have flow meters: they are not saved") { function.hasMeters(vf: $0.index) }
    tell("have a node GUID that is not made from the MAC: it is not saved") { vf in
      pf.linkLayer == .ethernet && function.hasNodeGUID(ofVF: vf.index, otherThanOf: vf.attributes[.mac])
    }
    let bound = vfs.filter { $0.driver == VirtualFunction.ownDriver }
    let vectors = Dictionary(
      uniqueKeysWithValues: bound.map { ($0.index, PCIFunction(address: $0.pciAddress, files: files).vectors) })
    if let usual = Array(vectors.values).mostFrequent {
      tell("have another number of MSI-X vectors than the others (\(usual)): it is not saved") {
        vectors[$0.index].map { $0 != usual } ?? false
      }
    }
    tell(
      "have P_Keys of their own: they are not saved; the subnet manager gives them to port GUIDs, and so again once those are restored"
    ) { $0.driver == VirtualFunction.ownDriver && PCIFunction(address: $0.pciAddress, files: files).hasOwnPKeys }
    let subFunctions = ((try? files.list(function.folder)) ?? []).filter { $0.hasPrefix("mlx5_core.sf.") }
    if !subFunctions.isEmpty { lines.append("\(pf): \(subFunctions.count.of("sub-function")): not saved") }
    return lines
  }
}

extension PCIFunction {
  fileprivate func line(_ name: String, ofVF index: Int) -> String? { try? readLine("sriov/\(index)/\(name)") }

  fileprivate func hasMeters(vf index: Int) -> Bool {
    ["rx/bps", "rx/pps", "tx/bps", "tx/pps"].contains { meter in
      line("meters/\(meter)/rate", ofVF: index).flatMap { Int($0) }.map { $0 != 0 } ?? false
    }
  }

  /// Somebody wrote it to `node`, which a MAC written later overwrites (mlx5.md 5.4).
  fileprivate func hasNodeGUID(ofVF index: Int, otherThanOf mac: Reading?) -> Bool {
    guard let text = line("node", ofVF: index), let guid = try? GUID(text) else { return false }
    switch mac {
    case .value(let value): return MACAddress(ofNodeGUID: guid.value).map(VFValue.mac) != value
    case .unset: return true
    default: return false
    }
  }

  /// How many MSI-X vectors the driver of the VF has.
  fileprivate var vectors: Int { (try? files.list(path("msi_irqs")))?.count ?? 0 }

  /// Whether the port is in a partition other than the default one. Only the first entries are looked at: a subnet manager
  /// fills the table from its front, and each read asks the firmware.
  fileprivate var hasOwnPKeys: Bool {
    guard let device = try? rdmaDevice else { return false }
    return (0..<8).contains { index in
      guard let key = try? rdmaLine("ports/1/pkeys/\(index)", of: device) else { return false }
      // Full and limited membership of the default partition; zero is an empty entry.
      return key != "0x0000" && (index > 0 || key != "0xffff" && key != "0x7fff")
    }
  }
}

extension [Int] {
  /// The smallest of them where several are.
  fileprivate var mostFrequent: Int? {
    Dictionary(grouping: self) { $0 }.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }?.key
  }
}
