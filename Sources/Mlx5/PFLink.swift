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
  /// The name of its own netdev: neither one for a P_Key, nor one that stands for a VF or a sub-function (switchdev).
  var netdev: String? {
    get throws(FileError) {
      try netdevs.sorted().first { (try? readLine("net/\($0)/parent")) == nil && !standsForAnother($0) }
    }
  }

  /// A representor's port is called `pf0vf1` or the like, that of the PF's own netdev `p0`, or nothing.
  private func standsForAnother(_ netdev: String) -> Bool {
    guard let name = try? readLine("net/\(netdev)/phys_port_name"), !name.isEmpty else { return false }
    return !name.hasPrefix("p") || name.dropFirst().first?.isNumber != true
  }

  /// Of an Ethernet PF: a switch has an id in switchdev mode only. devlink knows the mode itself, but answers no sooner
  /// than whoever is making VFs is done. Nil while there is no netdev.
  var eswitchMode: ESwitchMode? {
    get throws(FileError) {
      guard let name = try netdev else { return nil }
      return (try? readLine("net/\(name)/phys_switch_id"))?.isEmpty == false ? .switchdev : .legacy
    }
  }

  /// By the kind of its netdev's addresses (include/uapi/linux/if_arp.h), for a PF without an RDMA device.
  var linkLayerOfNetdev: LinkLayer? {
    get throws(FileError) {
      guard let name = try netdev else { return nil }
      return switch try? readLine("net/\(name)/type") {
      case "1": .ethernet
      case "32": .infiniBand
      default: nil
      }
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
