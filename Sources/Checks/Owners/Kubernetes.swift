import FoundationEssentials
import HostInterface
import Model
import SystemPackage

extension Owner {
  /// The sriov-network-operator keeps what it applied to each PF on the host, and leaves it there when it goes. Without
  /// its service only a cluster may still apply it.
  static func kubernetes(for pf: PhysicalFunction, on disk: any Disk) -> [Owner] {
    let path = FilePath("/etc/sriov-operator/pci/\(pf.pciAddress)")
    guard let file = disk.configuration(at: path),
      let applied = try? JSONDecoder().decode(AppliedInterface.self, from: Data(file.text.utf8)),
      // Then somebody else makes the VFs, and it only hands them out.
      applied.externallyManaged != true
    else { return [] }
    let count = applied.numVfs ?? 0
    return [
      Owner(
        program: "sriov-network-operator", place: path, setting: "numVfs: \(count)", count: count,
        isCertain: UnitGraph(on: disk).started.contains("sriov-config.service"))
    ]
  }
}

private struct AppliedInterface: Decodable {
  let numVfs: Int?
  let externallyManaged: Bool?
}
