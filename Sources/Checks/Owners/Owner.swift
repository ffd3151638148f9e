package import HostInterface
package import Model
package import SystemPackage

/// Another program that is set up to make VFs on a PF.
package struct Owner: Hashable, Sendable {
  package enum Kind: String, Sendable {
    case systemd, netplan, udev, modprobe, openibd, script
    case networkManager = "NetworkManager"
    case kubernetes = "sriov-network-operator"
  }

  package let kind: Kind
  /// The file that says so.
  package let place: FilePath
  /// What it says there, in its own words.
  package let setting: String
  /// How many VFs it makes, nil where that cannot be told.
  package let count: Int?
  /// Whether it makes them on this PF for sure; it may make them otherwise.
  package let isCertain: Bool
}

extension Owner {
  /// Those that concern `pf`, the certain ones first. What cannot be read is not taken for an owner.
  package static func others(of pf: PhysicalFunction, on host: Host) -> [Owner] {
    let disk = host.disk
    let owners =
      linkFiles(for: pf, on: disk) + netplan(for: pf, on: disk) + keyfiles(for: pf, on: disk)
      + kubernetes(for: pf, on: disk) + udevRules(for: pf, on: disk) + moduleOptions(for: pf, on: disk)
      + scripts(for: pf, on: disk)
    return owners.filter(\.isCertain) + owners.filter { !$0.isCertain }
  }
}

extension Owner: CustomStringConvertible {
  /// `systemd: /etc/systemd/network/10-vf.link (SR-IOVVirtualFunctions=2)`
  package var description: String { "\(isCertain ? "" : "perhaps ")\(kind.rawValue): \(place) (\(setting))" }
}
