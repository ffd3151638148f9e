import Model
import SystemPackage

/// What a path of the simulated kernel leads to. Numbers are places in `Machine.adapters` and `SimulatedAdapter.vfs`.
enum Node {
  case folder([String])
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
  case driverOverride(pf: Int, vf: Int)
  case bind(driver: String)
  case unbind(driver: String)
}

extension Machine {
  static let drivers = [VirtualFunction.ownDriver, "vfio-pci"]
  private static let devices = ["sys", "bus", "pci", "devices"]

  /// Nil where there is nothing. `place` has no links in it but perhaps its last component.
  func node(at place: [String]) -> Node? {
    switch place.first {
    case "proc": procNode(place)
    case "sys" where place.count > 4 && Array(place[..<4]) == Self.devices:
      deviceNode(place[4], below: Array(place[5...]))
    case "sys": sysNode(place)
    default: nil
    }
  }

  private func procNode(_ place: [String]) -> Node? {
    let name = ["proc", "sys", "kernel", "hostname"]
    if place == name { return .text(hostName + "\n") }
    return name.starts(with: place) ? .folder([]) : nil
  }

  private func sysNode(_ place: [String]) -> Node? {
    switch place.dropFirst().joined(separator: "/") {
    case "", "bus", "bus/pci", "class": return .folder([])
    case "bus/pci/devices":
      return .folder(adapters.flatMap { pf in [pf.address] + pf.vfs.indices.map(pf.addressOfVF) }.map(\.description))
    case "bus/pci/drivers": return .folder(Self.drivers)
    case "class/infiniband": return .folder(rdmaDevices.map(\.name))
    default: break
    }
    switch (place.dropFirst().first, place.count) {
    case ("class", 4):
      return rdmaDevices.first { $0.name == place[3] }
        .map { .link("/sys/bus/pci/devices/\($0.address)/infiniband/\($0.name)") }
    case ("bus", 5...6) where place[3] == "drivers" && Self.drivers.contains(place[4]):
      return driverNode(place[4], file: place.count == 6 ? place[5] : nil)
    default: return nil
    }
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

  private var rdmaDevices: [(name: String, address: PCIAddress)] {
    adapters.flatMap { pf in
      [(pf.rdmaDevice, pf.address)] + pf.vfs.indices.map { (pf.vfs[$0].rdmaDevice, pf.addressOfVF($0)) }
    }.compactMap { name, address in name.map { ($0, address) } }
  }

  private func deviceNode(_ name: String, below path: [String]) -> Node? {
    guard let address = PCIAddress(name) else { return nil }
    for (number, pf) in adapters.enumerated() {
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
    case "net" where path.count == 1: return .folder([netdev])
    case "net": return path[1] == netdev ? port.netdevNode(path.dropFirst(2).joined(separator: "/")) : nil
    case "sriov": return attributeNode(path, number: number)
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
      return .link("/sys/bus/pci/devices/\(addressOfVF(index))")
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
    if isBound { names += ["driver", "net"] }
    if isBound && rdmaDevice != nil { names.append("infiniband") }
    if isBound && hasOFEDFiles { names += ["mlx5_num_vfs", "sriov"] }
    return names + (withLinks ? vfs.indices.map { "virtfn\($0)" } : [])
  }

  private func attributeNode(_ path: [String], number: Int) -> Node? {
    // On Ethernet the folder has other files, of which `node` is the only one that these three share (mlx5.md 4.2).
    let files = linkLayer == .infiniBand ? ["node", "port", "policy"] : ["node"]
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
        ["physfn", "driver_override"] + (vf.driver == nil ? [] : ["driver"])
          + (vf.rdmaDevice == nil ? [] : ["infiniband"]))
    case "infiniband":
      return rdmaNode(
        path, name: vf.rdmaDevice, nodeGUID: vf.probedNodeGUID, portGUID: vf.probedPortGUID, port: port)
    case "physfn" where path.count == 1: return .link("/sys/bus/pci/devices/\(address)")
    case "driver" where path.count == 1: return vf.driver.map { .link("/sys/bus/pci/drivers/\($0)") }
    case "driver_override" where path.count == 1: return .driverOverride(pf: pf, vf: index)
    default: return nil
    }
  }

  /// `infiniband/<name>/…`, in the forms of drivers/infiniband/core/sysfs.c.
  private func rdmaNode(
    _ path: [String], name: String?, nodeGUID: UInt64, portGUID: UInt64, port: SimulatedPort
  ) -> Node? {
    guard let name else { return nil }
    if path.starts(with: ["infiniband", name, "ports", "1"]) {
      return port.node(path.dropFirst(4).joined(separator: "/"), guid: portGUID, linkLayer: linkLayer)
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
  private func digits(_ count: Int, shift: Int) -> String {
    let text = String(self >> UInt64(shift) & (1 << UInt64(count * 4) - 1), radix: 16)
    return String(repeating: "0", count: count - text.count) + text
  }

  /// `0c42:a103:00b1:0000`
  var groups: String { stride(from: 48, through: 0, by: -16).map { digits(4, shift: $0) }.joined(separator: ":") }

  /// `0c:42:a1:03:00:b1:00:00`
  var bytes: String { stride(from: 56, through: 0, by: -8).map { digits(2, shift: $0) }.joined(separator: ":") }
}
