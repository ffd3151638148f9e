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

  /// Files where there are some; any other driver has netlink.
  var channel: any VFChannel {
    get throws(FileError) {
      if try hasFiles { return OFEDSysfsChannel(pf: function, linkLayer: pf.linkLayer) }
      guard let link = try function.link else {
        let netdev = pf.linkLayer == .ethernet ? "netdev" : "IPoIB netdev"
        return NoChannel(
          pf: function, linkLayer: pf.linkLayer,
          reason: "it has no \(netdev) here, and its driver no sriov folder, as MLNX_OFED's has")
      }
      return NetlinkChannel(
        link: link, linkLayer: pf.linkLayer, vfCount: try vfIndexes.count, netlink: netlink)
    }
  }

  /// MLNX_OFED's driver has a `sriov` folder from its probe of the PF on, empty while there is no VF (mlx5.md 4.1).
  package var hasFiles: Bool {
    get throws(FileError) {
      do {
        _ = try files.inode(function.path("sriov"))
        return true
      } catch let error where error.isAbsence {
        return false
      }
    }
  }

  /// Whether the attributes of the VFs can be neither read nor written for want of a netdev, which may come yet.
  package var needsNetdev: Bool {
    get throws(FileError) {
      guard try !hasFiles else { return false }
      return (try? function.link) == nil
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
    // A listing alone might miss one: each VF that is counted must have its link.
    let indexes = Set(try vfIndexes).union(0..<(count ?? 0)).sorted()
    let mode = try eswitchMode
    let readings = channel.read(indexes)
    var vfs: [VirtualFunction] = []
    for index in indexes {
      guard var vf = try observe(vf: index, holders, holdingLock: holdingLock) else { continue }
      vf.attributes = (readings[index] ?? [:]).merging(VFAttribute.hidden(in: mode)) { $1 }
      if channel.forgetsGUIDs { vf.askForGUIDs() }
      vfs.append(vf)
    }
    var observation = Observation(
      pf: pf, totalVFs: try function.totalVFs ?? 0,
      vfCount: count ?? vfs.count,
      driversAutoprobe: try driversAutoprobe,
      attributesHidden: channel.obstacle, vfs: vfs)
    observation.netlinkNetdev = channel.netdev
    observation.eswitchMode = mode
    return observation
  }

  /// The kernel's own count. Blocks while somebody writes it.
  private var vfCount: Int {
    get throws(FileError) {
      let count = try function.readNumber("sriov_numvfs")
      guard count >= 0, count <= UInt16.max else {
        throw FileError(.read, function.path("sriov_numvfs"), .invalidArgument)
      }
      return count
    }
  }

  private var driversAutoprobe: Bool {
    get throws(FileError) {
      switch try function.readLine("sriov_drivers_autoprobe") {
      case "0": false
      case "1": true
      default: throw FileError(.read, function.path("sriov_drivers_autoprobe"), .invalidArgument)
      }
    }
  }

  /// The numbers of the VFs that are there, ascending.
  var vfIndexes: [Int] {
    get throws(FileError) { try function.vfIndexes }
  }

  /// What the VF itself shows; nil when it went away meanwhile.
  private func observe(
    vf index: Int, _ holders: Holders, holdingLock: Bool
  ) throws(FileError) -> VirtualFunction? {
    guard let vf = try function(ofVF: index) else { return nil }
    // Without RDMA devices, a VF being probed looks like one whose netdev is elsewhere until its probe has ended.
    if holdingLock, holders.missingDevice == nil, try vf.driver == VirtualFunction.ownDriver, try vf.netdevs.isEmpty {
      try vf.awaitProbe()
    }
    let driver = try vf.driver
    let rdma = try probed(vf)
    // One that is there may not answer yet.
    let device = if let rdma { rdma.device } else { try vf.rdmaDevice }
    var found = VirtualFunction(
      index: index, pciAddress: vf.address, driver: driver, attributes: [:], probed: rdma?.readings ?? [:],
      holder: try holders.holder(of: vf, driver: driver, rdmaDevice: device))
    if driver == VirtualFunction.ownDriver && rdma == nil { found.missingDevice = holders.missingDevice }
    return found
  }

  /// What a VF's own RDMA device took over; nil where it is not to be seen.
  private func probed(
    _ function: PCIFunction
  ) throws(FileError) -> (device: String, readings: [VFAttribute: Reading])? {
    try files.readRDMADevice(below: function.folder) { device throws(FileError) in
      // A device that has another name by now is looked for again; one that does not answer is not.
      func reading(_ file: String, _ parse: (String) -> Reading) throws(FileError) -> Reading {
        do throws(FileError) {
          return parse(try function.rdmaLine(file, of: device))
        } catch  where !error.isAbsence {
          return .unreadable(error.errno.name)
        }
      }
      if pf.linkLayer == .ethernet {
        return (device, [.mac: try reading("node_guid") { Reading(macOfNodeGUID: $0) }])
      }
      return (
        device,
        [
          .nodeGUID: try reading("node_guid") { Reading(guid: $0) },
          .portGUID: try reading("ports/1/gids/0") { Reading(guid: $0.portGUIDOfGID) },
        ]
      )
    }
  }

  /// The GUIDs that the PF has for its VFs, by their numbers, as far as they are valid.
  package var guids: [Int: [VFAttribute: VFValue]] {
    get throws(FileError) {
      try channel.read(try vfIndexes).mapValues { readings in
        var values: [VFAttribute: VFValue] = [:]
        for attribute in VFAttribute.guids {
          if case .value(let value)? = readings[attribute] { values[attribute] = value }
        }
        return values
      }
    }
  }

  /// Who holds the VFs now.
  ///
  /// - Parameter lookingForUsers: Whether the users of RDMA devices are asked for as well.
  func holders(lookingForUsers: Bool) throws(FileError) -> Holders {
    try Holders(ofVFsOf: function, lookingForUsers ? netlink : nil)
  }

  /// May not show before there are VFs. Nil for InfiniBand, and where it cannot be told.
  package var eswitchMode: ESwitchMode? {
    get throws(FileError) { pf.linkLayer == .ethernet ? try function.eswitchMode : nil }
  }

  /// Whether the PF has VFs, at the cost of one listing.
  package var hasVFs: Bool {
    get throws(FileError) { try !vfIndexes.isEmpty }
  }

  /// A VF's address is no pure function of its index (mlx5.md 3.1): always through the link.
  func function(ofVF index: Int) throws(FileError) -> PCIFunction? {
    let link = function.path("virtfn\(index)")
    guard let name = try files.linkName(link) else { return nil }
    guard let address = PCIAddress(name) else { throw FileError(.link, link, .invalidArgument) }
    return PCIFunction(address: address, files: files)
  }
}

extension VirtualFunction {
  /// What its own RDMA device took over stands for GUIDs that the PF's driver does not know.
  fileprivate mutating func askForGUIDs() {
    for attribute in VFAttribute.guids {
      guard let own = probed[attribute] else { continue }
      if case .value = attributes[attribute] { continue }
      attributes[attribute] = own
    }
  }
}

extension VFAttribute {
  /// What says nothing in this mode, whatever the driver remembers.
  fileprivate static func hidden(in mode: ESwitchMode?) -> [VFAttribute: Reading] {
    let those = all(on: .ethernet).filter { !$0.isSettable(in: mode) }
    return Dictionary(uniqueKeysWithValues: those.map { ($0, .notVisible("the PF is in switchdev mode")) })
  }
}
