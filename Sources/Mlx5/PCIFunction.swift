import HostInterface
import Model
import SystemPackage

/// A PCI function as /sys/bus/pci shows it. Always reached by its PCI address: that path does not move when the RDMA
/// device or the netdev is renamed in the middle of a run (mlx5.md 3).
struct PCIFunction {
  let address: PCIAddress
  let files: any FileTree

  var folder: FilePath { FilePath("/sys/bus/pci/devices/\(address)") }

  /// `name` may have several components.
  func path(_ name: String) -> FilePath { FilePath("/sys/bus/pci/devices/\(address)/\(name)") }

  func readLine(_ name: String) throws(FileError) -> String { try files.readLine(path(name)) }

  /// - Throws: EINVAL for what is not a decimal number.
  func readNumber(_ name: String) throws(FileError) -> Int {
    guard let number = Int(try readLine(name)) else { throw FileError(.read, path(name), .invalidArgument) }
    return number
  }

  /// Returns when no driver is probing the function, which may take minutes: the kernel reads this file under the device's
  /// lock, which a probe holds (driver_override_show of drivers/pci/pci-sysfs.c).
  func awaitProbe() throws(FileError) { _ = try readLine("driver_override") }

  /// The driver that has the function, nil while none has.
  var driver: String? {
    get throws(FileError) { try files.linkName(path("driver")) }
  }

  /// Four hexadecimal digits.
  var deviceID: String {
    get throws(FileError) { String(try readLine("device").drop { $0 == "0" || $0 == "x" }) }
  }

  private static let vendor = "0x15b3"

  /// Whether it is a network function (PCI class 02) of NVIDIA, PF or VF.
  var isNetworkFunctionOfNVIDIA: Bool {
    (try? readLine("vendor")) == Self.vendor && (try? readLine("class"))?.hasPrefix("0x02") == true
  }

  /// Whether it is ConnectX-3 or older, which mlx4_core or mthca has. mlx5 begins with Connect-IB, 1011
  /// (mlx5_core_pci_table of core/main.c; mlx4_pci_table of mlx4/main.c: 1002 to 1010, 6340 to 676e).
  var isOlderThanMlx5: Bool {
    guard let number = (try? deviceID).flatMap({ UInt16($0, radix: 16) }) else { return false }
    return number < 0x1011 || (0x5a00..<0x7000).contains(number)
  }

  /// By its PCI class: the firmware changes that with LINK_TYPE. Nil for any other class.
  var linkLayerOfClass: LinkLayer? {
    get throws(FileError) {
      let text = try readLine("class")
      return text.hasPrefix("0x0200") ? .ethernet : text.hasPrefix("0x0207") ? .infiniBand : nil
    }
  }

  /// Whether this is a VF of this host: only a VF has a link to its PF.
  var isVirtual: Bool {
    get throws(FileError) { try files.linkName(path("physfn")) != nil }
  }

  /// How many VFs the firmware allows. Nil without SR-IOV: the kernel then shows no such file (mlx5.md 3.1).
  var totalVFs: Int? {
    get throws(FileError) {
      do {
        let total = try readNumber("sriov_totalvfs")
        return total > 0 ? total : nil
      } catch let error where error.isAbsence {
        return nil
      }
    }
  }

  /// The names of its netdevs in this network namespace.
  var netdevs: [String] {
    get throws(FileError) { try files.listIfPresent(path("net")) }
  }

  /// The name of the RDMA device that sits directly on this function, nil while there is none.
  var rdmaDevice: String? {
    get throws(FileError) { try files.rdmaDevice(below: folder) }
  }

  /// The bond that a netdev of the function is a member of. A bridge is a master as well, and no bond.
  func bond(of netdev: String) throws(FileError) -> String? {
    guard let master = try files.linkName(path("net/\(netdev)/master")),
      (try? files.list(path("net/\(netdev)/master/bonding"))) != nil
    else { return nil }
    return master
  }

  /// The numbers of the VFs that are there, ascending.
  var vfIndexes: [Int] {
    get throws(FileError) {
      try files.list(folder)
        .compactMap { $0.hasPrefix("virtfn") ? UInt16($0.dropFirst("virtfn".count)).map(Int.init) : nil }.sorted()
    }
  }

  /// A line of a file below the RDMA device.
  func rdmaLine(_ name: String, of device: String) throws(FileError) -> String {
    try readLine("infiniband/\(device)/\(name)")
  }
}
