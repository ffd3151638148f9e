import HostInterface
import Model
import SystemPackage

/// The netdev of a PF, through which its VFs are reached by netlink.
struct PFLink: Hashable {
  let name: String
  /// Stays as it is when the netdev is renamed.
  let index: Int32
}

extension PCIFunction {
  /// The name of its own netdev, nil while there is none in this network namespace.
  var netdev: String? {
    get throws(FileError) { try files.netdev(below: folder) }
  }

  /// Of an Ethernet PF that has VFs: each has a representor in switchdev mode, and in no other; a switch's id there is in
  /// both (mlx5.md 9). devlink knows the mode itself, but answers no sooner than whoever is making VFs is done. Nil where
  /// it cannot be told.
  var eswitchMode: ESwitchMode? {
    get throws(FileError) {
      try files.lookAgain { () throws(FileError) in
        let roles = try files.netdevs(below: folder).map(\.role)
        if roles.contains(.representor) { return .switchdev }
        try roles.mustBeSettled(below: folder)
        guard roles.allSatisfy(\.isKnown), roles.contains(.own), try !vfIndexes.isEmpty else { return nil }
        return .legacy
      }
    }
  }

  private func netdevLine(_ file: String, of name: String) throws(FileError) -> String {
    try files.readNetdevLine(file, of: name, below: folder)
  }

  /// What its own netdev speaks.
  var linkLayerOfNetdev: LinkLayer? {
    get throws(FileError) {
      try files.lookAgain { () throws(FileError) in
        guard let name = try netdev else { return nil }
        return try files.linkLayer(ofNetdev: name, below: folder)
      }
    }
  }

  /// The address that the firmware gave its netdev. Kernels before 5.6 do not tell it while the netdev has another, as in a
  /// bond.
  func permanentMAC(_ netlink: (any NetlinkSocket)?) throws(FileError) -> MACAddress? {
    if let netlink, let link = try link,
      let address = try? LinkReply.of(link.index, netlink).permanentMAC
    {
      return address
    }
    return try files.lookAgain { () throws(FileError) in
      guard let name = try netdev, try netdevLine("addr_assign_type", of: name) == "0" else { return nil }
      let address = try netdevLine("address", of: name)
      return try? MACAddress(address)
    }
  }

  /// Nil while there is none in this network namespace.
  var link: PFLink? {
    get throws(FileError) {
      try files.lookAgain { () throws(FileError) in
        let netdevs = try files.netdevs(below: folder)
        guard let own = netdevs.first(where: { $0.role == .own }) else {
          try netdevs.map(\.role).mustBeSettled(below: folder)
          // A netdev whose port name cannot be read may be the function's own, so its absence is not proven.
          for case (let name, .unknown(let errno)) in netdevs {
            throw FileError(.read, path("net/\(name)/phys_port_name"), errno)
          }
          return nil
        }
        return Int32(try netdevLine("ifindex", of: own.name)).map { PFLink(name: own.name, index: $0) }
      }
    }
  }
}
