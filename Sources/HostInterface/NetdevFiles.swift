package import Model
package import SystemPackage

/// The netdev that is a PCI function's own.
extension FileTree {
  /// Its name now: that of neither one for a P_Key, nor one that stands for a VF or a sub-function (switchdev). Nil while
  /// there is none in this network namespace.
  package func netdev(below folder: FilePath) throws(FileError) -> String? {
    try listIfPresent(FilePath("\(folder)/net")).sorted().first { name in
      (try? readLine(FilePath("\(folder)/net/\(name)/parent"))) == nil
        && !standsForAnother(FilePath("\(folder)/net/\(name)"))
    }
  }

  /// A representor's port is called `pf0vf1` or the like, that of the PF's own netdev `p0`, or nothing.
  private func standsForAnother(_ netdev: FilePath) -> Bool {
    guard let name = try? readLine(FilePath("\(netdev)/phys_port_name")), !name.isEmpty else { return false }
    return !name.hasPrefix("p") || name.dropFirst().first?.isNumber != true
  }

  /// By the kind of its addresses (include/uapi/linux/if_arp.h).
  package func linkLayer(ofNetdev name: String, below folder: FilePath) -> LinkLayer? {
    switch try? readLine(FilePath("\(folder)/net/\(name)/type")) {
    case "1": .ethernet
    case "32": .infiniBand
    default: nil
    }
  }
}
