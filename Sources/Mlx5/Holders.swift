import HostInterface
import Model
import SystemPackage

/// Tells which VFs of a PF may be in use by somebody (mlx5.md 13): what the host cannot see of a VF, somebody else has.
struct Holders {
  private let pfHasNetdev: Bool
  private let pfHasRDMADevice: Bool

  init(ofVFsOf pf: PCIFunction) throws(FileError) {
    pfHasNetdev = try !pf.netdevs.isEmpty
    pfHasRDMADevice = try pf.rdmaDevice != nil
  }

  /// In words; nil when nothing says that the VF is in use.
  func holder(of vf: PCIFunction) throws(FileError) -> String? {
    guard let driver = try vf.driver else { return nil }
    guard driver == VirtualFunction.ownDriver else { return "\(driver) has it" }
    // Both folders show what is in this network namespace only.
    let netdevs = try vf.netdevs
    if pfHasNetdev && netdevs.isEmpty { return "its netdev is in another network namespace" }
    guard try vf.rdmaDevice != nil else {
      return pfHasRDMADevice ? "its RDMA device is in another network namespace" : nil
    }
    return nil
  }
}
