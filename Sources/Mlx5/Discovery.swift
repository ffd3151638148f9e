package import HostInterface
package import Model
import SystemPackage

/// The mlx5 PFs of a host.
package struct Discovery: Sendable {
  /// PFs that can have VFs, in the order of their PCI addresses.
  package var pfs: [PhysicalFunction] = []
  /// PFs that cannot: SR-IOV is off in the firmware, or a virtual machine was not given it.
  package var withoutSRIOV: [PCIAddress] = []
  /// VFs whose PF is another host's: this one is a virtual machine, and theirs is its host.
  package var vfsOfOthers: [PCIAddress] = []
  /// NVIDIA network functions that mlx5_core does not have. Looked for only where there is no PF.
  package var withoutDriver: [PCIAddress] = []
  /// NVIDIA network functions that are not mlx5's: ConnectX-3 and older. Looked for only where there is no PF.
  package var unsupported: [PCIAddress] = []

  /// PCI device ids of VFs (mlx5.md 8). In a virtual machine nothing else tells one.
  private static let vfDeviceIDs: Set = ["1014", "1016", "1018", "101a", "101c", "101e", "a2d3"]

  /// Looks at what is bound to mlx5_core, which finds VFs as well, but no sub-functions: those sit on another bus.
  ///
  /// - Parameter netlink: Tells an address that sysfs hides, as that of a PF in a bond; nil where that is not asked.
  package init(_ files: any FileTree, _ netlink: (any NetlinkSocket)? = nil) throws(FileError) {
    for address in try files.listIfPresent("/sys/bus/pci/drivers/mlx5_core").compactMap({ PCIAddress($0) }).sorted() {
      let function = PCIFunction(address: address, files: files)
      do {
        guard try !function.isVirtual else { continue }
        if try function.totalVFs == nil {
          if Self.vfDeviceIDs.contains(try function.deviceID) {
            vfsOfOthers.append(address)
          } else {
            withoutSRIOV.append(address)
          }
        } else {
          pfs.append(try Self.identify(function, netlink))
        }
      } catch let error where error.isAbsence {
        continue  // It went away while we looked.
      }
    }
    if pfs.isEmpty && withoutSRIOV.isEmpty {
      for address in try files.listIfPresent("/sys/bus/pci/devices").compactMap({ PCIAddress($0) }).sorted()
      where !vfsOfOthers.contains(address) {
        let function = PCIFunction(address: address, files: files)
        guard function.isNetworkFunctionOfNVIDIA else { continue }
        if function.isOlderThanMlx5 { unsupported.append(address) } else { withoutDriver.append(address) }
      }
    }
  }

  /// Whether an adapter that mlx5_core does not support is at this address.
  package static func isUnsupported(at address: PCIAddress, _ files: any FileTree) -> Bool {
    let function = PCIFunction(address: address, files: files)
    return function.isNetworkFunctionOfNVIDIA && function.isOlderThanMlx5
  }

  private static func identify(_ function: PCIFunction, _ netlink: (any NetlinkSocket)?) throws(FileError)
    -> PhysicalFunction
  {
    var pf = PhysicalFunction(
      pciAddress: function.address, nodeGUID: nil, boardID: nil,
      deviceID: try function.deviceID, linkLayer: nil, rdmaDevice: nil, netdev: try function.netdev)
    if let netdev = pf.netdev { pf.bond = try function.bond(of: netdev) }
    let identity = try function.files.readRDMADevice(below: function.folder) {
      device throws(FileError) -> (String, String, String, String)? in
      // All of one device or none: a node GUID without a link layer would be half an identity.
      (
        device, try function.rdmaLine("node_guid", of: device), try function.rdmaLine("board_id", of: device),
        try function.rdmaLine("ports/1/link_layer", of: device)
      )
    }
    if let (device, node, board, layer) = identity {
      pf.rdmaDevice = device
      pf.nodeGUID = try? GUID(node)
      pf.boardID = board
      pf.linkLayer = LinkLayer(rawValue: layer)
    } else {
      pf.linkLayer = try function.linkLayerOfNetdev
      if pf.linkLayer == nil { pf.linkLayer = try function.linkLayerOfClass }
    }
    if pf.linkLayer == .ethernet { pf.macAddress = try function.permanentMAC(netlink) }
    return pf
  }
}
