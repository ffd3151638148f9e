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

  /// Of an Ethernet PF: a switch has an id in switchdev mode only. devlink knows the mode itself, but answers no sooner
  /// than whoever is making VFs is done. Nil while there is no netdev.
  var eswitchMode: ESwitchMode? {
    get throws(FileError) {
      guard let name = try netdev else { return nil }
      return (try? readLine("net/\(name)/phys_switch_id"))?.isEmpty == false ? .switchdev : .legacy
    }
  }

  /// The address that the firmware gave its netdev. Not told while it has another, as in a bond.
  var permanentMAC: MACAddress? {
    get throws(FileError) {
      guard let name = try netdev, (try? readLine("net/\(name)/addr_assign_type")) == "0" else { return nil }
      return (try? readLine("net/\(name)/address")).flatMap { try? MACAddress($0) }
    }
  }

  /// Nil while there is none in this network namespace. Like an RDMA device, it may be renamed while it is looked for.
  var link: PFLink? {
    get throws(FileError) {
      for _ in 0..<3 {
        guard let name = try netdev else { return nil }
        if let index = (try? readLine("net/\(name)/ifindex")).flatMap(Int32.init) {
          return PFLink(name: name, index: index)
        }
      }
      return nil
    }
  }
}
