package import HostInterface
package import Model
import SystemPackage

/// One PF of this host, and what can be read of it and its VFs. Its writes are in PFWrites.swift.
package struct PFDevice: Sendable {
  package let pf: PhysicalFunction
  let files: any FileTree
  private let netlink: any NetlinkSocket

  package init(_ pf: PhysicalFunction, on host: Host) {
    self.pf = pf
    files = host.files
    netlink = host.netlink
  }

  var function: PCIFunction { PCIFunction(address: pf.pciAddress, files: files) }

  var channel: any VFChannel {
    get throws(FileError) {
      if let reason = try attributesHidden { return NoChannel(pf: function, reason: reason) }
      return OFEDSysfsChannel(pf: function)
    }
  }

  /// Why the attributes of the PF's VFs cannot be reached; nil when they can. The `sriov` folder of MLNX_OFED's driver is
  /// there from its probe of the PF on, empty while there is no VF (mlx5.md 4.1).
  private var attributesHidden: String? {
    get throws(FileError) {
      // An Ethernet VF's node GUID follows its MAC: one without the other would be half an identity.
      guard pf.linkLayer != .ethernet else { return "this version keeps no attributes of Ethernet VFs" }
      do {
        _ = try files.list(function.path("sriov"))
        return nil
      } catch let error where error.isAbsence {
        return "this driver has no sriov folder, as MLNX_OFED's has"
      }
    }
  }

  /// Reads the PF and all its VFs.
  ///
  /// - Parameters:
  ///   - holdingLock: Whether this process holds the PF's lock. Only then `sriov_numvfs` is read: that read blocks as long
  ///     as somebody writes it (mlx5.md 3.2). Others count the links to the VFs.
  ///   - lookingForUsers: Whether a VF whose RDMA device has users is told to be held. Only for a plan: for others, what
  ///     the kernel's files show is enough, and nothing blocks.
  package func observe(holdingLock: Bool, lookingForUsers: Bool = false) throws(FileError) -> Observation {
    // The count first: its read waits for whoever is making VFs, and the links are then complete.
    let count = holdingLock ? try vfCount : nil
    let channel = try channel
    let holders = try holders(lookingForUsers: lookingForUsers)
    var vfs: [VirtualFunction] = []
    for index in try vfIndexes {
      if let vf = try observe(vf: index, through: channel, holders) { vfs.append(vf) }
    }
    return Observation(
      pf: pf, totalVFs: try function.totalVFs ?? 0,
      vfCount: count ?? vfs.count,
      driversAutoprobe: try function.readLine("sriov_drivers_autoprobe") == "1",
      attributesHidden: try attributesHidden, vfs: vfs)
  }

  /// The kernel's own count. Blocks while somebody writes it.
  private var vfCount: Int {
    get throws(FileError) {
      let text = try function.readLine("sriov_numvfs")
      guard let count = Int(text) else { throw FileError(.read, function.path("sriov_numvfs"), .invalidArgument) }
      return count
    }
  }

  /// The numbers of the VFs that are there, ascending.
  var vfIndexes: [Int] {
    get throws(FileError) {
      try files.list(function.folder)
        .compactMap { $0.hasPrefix("virtfn") ? UInt16($0.dropFirst("virtfn".count)).map(Int.init) : nil }.sorted()
    }
  }

  /// Nil when the VF went away meanwhile.
  private func observe(
    vf index: Int, through channel: any VFChannel, _ holders: Holders
  ) throws(FileError) -> VirtualFunction? {
    guard let vf = try function(ofVF: index) else { return nil }
    var attributes: [VFAttribute: Reading] = [:]
    for attribute in VFAttribute.allCases { attributes[attribute] = channel.read(attribute, vf: index) }
    return VirtualFunction(
      index: index, pciAddress: vf.address, driver: try vf.driver, attributes: attributes, probed: try probed(vf),
      holder: try holders.holder(of: vf))
  }

  /// What a VF's own RDMA device took over; empty where it is not to be seen.
  private func probed(_ function: PCIFunction) throws(FileError) -> [VFAttribute: Reading] {
    try files.readRDMADevice(below: function.folder) { device throws(FileError) in
      guard let node = try function.rdmaLine("node_guid", of: device),
        let gid = try function.rdmaLine("ports/1/gids/0", of: device)
      else { return nil }
      return [.nodeGUID: Reading(guid: node), .portGUID: Reading(guid: gid.portGUIDOfGID)]
    } ?? [:]
  }

  /// Who holds the VFs now.
  ///
  /// - Parameter lookingForUsers: Whether the users of RDMA devices are asked for as well.
  func holders(lookingForUsers: Bool) throws(FileError) -> Holders {
    try Holders(ofVFsOf: function, lookingForUsers ? netlink : nil)
  }

  /// Whether the PF has VFs, at the cost of one listing.
  package var hasVFs: Bool {
    get throws(FileError) { try !vfIndexes.isEmpty }
  }

  /// A VF's address is no pure function of its index (mlx5.md 3.1): always through the link.
  func function(ofVF index: Int) throws(FileError) -> PCIFunction? {
    try files.linkName(function.path("virtfn\(index)")).flatMap { PCIAddress($0) }
      .map { PCIFunction(address: $0, files: files) }
  }
}
