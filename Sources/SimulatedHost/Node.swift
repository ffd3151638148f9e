import Model
import SystemPackage

/// What a path of the simulated kernel leads to. Numbers are places in `Machine.adapters` and `SimulatedAdapter.vfs`.
enum Node {
  /// The names in it, found out only when they are asked for: every path leads through folders.
  case directory(() -> [String])
  case link(String)
  /// A file that cannot be written.
  case text(String)
  /// A file whose read fails.
  case unreadable(Errno)
  case vfCount(pf: Int)
  /// MLNX_OFED's `mlx5_num_vfs`.
  case ofedVFCount(pf: Int)
  case driversAutoprobe(pf: Int)
  case attribute(VFAttribute, pf: Int, vf: Int)
  /// A file of an Ethernet VF below `sriov`.
  case ethernetFile(String, pf: Int, vf: Int)
  case driverOverride(pf: Int, vf: Int)
  case bind(driver: String)
  case unbind(driver: String)
}

extension Node {
  static func folder(_ names: @autoclosure @escaping () -> [String]) -> Node { .directory(names) }
}

/// An RDMA device as the host shows it.
struct RDMADevice {
  let name: String
  /// Of the function that it sits on.
  let folder: String
  var users: [Int32] = []
  var kernelUsers: [String] = []
}

extension Machine {
  private var drivers: [String] { [VirtualFunction.ownDriver] + (hasVFIO ? [Self.vfio] : []) }
  static let vfio = "vfio-pci"
  private static let devices = ["sys", "bus", "pci", "devices"]

  /// Nil where there is nothing. `place` has no links in it but perhaps its last component.
  func node(at place: [String]) -> Node? {
    switch place.first {
    case "proc": procNode(place) ?? platformNode(place)
    case "sys" where place.count > 4 && Array(place[..<4]) == Self.devices:
      deviceNode(place[4], below: Array(place[5...]))
    case "sys": sysNode(place)
    default: nil
    }
  }

  private func procNode(_ place: [String]) -> Node? {
    let name = ["proc", "sys", "kernel", "hostname"]
    if place == name { return .text(hostName + "\n") }
    return place.count > 1 && name.starts(with: place) ? .folder([]) : nil
  }

  private func sysNode(_ place: [String]) -> Node? {
    switch place.dropFirst().joined(separator: "/") {
    case "", "bus", "bus/pci", "class": return .folder([])
    case "fs", "fs/cgroup", "fs/cgroup/system.slice": return .folder([])
    case "fs/cgroup/system.slice/docker.service": return hasDocker ? .folder(["cgroup.procs"]) : nil
    case "fs/cgroup/system.slice/docker.service/cgroup.procs": return hasDocker ? .text("812\n") : nil
    case "bus/pci/devices":
      return .folder(adapters.flatMap { pf in [pf.address] + pf.vfs.indices.map(pf.addressOfVF) }.map(\.description))
    case "bus/pci/drivers": return .folder(drivers)
    case "class/infiniband": return .folder(rdmaDevices.map(\.name))
    case "class/net": return .folder(netdevs.map(\.name))
    default: break
    }
    switch (place.dropFirst().first, place.count) {
    case ("class", 4) where place[2] == "net":
      return netdevs.first { $0.name == place[3] }.map { .link("/sys/bus/pci/devices/\($0.address)/net/\($0.name)") }
    case ("class", 4):
      return rdmaDevices.first { $0.name == place[3] }
        .map { .link("\($0.folder)/infiniband/\($0.name)") }
    case ("devices", 5...6) where place[2...3] == ["virtual", "net"]: return masterNode(Array(place[4...]))
    case ("bus", 5...6) where place[3] == "drivers" && drivers.contains(place[4]):
      return driverNode(place[4], file: place.count == 6 ? place[5] : nil)
    default: return platformNode(place)
    }
  }

  /// A bond or a bridge; only a bond has a `bonding` folder.
  private func masterNode(_ path: [String]) -> Node? {
    let isBond = adapters.contains { $0.bond == path[0] }
    guard isBond || adapters.contains(where: { $0.bridge == path[0] }) else { return nil }
    return path.count == 1 || isBond && path[1] == "bonding" ? .folder([]) : nil
  }

