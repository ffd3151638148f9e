import HostInterface
import Model

extension Owner {
  /// NetworkManager's connections: one with an [sriov] section makes its count whenever it is activated, 0 included.
  static func keyfiles(for pf: PhysicalFunction, on disk: any Disk) -> [Owner] {
    let folders = ["/etc", "/run", "/usr/lib"].map { "\($0)/NetworkManager/system-connections" }
    return disk.configuration(".nmconnection", in: folders).compactMap { file in
      let sections = Section.all(in: file)
      guard let sriov = sections.last(where: { $0.name == "sriov" }) else { return nil }
      let certainty = pf.isMatched(byConnection: sections)
      guard certainty > .no else { return nil }
      let count = sriov["total-vfs"] ?? "0"
      return Owner(
        program: "NetworkManager", place: file.path, setting: "total-vfs=\(count)", count: Int(count),
        isCertain: certainty == .yes)
    }
  }
}

extension PhysicalFunction {
  fileprivate func isMatched(byConnection sections: [Section]) -> Certainty {
    func value(_ section: String, _ key: String) -> String? {
      sections.last { $0.name == section && $0[key] != nil }?[key]
    }
    var certainties: [Certainty] = []
    if let type = value("connection", "type") {
      switch type {
      case "ethernet", "802-3-ethernet": certainties.append(speaks(.ethernet))
      case "infiniband": certainties.append(speaks(.infiniBand))
      default: return .no
      }
    }
    // Then only a person activates it.
    if value("connection", "autoconnect") == "false" { certainties.append(.perhaps) }
    let name = value("connection", "interface-name").map { Certainty($0 == netdev) }
    let path = value("match", "path").map { isInList($0) { Certainty(idPath.matches(glob: $0)) } }
    let named = value("match", "interface-name").map { isInList($0) { Certainty((netdev ?? "").matches(glob: $0)) } }
    let places = [name, path, named].compactMap(\.self)
    // Without a place it is for any device of its type; a MAC is not compared.
    return (certainties + (places.isEmpty ? [.perhaps] : places)).all
  }

  /// NetworkManager's lists: patterns with `;` between them.
  private func isInList(_ list: String, _ certainty: (Substring) -> Certainty) -> Certainty {
    let patterns = list.split(separator: ";").map { $0.drop { $0 == "|" || $0 == "&" } }
    let excluding = patterns.filter { $0.hasPrefix("!") }.map { !certainty($0.dropFirst()) }
    let including = patterns.filter { !$0.hasPrefix("!") }.map(certainty)
    return (excluding + (including.isEmpty ? [] : [including.any])).all
  }
}
