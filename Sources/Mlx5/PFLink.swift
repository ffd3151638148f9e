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
      try netdevs.sorted().first { name in
        (try? readLine("net/\(name)/parent")) == nil && !standsForAnother(name)
      }
    }
  }

  /// A representor's port is called `pf0vf1`, that of the PF's own netdev `p0`, or nothing.
  private func standsForAnother(_ netdev: String) -> Bool {
    (try? readLine("net/\(netdev)/phys_port_name"))?.contains { $0 == "v" || $0 == "s" } ?? false
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
