import HostInterface
import Mlx5
import Model
import SystemPackage

/// Whether NetworkManager or systemd-networkd has VFs' netdevs: each would try DHCP on it, and a container cannot have a
/// netdev that somebody else sets up. Told by what they keep of each link in /run.
extension Finding {
  static func vfNetdevs(_ survey: Survey) -> [Finding] {
    survey.pfs.flatMap { pf in
      pf.vfs(.vfNetdevs) { found in
        guard !found.vfs.isEmpty else { return [] }
        let links = found.vfs.compactMap { VFLink(of: $0, on: survey.host) }
        let managed = NetdevManager.allCases.compactMap { manager -> Finding? in
          let names = links.filter { manager.manages($0.index, on: survey.host.disk) }.map(\.name)
          guard !names.isEmpty else { return nil }
          return ID.vfNetdevs.warning(
            pf.address, "\(manager.rawValue) manages \(names.joined(separator: ", "))", remedy: manager.remedy)
        }
        if !managed.isEmpty { return managed }
        return [ID.vfNetdevs.ok(pf.address, "neither NetworkManager nor systemd-networkd manages VFs' netdevs")]
      }
    }
  }
}

/// A VF's netdev in this network namespace.
private struct VFLink {
  let name: String
  let index: Int

  init?(of vf: VirtualFunction, on host: Host) {
    let folder = FilePath("/sys/bus/pci/devices/\(vf.pciAddress)")
    guard let name = try? host.files.netdev(below: folder),
      let index = (try? host.files.readLine(FilePath("\(folder)/net/\(name)/ifindex"))).flatMap({ Int($0) })
    else { return nil }
    self.name = name
    self.index = index
  }
}

private enum NetdevManager: String, CaseIterable {
  case networkManager = "NetworkManager"
  case networkd = "systemd-networkd"

  /// - Parameter index: The link's, in this boot.
  func manages(_ index: Int, on disk: any Disk) -> Bool {
    let words: [Substring]
    switch self {
    case .networkManager: words = Self.words(FilePath("/run/NetworkManager/devices/\(index)"), disk)
    case .networkd: words = Self.words(FilePath("/run/systemd/netif/links/\(index)"), disk)
    }
    return switch self {
    case .networkManager: words.contains("managed=true")
    // A link for which it has no file is *unmanaged*; one that it has not looked at yet, *pending* or *initialized*.
    case .networkd: ["configuring", "configured", "failed"].contains { words.contains("ADMIN_STATE=\($0)") }
    }
  }

  private static func words(_ path: FilePath, _ disk: any Disk) -> [Substring] {
    ((try? disk.read(path).contents) ?? "").split(whereSeparator: \.isWhitespace)
  }

  /// By what a VF is, and not by its name, which moves between boots: docs/running-with.md.
  var remedy: String {
    let examples = "/usr/share/doc/sriov-persist/examples"
    let marked =
      "run: cp \(examples)/92-sriov-persist-vfs.rules /etc/udev/rules.d/; udevadm control --reload; "
      + "udevadm trigger --settle --subsystem-match=net --action=change"
    return switch self {
    case .networkManager: "leave them alone; \(marked)"
    case .networkd:
      "leave them alone; \(marked); cp \(examples)/05-sriov-persist-vfs.network /etc/systemd/network/; networkctl reload"
    }
  }
}