  private func driverNode(_ driver: String, file: String?) -> Node? {
    let bound = adapters.flatMap { pf in
      (driver == VirtualFunction.ownDriver && pf.isBound ? [pf.address] : [])
        + pf.vfs.indices.filter { pf.vfs[$0].driver == driver }.map(pf.addressOfVF)
    }.map(\.description)
    switch file {
    case nil: return .folder(bound + ["bind", "unbind"])
    case "bind": return .bind(driver: driver)
    case "unbind": return .unbind(driver: driver)
    case let name?: return bound.contains(name) ? .link("/sys/bus/pci/devices/\(name)") : nil
    }
  }

  var netdevs: [(name: String, address: PCIAddress)] {
    adapters.flatMap { pf in
      pf.netdevs.map { ($0, pf.address) }
        + pf.vfs.indices.compactMap { vf in pf.vfs[vf].netdev.map { ($0, pf.addressOfVF(vf)) } }
    }
  }

  var rdmaDevices: [RDMADevice] {
    shownAdapters.flatMap { pf in
      let folder = "/sys/bus/pci/devices/\(pf.address)"
      let vfs = pf.vfs.enumerated().map { index, vf in
        vf.rdmaDevice.map {
          RDMADevice(
            name: $0, folder: "/sys/bus/pci/devices/\(pf.addressOfVF(index))", users: vf.users,
            kernelUsers: vf.kernelUsers)
        }
      }
      return [pf.rdmaDevice.map { RDMADevice(name: $0, folder: folder, users: pf.users) }] + vfs
        + pf.subFunctions.enumerated().map { RDMADevice(name: $1, folder: "\(folder)/mlx5_core.sf.\($0)") }
    }.compactMap(\.self)
  }

  private func deviceNode(_ name: String, below path: [String]) -> Node? {
    guard let address = PCIAddress(name) else { return nil }
    if path == ["iommu_group"] { return hasIOMMU ? .link("/sys/kernel/iommu_groups/1") : nil }
    for (number, pf) in shownAdapters.enumerated() {
      if pf.address == address { return pf.node(at: path, number: number) }
      if let vf = pf.vfs.indices.first(where: { pf.addressOfVF($0) == address }) {
        return pf.vfNode(at: path, pf: number, vf: vf, port: pf.portOfVF(vf, subnetManager))
      }
    }
    return nil
  }
}

extension SimulatedAdapter {
  fileprivate func node(at path: [String], number: Int) -> Node? {
    guard let first = path.first else { return .folder(entries(withLinks: true)) }
    guard hasEntry(first) else { return nil }
    switch first {
    case "infiniband":
      return rdmaNode(path, name: rdmaDevice, nodeGUID: nodeGUID, portGUID: nodeGUID, port: port)
    case "net": return netNode(path, number: number)
    case "sriov": return attributeNode(path, number: number)
    case _ where first.hasPrefix("mlx5_core.sf."): return subFunctionNode(path)
    default: break
    }
    guard path.count == 1 else { return nil }
    switch first {
    case "vendor": return .text("0x15b3\n")
    case "device": return .text("0x\(deviceID)\n")
    case "class": return .text("0x020700\n")
    case "driver": return .link("/sys/bus/pci/drivers/\(VirtualFunction.ownDriver)")
    case "sriov_totalvfs": return .text("\(totalVFs)\n")
    case "sriov_numvfs": return .vfCount(pf: number)
    case "mlx5_num_vfs": return .ofedVFCount(pf: number)
    case "sriov_drivers_autoprobe": return .driversAutoprobe(pf: number)
    default:
      guard let index = Int(first.dropFirst("virtfn".count)) else { return nil }
      let leadsAstray = index == 1 && faults.linkOfVF1LeadsToPF
      return .link("/sys/bus/pci/devices/\(leadsAstray ? address : addressOfVF(index))")
    }
  }

