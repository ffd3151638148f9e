import HostInterface
import Model

extension Owner {
  /// systemd's `.link` files: udev applies the first that matches a netdev, and with it its VF count.
  static func linkFiles(for pf: PhysicalFunction, on disk: any Disk) -> [Owner] {
    let folders = ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"].map { "\($0)/systemd/network" }
    var owners: [Owner] = []
    // An empty file masks those of its name.
    for file in disk.configuration(".link", in: folders) where !file.text.isEmpty {
      let files = [file] + disk.configuration(".conf", in: folders.map { "\($0)/\(file.name).d" })
      let certainty = pf.isMatched(by: files.flatMap(Section.all).filter { $0.name == "Match" })
      guard certainty > .no else { continue }
      if let owner = linkFile(files, certainty) { owners.append(owner) }
      if certainty == .yes { break }
    }
    return owners
  }

  /// - Parameter files: The file, then its drop-ins.
  private static func linkFile(_ files: [ConfigurationFile], _ certainty: Certainty) -> Owner? {
    let key = "SR-IOVVirtualFunctions"
    for file in files.reversed() {
      guard let section = Section.all(in: file).last(where: { $0.name == "Link" && $0.keys.contains(key) }) else {
        continue
      }
      guard let text = section[key], let count = Int(text) else { break }
      return Owner(
        program: "systemd", place: file.path, setting: "\(key)=\(text)", count: count, isCertain: certainty == .yes)
    }
    // Without a count there are as many as the sections about single VFs need.
    for file in files.reversed() {
      let vfs = Section.all(in: file).filter { $0.name == "SR-IOV" }
        .compactMap { $0["VirtualFunction"].flatMap { Int($0) } }
      guard let last = vfs.max() else { continue }
      return Owner(
        program: "systemd", place: file.path, setting: "[SR-IOV] VirtualFunction=\(last)", count: last + 1,
        isCertain: certainty == .yes)
    }
    return nil
  }
}

extension PhysicalFunction {
  /// A file that says nothing in its [Match] section is passed over.
  fileprivate func isMatched(by sections: [Section]) -> Certainty {
    let keys = Set(sections.flatMap(\.keys)).filter { key in sections.contains { !$0.list(key).isEmpty } }
    guard !keys.isEmpty else { return .no }
    return keys.map { key in
      let list = sections.flatMap { $0.list(key) }.joined(separator: " ")
      return switch key {
      case "Path": matches(list) { Certainty(idPath.matches(glob: $0)) }
      case "OriginalName": matches(list, isNamed)
      // IPoIB calls it the second.
      case "Driver":
        matches(list) { glob in
          Certainty(["mlx5_core", "mlx5_core[ib_ipoib]"].contains { $0.matches(glob: glob) })
        }
      case "Type":
        matches(list) { type in
          switch type {
          case "ether": speaks(.ethernet)
          case "infiniband": speaks(.infiniBand)
          default: .no
          }
        }
      default: .perhaps
      }
    }.all
  }
}
