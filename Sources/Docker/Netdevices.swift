package import HostInterface
package import Model
import SystemPackage

/// Which PF or VF a netdev's name stands for today, and the other way round. Docker and the plugin know names only, and
/// names move between boots.
package struct Netdevices: Sendable {
  private let files: any FileTree

  package init(_ files: any FileTree) { self.files = files }

  /// Nil where there is no such netdev, or where it is no PCI function's own.
  package func device(named name: String) throws(FileError) -> NetworkDevice? {
    guard let address = try files.function(ofNetdev: name) else { return nil }
    guard let pf = try files.linkName(path(address).appending("physfn")).flatMap({ PCIAddress($0) }) else {
      return NetworkDevice(pf: address)
    }
    for link in try files.list(path(pf)) where link.hasPrefix(Self.vfLink) {
      guard try files.linkName(path(pf).appending(link)) == address.description else { continue }
      return Int(link.dropFirst(Self.vfLink.count)).map { NetworkDevice(pf: pf, vf: $0) }
    }
    return nil
  }

  /// Nil where it has none of its own in this network namespace.
  ///
  /// - Parameter device: With the address that its PF has today.
  package func name(of device: NetworkDevice) throws(FileError) -> String? {
    guard let vf = device.vf else { return try files.netdev(below: path(device.pf)) }
    let address = try files.linkName(path(device.pf).appending("\(Self.vfLink)\(vf)")).flatMap { PCIAddress($0) }
    guard let address else { return nil }
    return try files.netdev(below: path(address))
  }

  private static let vfLink = "virtfn"

  private func path(_ address: PCIAddress) -> FilePath { FilePath("/sys/bus/pci/devices/\(address)") }
}