  private func hasEntry(_ name: String) -> Bool {
    guard name.hasPrefix("virtfn") else { return entries(withLinks: false).contains(name) }
    return Int(name.dropFirst("virtfn".count)).map(vfs.indices.contains) ?? false
  }

  private func entries(withLinks: Bool) -> [String] {
    var names = ["vendor", "device", "class"]
    // The PCI core hides the group where the device has no VFs to give (mlx5.md 3.1).
    if totalVFs > 0 { names += ["sriov_totalvfs", "sriov_numvfs", "sriov_drivers_autoprobe"] }
    if isBound { names.append("driver") }
    if !netdevs.isEmpty { names.append("net") }
    if isBound && rdmaDevice != nil { names.append("infiniband") }
    if isBound && hasOFEDFiles { names += ["mlx5_num_vfs", "sriov"] }
    names += subFunctions.indices.map { "mlx5_core.sf.\($0)" }
    return names + (withLinks ? vfs.indices.map { "virtfn\($0)" } : [])
  }

  /// Its own, and those for P_Keys, or those that stand for VFs.
  var netdevs: [String] {
    guard isBound && hasNetdev else { return [] }
    return [netdev] + pkeyNetdevs.map { "\(netdev).\($0)" } + (isSwitchdev ? vfs.indices.map { "a\($0)" } : [])
  }

  private func netNode(_ path: [String], number: Int) -> Node? {
    guard path.count > 1 else { return .folder(netdevs) }
    guard let place = netdevs.firstIndex(of: path[1]) else { return nil }
    if isSwitchdev && place > 0 {
      let name = "pf0vf\(place - 1)\n"
      return path.count == 2 ? .folder(["phys_port_name"]) : path[2...] == ["phys_port_name"] ? .text(name) : nil
    }
    guard place == 0 else {
      return path.count == 2 ? .folder(["parent"]) : path[2...] == ["parent"] ? .text(netdev + "\n") : nil
    }
    switch path.dropFirst() {
    case [netdev, "ifindex"]: return .text("\(Self.linkIndex(ofPF: number))\n")
    case [netdev, "type"]: return .text(linkLayer == .ethernet ? "1\n" : "32\n")
    // In a bond all have one address, and say that it was set.
    case [netdev, "address"] where linkLayer == .ethernet: return .text(macAddress + "\n")
    case [netdev, "addr_assign_type"]: return .text(bond == nil ? "0\n" : "3\n")
    // Without a switch there is no id to read (mlx5.md 9).
    case [netdev, "phys_switch_id"]:
      return isSwitchdev ? .text(nodeGUID.groups.filter { $0 != ":" } + "\n") : .unreadable(.notSupported)
    case [netdev, "phys_port_name"]: return isSwitchdev ? .text("p0\n") : .unreadable(.notSupported)
    case [netdev, "device"]: return .link("/sys/bus/pci/devices/\(address)")
    case [netdev, "master"]: return (bond ?? bridge).map { .link("/sys/devices/virtual/net/\($0)") }
    case let place where place.first == netdev: return port.netdevNode(place.dropFirst().joined(separator: "/"))
    default: return nil
    }
  }

  /// A device of its own below the PF, on the auxiliary bus.
  private func subFunctionNode(_ path: [String]) -> Node? {
    guard path.count > 1 else { return .folder(["infiniband"]) }
    let name = Int(path[0].dropFirst("mlx5_core.sf.".count)).map { subFunctions[$0] }
    return path[1] == "infiniband"
      ? rdmaNode(Array(path[1...]), name: name, nodeGUID: nodeGUID + 1, portGUID: nodeGUID + 1, port: port) : nil
  }

