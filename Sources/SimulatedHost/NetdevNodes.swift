import Model
import SystemPackage

/// The netdevs of a PF and its VFs, `net/<name>/…`.
extension SimulatedAdapter {
  /// Its own, and those for P_Keys, or those that stand for VFs.
  var netdevs: [String] {
    guard isBound && hasNetdev else { return [] }
    return [netdev] + pkeyNetdevs + (isSwitchdev ? vfs.indices.map { "\(representorPrefix)\($0)" } : [])
  }

  func netNode(_ path: [String], number: Int) -> Node? {
    guard path.count > 1 else { return .folder(netdevs) }
    guard let place = netdevs.firstIndex(of: path[1]) else { return nil }
    if isSwitchdev && place > 0 { return representorNode(Array(path[2...]), vf: place - 1) }
    guard place == 0 else { return childNode(Array(path[2...]), index: place, number: number) }
    switch path.dropFirst() {
    case [netdev, "ifindex"], [netdev, "iflink"]: return .text("\(linkIndex(at: number))\n")
    case [netdev, "type"]: return .text(linkLayer == .ethernet ? "1\n" : "32\n")
    // In a bond all have one address, and say that it was set.
    case [netdev, "address"] where linkLayer == .ethernet: return .text(macAddress + "\n")
    case [netdev, "addr_assign_type"]: return .text(bond == nil ? "0\n" : "3\n")
    case [netdev, "phys_switch_id"]: return isPortNamed ? .text(switchID) : .unreadable(.notSupported)
    case [netdev, "phys_port_name"]: return isPortNamed ? .text("p0\n") : .unreadable(.notSupported)
    case [netdev, "device"]: return .link("/sys/bus/pci/devices/\(address)")
    case [netdev, "master"]: return (bond ?? bridge).map { .link("/sys/devices/virtual/net/\($0)") }
    case let place where place.first == netdev: return port.netdevNode(place.dropFirst().joined(separator: "/"))
    default: return nil
    }
  }

  /// Since 5.10 an eswitch manager has a devlink port in either mode, and with it a switch's id and a port's name.
  private var isPortNamed: Bool { isSwitchdev || linkLayer == .ethernet && hasDevlinkPort }

  private var switchID: String { nodeGUID.groups.filter { $0 != ":" } + "\n" }

  /// - Parameter index: Counted from 1.
  private func childNode(_ path: [String], index: Int, number: Int) -> Node? {
    switch path {
    case []: .folder(["ifindex", "iflink", "phys_port_name", "device"] + (areChildrenLegacy ? ["parent"] : []))
    case ["ifindex"]: .text("\(linkIndex(at: number) + Int32(index) << 8)\n")
    case ["iflink"]: .text("\(linkIndex(at: number))\n")
    case ["phys_port_name"]: .unreadable(.notSupported)
    case ["device"]: .link("/sys/bus/pci/devices/\(address)")
    case ["parent"] where areChildrenLegacy: .text(netdev + "\n")
    default: nil
    }
  }

  private func representorNode(_ path: [String], vf: Int) -> Node? {
    switch path {
    case []: .folder(["phys_port_name", "phys_switch_id", "device"])
    case ["device"]: .link("/sys/bus/pci/devices/\(address)")
    case ["phys_port_name"]: .text("pf0vf\(vf)\n")
    case ["phys_switch_id"]: .text(switchID)
    default: nil
    }
  }

  /// What is stacked on a VF's netdev shows as links in its folder.
  func vfNetNode(_ path: [String], of vf: SimulatedVF, address: PCIAddress) -> Node? {
    guard path.count > 1 else { return .folder([vf.netdev].compactMap(\.self)) }
    guard path[1] == vf.netdev else { return nil }
    switch path.dropFirst(2) {
    case []: return .folder(["ifindex", "iflink", "device"] + vf.linksToUppers)
    case ["device"]: return .link("/sys/bus/pci/devices/\(address)")
    case ["ifindex"], ["iflink"]: return .text("\(Self.linkIndex(ofVF: address))\n")
    default: return nil
    }
  }
}

extension SimulatedVF {
  fileprivate var linksToUppers: [String] {
    (master.map { ["master", "upper_\($0)"] } ?? []) + uppers.map { "upper_\($0)" }
  }
}
