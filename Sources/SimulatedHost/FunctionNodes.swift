import Model
import SystemPackage

/// The PCI folders of a PF and its VFs.
extension SimulatedAdapter {
  func node(at path: [String], number: Int) -> Node? {
    guard let first = path.first else { return .folder(entries(withLinks: true)) }
    guard hasEntry(first) else { return nil }
    switch first {
    case "infiniband": return rdmaFolderNode(path)
    case "infiniband_verbs": return uverbsNode(Array(path.dropFirst()))
    case "net": return netNode(path, number: number)
    case "sriov": return attributeNode(path, number: number)
    case _ where first.hasPrefix("mlx5_core.sf."): return subFunctionNode(path)
    default: break
    }
    guard path.count == 1 else { return nil }
    switch first {
    case "vendor": return .text("0x15b3\n")
    case "device": return .text("0x\(deviceID)\n")
    case "class": return .text(linkLayer == .ethernet ? "0x020000\n" : "0x020700\n")
    case "driver": return .link("/sys/bus/pci/drivers/\(driver)")
    case "resource": return .text(resources)
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

  /// BARs 0 to 5, the ROM, and the BARs of VFs; each with start, end and flags (resource_show of drivers/pci/pci-sysfs.c).
  private var resources: String {
    let none = "0x0000000000000000 0x0000000000000000 0x0000000000000000"
    var lines = Array(repeating: none, count: 13)
    lines[0] = "0x00000000fa000000 0x00000000fbffffff 0x000000000014220c"
    if totalVFs > 0 {
      switch vfMemory {
      case .given: lines[7] = "0x00000000fc000000 0x00000000fc7fffff 0x000000000014220c"
      case .missing: lines[7] = "0x0000000000000000 0x00000000007fffff 0x000000002014220c"
      case .forgotten: break
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func hasEntry(_ name: String) -> Bool {
    guard name.hasPrefix("virtfn") else { return entries(withLinks: false).contains(name) }
    return Int(name.dropFirst("virtfn".count)).map(vfs.indices.contains) ?? false
  }

  private func entries(withLinks: Bool) -> [String] {
    var names = ["vendor", "device", "class", "resource"]
    // The PCI core hides the group where the device has no VFs to give (mlx5.md 3.1).
    if totalVFs > 0 { names += ["sriov_totalvfs", "sriov_numvfs", "sriov_drivers_autoprobe"] }
    if isBound { names.append("driver") }
    if !netdevs.isEmpty { names.append("net") }
    if isBound && !rdmaNames.isEmpty { names.append("infiniband") }
    if isBound && !uverbs.isEmpty { names.append("infiniband_verbs") }
    if isBound && hasOFEDFiles { names += ["mlx5_num_vfs", "sriov"] }
    names += subFunctions.indices.map { "mlx5_core.sf.\($0)" }
    return names + (withLinks ? vfs.indices.map { "virtfn\($0)" } : [])
  }

  /// All RDMA devices whose parent is the PF's PCI function, and not a sub-function.
  private var rdmaNames: [String] { softRDMADevices + smiDevices + (rdmaDevice.map { [$0] } ?? []) }

  /// Those with a `uverbs<n>`: no device of type SMI is among them.
  private var uverbs: [String] { hasUverbs ? rdmaNames.filter { !smiDevices.contains($0) } : [] }

  private func rdmaFolderNode(_ path: [String]) -> Node? {
    guard path.count > 1 else { return .folder(rdmaNames) }
    if softRDMADevices.contains(path[1]), path.last == "board_id" { return nil }
    guard path[1] != rdmaDevice else {
      return rdmaNode(path, name: rdmaDevice, nodeGUID: nodeGUID, portGUID: nodeGUID, port: port)
    }
    guard rdmaNames.contains(path[1]) else { return nil }
    return rdmaNode(path, name: path[1], nodeGUID: nodeGUID + 0xf0, portGUID: nodeGUID + 0xf0, port: port)
  }

  private func uverbsNode(_ path: [String]) -> Node? {
    guard let first = path.first else { return .folder(uverbs.indices.map { "uverbs\($0)" }) }
    guard let index = Int(first.dropFirst("uverbs".count)), uverbs.indices.contains(index) else { return nil }
    return path.count == 1 ? .folder(["ibdev"]) : path[1...] == ["ibdev"] ? .text(uverbs[index] + "\n") : nil
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

  func vfNode(at path: [String], pf: Int, vf index: Int, port: SimulatedPort) -> Node? {
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
      return vfNetNode(path, of: vf, address: addressOfVF(index))
    case "physfn" where path.count == 1: return .link("/sys/bus/pci/devices/\(address)")
    case "driver" where path.count == 1: return vf.driver.map { .link("/sys/bus/pci/drivers/\($0)") }
    case "driver_override" where path.count == 1: return .driverOverride(pf: pf, vf: index)
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
    case "": return .folder(["board_id", "device", "fw_ver", "node_guid", "ports"])
    case "ports": return .folder(["1"])
    case "node_guid": return .text(nodeGUID.groups + "\n")
    case "board_id": return .text(boardID + "\n")
    case "fw_ver": return .text("16.35.2000\n")
    case "device": return .link("/sys/bus/pci/devices/\(address)")
    default: return nil
    }
  }
}