  private func attributeNode(_ path: [String], number: Int) -> Node? {
    if linkLayer == .ethernet, path.count > 2 {
      return Int(path[1]).flatMap {
        $0 < vfFolders ? contexts[$0].ethernetNode(Array(path[2...]), pf: number, vf: $0) : nil
      }
    }
    let files = linkLayer == .infiniBand ? ["node", "port", "policy"] : VFContext.ethernetFiles
    switch path.count {
    case 1: return .folder((0..<vfFolders).map(String.init))
    case 2: return Int(path[1]).map { $0 < vfFolders } == true ? .folder(files) : nil
    case 3:
      guard let vf = Int(path[1]), vf < vfFolders, files.contains(path[2]) else { return nil }
      let attribute: VFAttribute =
        switch path[2] {
        case "node": .nodeGUID
        case "port": .portGUID
        default: .policy
        }
      return .attribute(attribute, pf: number, vf: vf)
    default: return nil
    }
  }

  fileprivate func vfNode(at path: [String], pf: Int, vf index: Int, port: SimulatedPort) -> Node? {
    let vf = vfs[index]
    switch path.first {
    case nil:
      return .folder(
        ["physfn", "driver_override"] + (vf.driver == nil ? [] : ["driver", "msi_irqs"])
          + (vf.rdmaDevice == nil ? [] : ["infiniband"])
          + (vf.driver == VirtualFunction.ownDriver ? ["net"] : []))
    case "infiniband":
      return rdmaNode(
        path, name: vf.rdmaDevice, nodeGUID: vf.probedNodeGUID, portGUID: vf.probedPortGUID, port: port,
        pkeys: vf.pkeys)
    case "msi_irqs" where path.count == 1: return vf.driver.map { _ in .folder((0..<vf.vectors).map { "\($0 + 64)" }) }
    case "net" where vf.driver == VirtualFunction.ownDriver:
      return vfNetNode(path, name: vf.netdev, address: addressOfVF(index))
    case "physfn" where path.count == 1: return .link("/sys/bus/pci/devices/\(address)")
    case "driver" where path.count == 1: return vf.driver.map { .link("/sys/bus/pci/drivers/\($0)") }
    case "driver_override" where path.count == 1: return .driverOverride(pf: pf, vf: index)
    default: return nil
    }
  }

  /// `net/<name>/device`
  private func vfNetNode(_ path: [String], name: String?, address: PCIAddress) -> Node? {
    guard path.count > 1 else { return .folder([name].compactMap(\.self)) }
    guard path[1] == name else { return nil }
    switch path.dropFirst(2) {
    case []: return .folder([])
    case ["device"]: return .link("/sys/bus/pci/devices/\(address)")
    case ["ifindex"]: return .text("\(Self.linkIndex(ofVF: address))\n")
    default: return nil
    }
  }

  /// `infiniband/<name>/…`, in the forms of drivers/infiniband/core/sysfs.c.
  private func rdmaNode(
    _ path: [String], name: String?, nodeGUID: UInt64, portGUID: UInt64, port: SimulatedPort,
    pkeys: [UInt16] = [0xffff]
  ) -> Node? {
    guard let name else { return nil }
    if path.starts(with: ["infiniband", name, "ports", "1"]) {
      return port.node(
        path.dropFirst(4).joined(separator: "/"), guid: portGUID, pkeys: pkeys, linkLayer: linkLayer)
    }
    switch path.dropFirst().first {
    case nil: return .folder([name])
    case name: break
    default: return nil
    }
    switch path.dropFirst(2).joined(separator: "/") {
    case "": return .folder(["board_id", "device", "node_guid", "ports"])
    case "ports": return .folder(["1"])
    case "node_guid": return .text(nodeGUID.groups + "\n")
    case "board_id": return .text(boardID + "\n")
    case "device": return .link("/sys/bus/pci/devices/\(address)")
    default: return nil
    }
  }
}

extension UInt64 {
  func digits(_ count: Int, shift: Int) -> String {
    let text = String(self >> UInt64(shift) & (1 << UInt64(count * 4) - 1), radix: 16)
    return String(repeating: "0", count: count - text.count) + text
  }

  /// `0c42:a103:00b1:0000`
  var groups: String { stride(from: 48, through: 0, by: -16).map { digits(4, shift: $0) }.joined(separator: ":") }

  /// `0c:42:a1:03:00:b1:00:00`
  var bytes: String { stride(from: 56, through: 0, by: -8).map { digits(2, shift: $0) }.joined(separator: ":") }
}
