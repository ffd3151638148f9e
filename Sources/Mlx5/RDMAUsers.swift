package import HostInterface

/// Who uses the host's RDMA devices, as the kernel counts and lists it (drivers/infiniband/core/nldev.c).
package struct RDMAUsers: Sendable {
  package enum Use: Hashable, Sendable {
    case nobody
    /// The processes are named as far as the kernel does; there may be none.
    case processes([Int32])
    /// The kernel's own modules, such as nvme_rdma.
    case kernel([String])
    /// The kernel does not count contexts, does not list QPs, or does not know the device.
    case unknown
  }

  private struct Device {
    let index: NetlinkAttribute
    let contexts: UInt64
    let queuePairs: UInt64
  }

  /// Whose QPs come with the device and go with it: its driver's, those for management, and IPoIB's.
  private static let ownModules: Set = ["mlx5_core", "mlx5_ib", "ib_core", "ib_ipoib"]

  private let netlink: any NetlinkSocket
  private var devices: [String: Device] = [:]

  package init(_ netlink: any NetlinkSocket) throws(NetlinkError) {
    self.netlink = netlink
    let summaries: [[UInt8]]
    do {
      summaries = try netlink.exchange(NetlinkRequest(.resourceSummary, isDump: true))
    } catch let error where error.isAbsence {
      return  // ib_core is not loaded: there are no RDMA devices.
    }
    for summary in summaries {
      let attributes = [NetlinkAttribute](bytes: summary)
      let entries = attributes[type: .summary]?.attributes.map(\.attributes)
      func count(_ name: String) -> UInt64? {
        entries?.first { $0[type: .entryName]?.text == name }?[type: .entryCount]?.number()
      }
      guard let name = attributes[type: .deviceName]?.text, let index = attributes[type: .deviceIndex],
        let contexts = count("ctx"), let queuePairs = count("qp")
      else { continue }
      devices[name] = Device(index: index, contexts: contexts, queuePairs: queuePairs)
    }
  }

  /// Asks the kernel for the names of the users.
  package func of(_ name: String) -> Use {
    guard let device = devices[name] else { return .unknown }
    // Every process that opened the device has a context, but nothing in the kernel has.
    return device.contexts > 0 ? .processes(processes(using: device)) : useWithoutContext(of: device)
  }

  /// Kernels that count contexts and cannot list them name the processes with their protection domains.
  private func processes(using device: Device) -> [Int32] {
    let list =
      RDMAResources.contexts.list(ofDevice: device.index, netlink)
      ?? RDMAResources.protectionDomains.list(ofDevice: device.index, netlink)
    return Self.processes(in: list ?? [])
  }

  private static func processes(in list: [[NetlinkAttribute]]) -> [Int32] {
    Set(list.compactMap { $0[type: .process]?.number(Int32.self) }.filter { $0 > 0 }).sorted()
  }

  /// What is mounted over the network, for one, is seen by its QPs alone.
  private func useWithoutContext(of device: Device) -> Use {
    guard let pairs = RDMAResources.queuePairs.list(ofDevice: device.index, netlink) else { return .unknown }
    // The kernel's own are counted, but not listed, for a process in a PID namespace.
    guard !pairs.isEmpty || device.queuePairs == 0 else { return .unknown }
    let owners = pairs.map { $0[type: .kernelName]?.text }
    // A process has opened the device since it was counted.
    guard !owners.contains(nil) else { return .processes(Self.processes(in: pairs)) }
    let modules = Set(owners.compactMap(\.self)).subtracting(Self.ownModules)
    guard !modules.isEmpty else { return .nobody }
    let connected = modules.contains("rdma_cm") ? modulesConnected(by: device) : []
    return .kernel((connected.isEmpty ? modules : modules.subtracting(["rdma_cm"]).union(connected)).sorted())
  }

  /// Kernels since 5.15 name the QPs of all connections after rdma_cm. A connection without a QP only listens.
  private func modulesConnected(by device: Device) -> [String] {
    (RDMAResources.connections.list(ofDevice: device.index, netlink) ?? [])
      .filter { $0[type: .queuePairNumber] != nil }.compactMap { $0[type: .kernelName]?.text }
  }
}
