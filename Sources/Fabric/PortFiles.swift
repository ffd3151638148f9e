package import HostInterface
package import Model
import SystemPackage

/// Where the kernel shows the port of a PF or of one of its VFs: always below the PF's PCI folder, which does not move
/// when the RDMA device is renamed (mlx5.md 8).
package struct PortFiles: Sendable {
  private let folder: FilePath
  private let files: any FileTree

  package init(of pf: PCIAddress, files: any FileTree) {
    folder = FilePath("/sys/bus/pci/devices/\(pf)")
    self.files = files
  }

  package init(ofVF index: Int, of pf: PCIAddress, files: any FileTree) {
    folder = FilePath("/sys/bus/pci/devices/\(pf)/virtfn\(index)")
    self.files = files
  }

  /// Today's name, for `PortEvents`; nil while there is none.
  package var rdmaDevice: String? {
    get throws(FileError) { try files.rdmaDevice(below: folder) }
  }

  package func read() -> PortReading {
    do throws(FileError) {
      let found = try files.readRDMADevice(below: folder) { device throws(FileError) in try port(of: device) }
      if let found { return .port(found) }
      // An Ethernet function without an RDMA device has a netdev all the same.
      if let netdev = try ethernetNetdev {
        return .port(
          Port(
            linkLayer: .ethernet, state: netdev.hasCarrier ? .active : .down, physicalState: .nop, lid: 0, smLID: 0,
            guid: nil, netdev: netdev))
      }
      return try absence
    } catch {
      return .unreadable("\(error)")
    }
  }

  private var absence: PortReading {
    get throws(FileError) {
      do {
        _ = try files.list(folder)
      } catch let error where error.isAbsence {
        return .noFunction
      }
      return switch try files.linkName(path("driver")) {
      case nil: .unbound
      case VirtualFunction.ownDriver?: .noRDMADevice
      case let driver?: .otherDriver(driver)
      }
    }
  }

  private func port(of device: String) throws(FileError) -> Port {
    let port = "infiniband/\(device)/ports/1"
    let linkLayer = try value(in: "\(port)/link_layer", LinkLayer.init)
    return Port(
      linkLayer: linkLayer,
      state: try value(in: "\(port)/state") { Self.number(before: ":", in: $0).flatMap(Port.State.init) },
      physicalState: try value(in: "\(port)/phys_state") {
        Self.number(before: ":", in: $0).flatMap(Port.PhysicalState.init)
      },
      lid: try value(in: "\(port)/lid", Self.hexadecimal), smLID: try value(in: "\(port)/sm_lid", Self.hexadecimal),
      guid: try guid(in: "\(port)/gids/0"), netdev: linkLayer == .ethernet ? try netdev : nil)
  }

  private func guid(in name: String) throws(FileError) -> GUID? {
    try? GUID(try files.readLine(path(name)).portGUIDOfGID)
  }

  private var netdev: Port.Netdev? {
    get throws(FileError) {
      try files.lookAgain { () throws(FileError) in
        guard let name = try files.netdev(below: folder) else { return nil }
        return try netdev(called: name)
      }
    }
  }

  private var ethernetNetdev: Port.Netdev? {
    get throws(FileError) {
      try files.lookAgain { () throws(FileError) in
        guard let name = try files.netdev(below: folder),
          try files.linkLayer(ofNetdev: name, below: folder) == .ethernet
        else { return nil }
        return try netdev(called: name)
      }
    }
  }

  private func netdev(called name: String) throws(FileError) -> Port.Netdev {
    let isUp = try value(in: "net/\(name)/flags", Self.hexadecimal) & 1 == 1  // IFF_UP
    // The kernel tells the carrier of a netdev that is up, and of no other (EINVAL).
    return Port.Netdev(isUp: isUp, hasCarrier: isUp && (try? files.readLine(path("net/\(name)/carrier"))) == "1")
  }

  private func path(_ name: String) -> FilePath { FilePath("\(folder)/\(name)") }

  private func value<Value>(in name: String, _ parse: (String) -> Value?) throws(FileError) -> Value {
    let text = try files.readLine(path(name))
    guard let value = parse(text) else { throw FileError(.read, path(name), .invalidArgument) }
    return value
  }

  private static func number(before mark: Character, in text: String) -> Int? {
    Int(text.prefix { $0 != mark })
  }

  private static func hexadecimal(_ text: String) -> UInt32? {
    text.hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : nil
  }
}
