import HostInterface
import Model
import SystemPackage

/// Tells which VFs of a PF may be in use by somebody (mlx5.md 13): what the host cannot see of a VF, somebody else has.
struct Holders {
  private let pfHasNetdev: Bool
  private let pfHasRDMADevice: Bool
  private let areDevicesShared: Bool
  private let netlink: (any NetlinkSocket)?
  private let users: RDMAUsers?
  /// What the host does with its netdevs; nil while the PF has no VFs.
  private let netdevUse: Result<NetdevUse, NetlinkError>?

  /// - Parameter netlink: Tells who uses RDMA devices and netdevs; nil where that is not asked, because asking may block
  ///   while somebody makes or removes such devices.
  init(ofVFsOf pf: PCIFunction, _ netlink: (any NetlinkSocket)?) throws(FileError) {
    pfHasNetdev = try !pf.netdevs.isEmpty
    pfHasRDMADevice = try pf.rdmaDevice != nil
    areDevicesShared = try pf.files.areRDMADevicesShared
    self.netlink = netlink
    users = try? netlink.map(RDMAUsers.init)
    netdevUse =
      try pf.vfIndexes.isEmpty
      ? nil : netlink.map { netlink in Result { () throws(NetlinkError) in try NetdevUse(netlink) } }
  }

  /// What may be the reason where a VF that has its own driver has no RDMA device.
  var missingDevice: VirtualFunction.MissingDevice? {
    pfHasRDMADevice ? areDevicesShared ? .coming : .comingOrHidden : nil
  }

  /// In words; nil when nothing says that the VF is in use. Where it cannot be told, it may be.
  func holder(of vf: PCIFunction) throws(FileError) -> String? {
    try holder(of: vf, driver: try vf.driver, rdmaDevice: try vf.rdmaDevice)
  }

  /// As above, of a VF of which this was just read.
  func holder(of vf: PCIFunction, driver: String?, rdmaDevice: String?) throws(FileError) -> String? {
    guard let driver else { return nil }
    guard driver == VirtualFunction.ownDriver else { return "\(driver) has it" }
    if rdmaDevice == nil && missingDevice == .coming { return nil }
    // Both folders show what is in this network namespace only.
    guard let netdevs = try vf.netdevsWithUppers else { return "its netdev is just being renamed" }
    if pfHasNetdev && netdevs.isEmpty { return "its netdev is in another network namespace" }
    if let found = netdevs.first(where: { !$0.uppers.isEmpty }) {
      return "its netdev \(found.name) is below \(found.uppers.joined(separator: ", "))"
    }
    if netlink != nil, let use = use(of: netdevs) { return use }
    guard let device = rdmaDevice else {
      return pfHasRDMADevice ? "its RDMA device is in another network namespace" : nil
    }
    guard let netlink else { return nil }
    var use = users?.of(device)
    if use == .unknown, let renamed = try vf.rdmaDevice {
      // rdma-core renames a device soon after it came, perhaps since the kernel was asked.
      use = (try? RDMAUsers(netlink))?.of(renamed)
    }
    switch use {
    case .nobody: return nil
    case .processes(let processes): return "its RDMA device is used by \(names(of: processes, vf.files))"
    case .kernel(let modules): return "its RDMA device is used by the kernel's \(modules.joined(separator: ", "))"
    case .unknown, nil: return "this kernel does not tell who uses its RDMA device"
    }
  }

  private func use(of netdevs: [StackedNetdev]) -> String? {
    switch netdevUse {
    case .success(let use): netdevs.lazy.compactMap { use.ofNetdev($0.index) }.first.map { "its netdev \($0)" }
    case .failure(let error): netdevs.isEmpty ? nil : "whether the host uses its netdev is unknown: \(error)"
    case nil: netdevs.isEmpty ? nil : "it has just been made"
    }
  }

  /// `ib_write_bw (pid 4711)`
  private func names(of processes: [Int32], _ files: any FileTree) -> String {
    let names = processes.map { process in
      let name = try? files.readLine(FilePath("/proc/\(process)/comm"))
      return name.map { "\($0) (pid \(process))" } ?? "pid \(process)"
    }
    return names.isEmpty ? "somebody" : names.joined(separator: ", ")
  }
}

private struct StackedNetdev {
  let name: String
  let index: Int32
  let uppers: [String]
}

extension PCIFunction {
  /// Its netdevs, each with what is stacked on it: a bridge, a bond, Open vSwitch, VLANs, macvtaps. The kernel does not tell
  /// of one that was moved to another network namespace. Nil while a netdev is being renamed.
  fileprivate var netdevsWithUppers: [StackedNetdev]? {
    get throws(FileError) {
      try files.lookAgain { () throws(FileError) in
        var found: [StackedNetdev] = []
        for netdev in try netdevs {
          let uppers = try files.list(path("net/\(netdev)")).filter { $0.hasPrefix("upper_") }.sorted()
          let index = Int32(try files.readNetdevLine("ifindex", of: netdev, below: folder)) ?? 0
          found.append(
            StackedNetdev(name: netdev, index: index, uppers: uppers.map { String($0.dropFirst("upper_".count)) }))
        }
        return found
      }
    }
  }
}
