package import Model
package import SystemPackage

/// What a netdev below a PCI function is there for.
package enum NetdevRole: Equatable, Sendable {
  case own
  /// It is stacked on another one: an IPoIB child for a P_Key.
  case child
  /// It stands for a VF, as there are such in switchdev mode only.
  case representor
  /// It stands for a sub-function, or whatever else.
  case other
  /// Its port's name cannot be read, for this reason.
  case unknown(Errno)
  /// It has another name by now, or went away.
  case renamed
}

/// The netdevs of PCI functions: the one place that decides which of them is the function's own.
extension FileTree {
  /// The PCI function whose own netdev has this name now; nil where there is no such netdev, where it is virtual, and
  /// where it only stands for something else of the function.
  package func function(ofNetdev name: String) throws(FileError) -> PCIAddress? {
    try lookAgain { () throws(FileError) in
      let netdev = FilePath("/sys/class/net").appending(name)
      guard let address = try linkName(netdev.appending("device")).flatMap({ PCIAddress($0) }) else { return nil }
      let role = try role(ofNetdev: netdev)
      try [role].mustBeSettled(below: netdev)
      return role == .own ? address : nil
    }
  }

  /// By name, with what each is there for. In switchdev mode udev renames as many as there are VFs, so one that is just
  /// renamed does not hide the others.
  package func netdevs(below folder: FilePath) throws(FileError) -> [(name: String, role: NetdevRole)] {
    var found: [(name: String, role: NetdevRole)] = []
    for name in try listIfPresent(FilePath("\(folder)/net")).sorted() {
      found.append((name, try role(ofNetdev: FilePath("\(folder)/net/\(name)"))))
    }
    return found
  }

  /// The name of its own netdev now; nil while there is none in this network namespace.
  package func netdev(below folder: FilePath) throws(FileError) -> String? {
    try lookAgain { () throws(FileError) in
      let netdevs = try netdevs(below: folder)
      if let own = netdevs.first(where: { $0.role == .own }) { return own.name }
      try netdevs.map(\.role).mustBeSettled(below: folder)
      return nil
    }
  }

  private func role(ofNetdev netdev: FilePath) throws(FileError) -> NetdevRole {
    let role: NetdevRole
    do throws(FileError) {
      role = NetdevRole(portName: try readLine(FilePath("\(netdev)/phys_port_name")))
    } catch {
      // Without a name, or even a file for it, it is no representor; but one that was just renamed has no files either.
      if error.isAbsence, try listIfPresent(netdev).isEmpty { return .renamed }
      role = error.isAbsence || error.errno == .notSupported ? .own : .unknown(error.errno)
    }
    return role == .own && isChild(netdev) ? .child : role
  }

  /// An IPoIB child has the index of what it is stacked on as its `iflink` (ipoib_get_iflink of ipoib_main.c). Only one that
  /// was made by `create_child` has a `parent` file as well, and not one of `ip link add ... type ipoib`
  /// (__ipoib_vlan_add of ipoib_vlan.c).
  private func isChild(_ netdev: FilePath) -> Bool {
    if (try? readLine(FilePath("\(netdev)/parent"))) != nil { return true }
    guard let below = try? readLine(FilePath("\(netdev)/iflink")),
      let own = try? readLine(FilePath("\(netdev)/ifindex"))
    else { return false }
    return below != own
  }

  /// By the kind of its addresses (include/uapi/linux/if_arp.h).
  package func linkLayer(ofNetdev name: String, below folder: FilePath) throws(FileError) -> LinkLayer? {
    switch try readNetdevLine("type", of: name, below: folder) {
    case "1": .ethernet
    case "32": .infiniBand
    default: nil
    }
  }

  /// A line that every netdev has at all times.
  ///
  /// - Throws: an absence for one that is just leaving, which the kernel tells as EINVAL (netdev_show of
  ///   net/core/net-sysfs.c).
  package func readNetdevLine(
    _ file: String, of name: String, below folder: FilePath
  ) throws(FileError) -> String {
    do throws(FileError) {
      return try readLine(FilePath("\(folder)/net/\(name)/\(file)"))
    } catch let error where error.errno == .invalidArgument {
      throw FileError(.read, error.path, .operationNotSupportedByDevice)
    }
  }
}

extension [NetdevRole] {
  /// - Throws: an absence while one of them is renamed, which may be the one that is looked for.
  package func mustBeSettled(below folder: FilePath) throws(FileError) {
    if contains(.renamed) { throw FileError(.list, folder, .noSuchFileOrDirectory) }
  }
}

extension NetdevRole {
  package var isKnown: Bool {
    if case .unknown = self { false } else { true }
  }

  /// `p0` or nothing for the PF's own, `pf0vf1` or `c1pf0vf1` for a VF's representor, and only `1` with older
  /// drivers (mlx5e_rep_get_phys_port_name, devlink_port_phys_port_name_get).
  fileprivate init(portName name: String) {
    let isOwn = name.isEmpty || name.first == "p" && name.dropFirst().first?.isNumber == true
    let isVFs = name.contains("vf") || name.allSatisfy(\.isNumber)
    self = isOwn ? .own : isVFs ? .representor : .other
  }
}
