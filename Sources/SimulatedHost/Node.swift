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
    let folder = ["proc", "sys", "kernel"]
    switch place {
    case folder + ["hostname"]: return .text(hostName + "\n")
    case folder + ["osrelease"]: return .text("6.1.0-18-amd64\n")
    default: return place.count > 1 && folder.starts(with: place) ? .folder([]) : nil
    }
  }

  private func sysNode(_ place: [String]) -> Node? {
    switch place.dropFirst().joined(separator: "/") {
    case "", "bus", "bus/pci", "class": return .folder([])
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
      (driver == pf.driver && pf.isBound ? [pf.address] : [])
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

  var rdmaDevices: [RDMADevice] { shownAdapters.flatMap(\.allRDMADevices) }

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
  /// Its own, those of its VFs, and whatever others have the functions as their parent.
  fileprivate var allRDMADevices: [RDMADevice] {
    let folder = "/sys/bus/pci/devices/\(address)"
    var devices: [RDMADevice] = []
    if let rdmaDevice { devices.append(RDMADevice(name: rdmaDevice, folder: folder, users: users)) }
    for (index, vf) in vfs.enumerated() {
      guard let name = vf.rdmaDevice else { continue }
      devices.append(
        RDMADevice(
          name: name, folder: "/sys/bus/pci/devices/\(addressOfVF(index))", users: vf.users, kernelUsers: vf.kernelUsers
        ))
    }
    devices += (smiDevices + softRDMADevices).map { RDMADevice(name: $0, folder: folder) }
    devices += subFunctions.enumerated().map { RDMADevice(name: $1, folder: "\(folder)/mlx5_core.sf.\($0)") }
    return devices
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
