/// The kernel's uevents.
package protocol DeviceEvents: Sendable {
  /// Rings `bell` whenever a PCI function, an RDMA device or a netdev came, went or changed, from now on.
  func watch(ringing bell: any Bell)
}
