import HostInterface
import Model
import SystemPackage
import YAML

/// A YAML file in which a program that runs at boot is told how many VFs a netdev has.
private struct DeclaredCount {
  let program: String
  let path: FilePath
  let key: String
  let netdev: String
  let count: String

  static func all(on disk: any Disk) -> [DeclaredCount] {
    netplanShim(on: disk) + osNetConfig(on: disk) + nmstate(on: disk)
  }

  /// `interfaces: {ens1: {num_vfs: 4}}`.
  private static func netplanShim(on disk: any Disk) -> [DeclaredCount] {
    files("/etc/sriov-netplan-shim/interfaces.yaml", on: disk).flatMap { path, yaml in
      (yaml["interfaces"]?.keys ?? []).sorted().compactMap { name in
        (yaml["interfaces"]?[name]?["num_vfs"]?.text).map {
          DeclaredCount(program: "sriov-netplan-shim", path: path, key: "num_vfs", netdev: name, count: $0)
        }
      }
    }
  }

  /// OpenStack's: `- {device_type: pf, name: ens1, numvfs: 4}`.
  private static func osNetConfig(on disk: any Disk) -> [DeclaredCount] {
    ["/etc", "/var/lib"].flatMap { files("\($0)/os-net-config/sriov_config.yaml", on: disk) }.flatMap { path, yaml in
      yaml.items.compactMap { item in
        guard let name = item["name"]?.text, let count = item["numvfs"]?.text else { return nil }
        return DeclaredCount(program: "os-net-config", path: path, key: "numvfs", netdev: name, count: count)
      }
    }
  }

  /// `interfaces: [{name: ens1, ethernet: {sr-iov: {total-vfs: 4}}}]`. Once applied NetworkManager has it.
  private static func nmstate(on disk: any Disk) -> [DeclaredCount] {
    files("/etc/nmstate/*.yml", on: disk).flatMap { path, yaml in
      (yaml["interfaces"] ?? yaml["desiredState"]?["interfaces"])?.items.compactMap { item in
        guard let name = item["name"]?.text, let count = item["ethernet"]?["sr-iov"]?["total-vfs"]?.text else {
          return nil
        }
        return DeclaredCount(program: "nmstate", path: path, key: "total-vfs", netdev: name, count: count)
      } ?? []
    }
  }

  private static func files(_ pattern: String, on disk: any Disk) -> [(FilePath, YAML)] {
    disk.configuration(matching: [pattern]).compactMap { file in YAML(parsing: file.text).map { (file.path, $0) } }
  }
}

extension Owner {
  /// Files in which other programs than netplan are told a count for each netdev.
  static func declarations(for pf: PhysicalFunction, on disk: any Disk) -> [Owner] {
    DeclaredCount.all(on: disk).compactMap { declared in
      let certainty = pf.isNamed(declared.netdev)
      guard certainty > .no else { return nil }
      return Owner(
        program: declared.program, place: declared.path,
        setting: "\(declared.netdev): \(declared.key): \(declared.count)", count: Int(declared.count),
        isCertain: certainty == .yes)
    }
  }
}
