import HostInterface
import Model
import SystemPackage

extension Owner {
  /// netplan: an Ethernet definition with a VF count, or one that others name as theirs (`link:`).
  static func netplan(for pf: PhysicalFunction, on disk: any Disk) -> [Owner] {
    let folders = ["/run", "/etc", "/lib"].map { "\($0)/netplan" }
    let definitions = NetplanDefinition.all(in: disk.configuration(".yaml", in: folders))
    let owners = definitions.compactMap { definition -> Owner? in
      let vfs = definitions.filter { $0.values["link"] == definition.id }.count
      let count = definition.values["virtual-function-count"]
      let certainty = pf.isMatched(by: definition)
      guard certainty > .no, count != nil || vfs > 0 else { return nil }
      return Owner(
        kind: .netplan, place: definition.file.path,
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
    return [Owner(kind: .netplan, place: unit.path, setting: line, count: nil, isCertain: true)]
  }
}

/// One interface below `ethernets:`, of all files together: netplan merges them in the order of their names.
private struct NetplanDefinition {
  let id: String
  /// The last file that speaks of it.
  var file: ConfigurationFile
  /// By key, `match/name` below `match`.
  var values: [String: String] = [:]

  /// A scan of lines and their indentation. What is written in braces is not seen: no owner is better than a wrong one.
  static func all(in files: [ConfigurationFile]) -> [NetplanDefinition] {
    var definitions: [NetplanDefinition] = []
    for file in files {
      var place: [(indent: Int, key: String)] = []
      for line in file.text.split(whereSeparator: \.isNewline) {
        let text = line.trimmed
        guard !text.isEmpty, !text.hasPrefix("#"), let colon = text.firstIndex(of: ":") else { continue }
        let indent = line.prefix { $0 == " " }.count
        place.removeAll { $0.indent >= indent }
        place.append((indent, text[..<colon].unquoted))
        let keys = place.map(\.key)
        guard keys.count >= 3, keys[..<2] == ["network", "ethernets"] else { continue }
        let index = definitions.firstIndex { $0.id == keys[2] } ?? definitions.count
        if index == definitions.count { definitions.append(NetplanDefinition(id: keys[2], file: file)) }
        guard keys.count > 3 else { continue }
        let value = text[text.index(after: colon)...].split(separator: " #", maxSplits: 1).first ?? ""
        definitions[index].file = file
        definitions[index].values[keys[3...].joined(separator: "/")] = value.unquoted
      }
    }
    return definitions
  }
}

extension StringProtocol {
  /// Without white space and quotes around it.
  var unquoted: String {
    let text = trimmed
    guard text.count > 1, let quote = text.first, "\"'".contains(quote), text.last == quote else { return text }
    return String(text.dropFirst().dropLast())
  }
}

extension PhysicalFunction {
  fileprivate func isMatched(by definition: NetplanDefinition) -> Certainty {
    let name = definition.values["set-name"]
    let keys = definition.values.keys.filter { $0.hasPrefix("match") }
    guard !keys.isEmpty else { return Certainty(definition.id == netdev) }
    if let name { return Certainty(name == netdev) }
    return keys.map { key in
      let value = definition.values[key] ?? ""
      return switch key {
      // What stands in braces is not read.
      case "match": value.isEmpty ? .yes : .perhaps
      case "match/name": isNamed(value)
      case "match/driver": value.isEmpty ? .perhaps : Certainty("mlx5_core".matches(glob: value))
      default: .perhaps
      }
    }.all
  }
}
