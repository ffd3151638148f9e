package import Model
import SystemPackage

/// A uevent of the kernel, as far as it tells what it is about (lib/kobject_uevent.c).
package struct DeviceEvent: Hashable, Sendable {
  private static let subsystems: Set = ["pci", "infiniband", "net"]

  /// The PCI function that came, went or changed, or on which the device sits that did.
  package let function: PCIAddress

  package init(of function: PCIAddress) { self.function = function }

  /// Nil for what concerns neither a PF nor a VF: the veths, bridges and VLANs of containers sit on no PCI function.
  ///
  /// - Parameter path: The device's, below /sys: `/devices/pci0000:b0/0000:b0:02.0/0000:b1:00.0/net/ibs21`.
  package init?(subsystem: String, path: String) {
    guard Self.subsystems.contains(subsystem) else { return nil }
    guard let function = path.split(separator: "/").lazy.reversed().compactMap({ PCIAddress(String($0)) }).first else {
      return nil
    }
    self.function = function
  }
}

/// The kernel's uevents.
package protocol DeviceEvents: Sendable {
  /// Calls `notice` with each event about a PCI function, an RDMA device or a netdev on one, from now on; with nil when
  /// events were lost. It is called on another thread, and must not block.
  func watch(_ notice: @escaping @Sendable (DeviceEvent?) -> Void)
}

extension DeviceEvents {
  /// Rings `bell` at each event from now on.
  package func watch(ringing bell: any Bell) { watch { _ in bell.ring() } }
}
