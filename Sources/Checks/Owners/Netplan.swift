import HostInterface
import Model
import SystemPackage
import YAML

extension Owner {
  /// netplan: an Ethernet definition with a VF count, or one that others name as theirs (`link:`).
  static func netplan(for pf: PhysicalFunction, on disk: any Disk) -> [Owner] {
    let folders = ["/run", "/etc", "/lib"].map { "\($0)/netplan" }
    let definitions = NetplanDefinition.all(in: disk.configuration(".yaml", in: folders))
    let owners = definitions.compactMap { definition -> Owner? in
      let vfs = definitions.filter { $0["link"]?.text == definition.id }.count
      let count = definition["virtual-function-count"]?.text
      let certainty = pf.isMatched(by: definition)
      guard certainty > .no, count != nil || vfs > 0 else { return nil }
      return Owner(
        program: "netplan", place: definition.file.path,
        setting: "\(definition.id): \(count.map { "virtual-function-count: \($0)" } ?? "link of \(vfs.of("VF"))")",
        count: count.map { Int($0) } ?? vfs, isCertain: certainty == .yes)
    }
    return owners.isEmpty ? netplanUnit(for: pf, on: disk) : owners
  }

  /// What netplan made of its files at boot, for those that were not understood here.
  private static func netplanUnit(for pf: PhysicalFunction, on disk: any Disk) -> [Owner] {
    guard let netdev = pf.netdev, let unit = disk.configuration(at: "/run/systemd/system/netplan-sriov-apply.service")
    else { return [] }
    let line = "After=sys-subsystem-net-devices-\(netdev).device"
    guard unit.lines().contains(line) else { return [] }
    return [Owner(program: "netplan", place: unit.path, setting: line, count: nil, isCertain: true)]
  }
}

/// One interface below `ethernets:`, of all files together: netplan merges them in the order of their names.
private struct NetplanDefinition {
  let id: String
  /// The last file that speaks of it.
  var file: ConfigurationFile
  private var values: [String: YAML] = [:]

  subscript(key: String) -> YAML? { values[key] }

  static func all(in files: [ConfigurationFile]) -> [NetplanDefinition] {
    var definitions: [NetplanDefinition] = []
    for file in files {
      let ethernets = YAML(parsing: file.text)?["network"]?["ethernets"]
      for id in (ethernets?.keys ?? []).sorted() {
        let index = definitions.firstIndex { $0.id == id } ?? definitions.count
        if index == definitions.count { definitions.append(NetplanDefinition(id: id, file: file)) }
        definitions[index].file = file
        for key in ethernets?[id]?.keys ?? [] { definitions[index].values[key] = ethernets?[id]?[key] }
      }
    }
    return definitions
  }

  private init(id: String, file: ConfigurationFile) { (self.id, self.file) = (id, file) }
}

extension PhysicalFunction {
  /// By `match`, and where there is none by its name. What `set-name` gives it is its name once that was done.
  fileprivate func isMatched(by definition: NetplanDefinition) -> Certainty {
    guard let match = definition["match"] else { return Certainty(definition.id == netdev) }
    if let name = definition["set-name"]?.text { return Certainty(name == netdev) }
    return match.keys.map { key in
      switch key {
      case "name": match[key]?.text.map(isNamed) ?? .perhaps
      // One pattern or a list of them.
      case "driver": ([match[key]] + (match[key]?.items ?? [])).compactMap { $0?.text }.map(isDriver).any
      // A MAC is not compared.
      default: .perhaps
      }
    }.all
  }

  private func isDriver(_ pattern: String) -> Certainty { Certainty("mlx5_core".matches(glob: pattern)) }
}
