package import SystemPackage

/// The RDMA device of a PCI function itself, whatever others sit on the same function.
extension FileTree {
  /// Its name now, below the function's folder; nil while there is none.
  package func rdmaDevice(below folder: FilePath) throws(FileError) -> String? {
    let devices = try listIfPresent(FilePath("\(folder)/infiniband")).sorted()
    guard devices.count > 1 else { return devices.first { !$0.isSMIDevice } }
    // siw and older rxe sit on the function of their netdev. They have no board id, which mlx5's own devices have.
    let ofDriver = devices.filter { (try? readLine(FilePath("\(folder)/infiniband/\($0)/board_id"))) != nil }
    let candidates = ofDriver.isEmpty ? devices : ofDriver
    // A SMI device has no uverbs (ib_uverbs_add_one of uverbs_main.c). Where no device has, the name decides.
    let withUverbs = try candidates.count > 1 ? rdmaDevicesWithUverbs(below: folder) : []
    return candidates.first(where: withUverbs.contains) ?? candidates.first { !$0.isSMIDevice }
  }

  private func rdmaDevicesWithUverbs(below folder: FilePath) throws(FileError) -> [String] {
    let all = FilePath("\(folder)/infiniband_verbs")
    return try listIfPresent(all).compactMap { try? readLine(FilePath("\(all)/\($0)/ibdev")) }
  }

  /// Whether each network namespace shows all RDMA devices, as by default: `rdma system` sets it, and ib_core shows it as a
  /// parameter since Linux 5.2. Before, and without ib_core, no namespace hides one.
  package var areRDMADevicesShared: Bool {
    get throws(FileError) {
      let path: FilePath = "/sys/module/ib_core/parameters/netns_mode"
      do throws(FileError) {
        switch try readLine(path) {
        case "Y": return true
        case "N": return false
        default: throw FileError(.read, path, .invalidArgument)
        }
      } catch  where error.isAbsence {
        return true
      }
    }
  }

  /// What `read` makes of the device's files, all of one device; nil while there is no device, or none keeps its name.
  package func readRDMADevice<Value>(
    below folder: FilePath, _ read: (_ device: String) throws(FileError) -> Value?
  ) throws(FileError) -> Value? {
    try lookAgain { () throws(FileError) in
      guard let device = try rdmaDevice(below: folder) else { return nil }
      return try read(device)
    }
  }
}

extension String {
  /// Whether it names a device for the management of the planes of a ConnectX-8, made by `rdma dev add smi1 type SMI parent
  /// mlx5_0`. Its parent in sysfs is the PCI function, too (mlx5_ib_add_sub_dev of hw/mlx5/main.c). Users give it the name;
  /// `smi1` is that of the manual, `smi-mlx5_0` is seen as well.
  fileprivate var isSMIDevice: Bool { hasPrefix("smi") }
}
