package import HostInterface
package import Model
import SystemPackage

/// One PF of this host: what can be read of it and its VFs, and the writes that a plan is made of.
package struct PFDevice: Sendable {
  package let pf: PhysicalFunction
  private let files: any FileTree

  package init(_ pf: PhysicalFunction, files: any FileTree) {
    self.pf = pf
    self.files = files
  }

  private var function: PCIFunction { PCIFunction(address: pf.pciAddress, files: files) }

  private var channel: any VFChannel {
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
  /// - Parameter holdingLock: Whether this process holds the PF's lock. Only then `sriov_numvfs` is read: that read
  ///   blocks as long as somebody writes it (mlx5.md 3.2). Others count the links to the VFs.
  package func observe(holdingLock: Bool) throws(FileError) -> Observation {
    // The count first: its read waits for whoever is making VFs, and the links are then complete.
    let count = holdingLock ? try vfCount : nil
    let names = try files.list(function.folder)
    let indexes = names.compactMap { $0.hasPrefix("virtfn") ? Int($0.dropFirst("virtfn".count)) : nil }.sorted()
    let channel = try channel
    var vfs: [VirtualFunction] = []
    for index in indexes {
      if let vf = try observe(vf: index, through: channel) { vfs.append(vf) }
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

  /// Nil when the VF went away meanwhile.
  private func observe(vf index: Int, through channel: any VFChannel) throws(FileError) -> VirtualFunction? {
    guard let address = try address(ofVF: index) else { return nil }
    let function = PCIFunction(address: address, files: files)
    var attributes: [VFAttribute: Reading] = [:]
    for attribute in VFAttribute.allCases { attributes[attribute] = channel.read(attribute, vf: index) }
    return VirtualFunction(
      index: index, pciAddress: address, driver: try function.driver, attributes: attributes,
      probed: try probed(function))
  }

  /// What a VF's own RDMA device took over; empty where it is not to be seen.
  private func probed(_ function: PCIFunction) throws(FileError) -> [VFAttribute: Reading] {
    // rdma-core renames the device soon after the VF is bound, perhaps between finding its name and reading it.
    for _ in 0..<3 {
      guard let device = try function.rdmaDevice else { return [:] }
      guard let node = try function.rdmaLine("node_guid", of: device),
        let gid = try function.rdmaLine("ports/1/gids/0", of: device)
      else { continue }
      // The low half of the first GID is the port GUID.
      let port = gid.split(separator: ":").suffix(4).joined(separator: ":")
      return [.nodeGUID: Reading(guid: node), .portGUID: Reading(guid: port)]
    }
    return [:]
  }

  /// Whether the PF has VFs, at the cost of one listing.
  package var hasVFs: Bool {
    get throws(FileError) { try files.list(function.folder).contains { $0.hasPrefix("virtfn") } }
  }

  /// A VF's address is no pure function of its index (mlx5.md 3.1): always through the link.
  private func address(ofVF index: Int) throws(FileError) -> PCIAddress? {
    try files.linkName(function.path("virtfn\(index)")).flatMap { PCIAddress($0) }
  }

  // MARK: Writes

  package func setDriversAutoprobe(_ isOn: Bool) throws(FileError) {
    try files.store(isOn ? "1" : "0", in: function.path("sriov_drivers_autoprobe"))
  }

  /// Blocks until the firmware has made every VF, minutes perhaps, and cannot be cancelled (mlx5.md 3.2, 3.5).
  package func setVFCount(_ count: Int) throws(FileError) {
    try files.store(String(count), in: function.path("sriov_numvfs"))
  }

  /// Writes an attribute and returns what it then reads: the driver can report success and do nothing.
  package func set(_ attribute: VFAttribute, to value: VFValue, vf: Int) throws(FileError) -> Reading {
    let channel = try channel
    try channel.write(value, to: attribute, vf: vf)
    return channel.read(attribute, vf: vf)
  }

  /// Binds a VF to a driver. Blocks until the driver has probed it.
  ///
  /// - Parameter overriding: Names the driver in `driver_override` first. That is the only way while autoprobe is off
  ///   (the kernel refuses the bind with ENODEV otherwise, mlx5.md 3.4), and the way to any driver but mlx5's own.
  package func bind(vf index: Int, to driver: String, overriding: Bool) throws(FileError) {
    guard let address = try address(ofVF: index) else {
      throw FileError(.link, function.path("virtfn\(index)"), .noSuchFileOrDirectory)
    }
    let vf = PCIFunction(address: address, files: files)
    if overriding { try files.store(driver, in: vf.path("driver_override")) }
    defer {
      // Left in place for another driver: it is what keeps mlx5_core from taking the VF at the next event.
      if overriding && driver == VirtualFunction.ownDriver { try? files.store("\n", in: vf.path("driver_override")) }
    }
    try files.store(address.description, in: FilePath("/sys/bus/pci/drivers/\(driver)/bind"))
  }
}
