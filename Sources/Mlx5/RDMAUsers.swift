package import HostInterface

/// Which processes use the host's RDMA devices, as the kernel counts them (drivers/infiniband/core/nldev.c).
package struct RDMAUsers: Sendable {
  package enum Use: Hashable, Sendable {
    case nobody
    /// The processes are named as far as the kernel does; there may be none.
    case processes([Int32])
    /// The kernel does not count contexts, or does not know the device.
    case unknown
  }

  private var uses: [String: Use] = [:]

  package init(_ netlink: any NetlinkSocket) throws(NetlinkError) {
    let summaries: [[UInt8]]
    do {
      summaries = try netlink.exchange(NetlinkRequest(.summary, isDump: true))
    } catch let error where error.isAbsence {
      return  // ib_core is not loaded: there are no RDMA devices.
    }
    for summary in summaries {
      let attributes = [NetlinkAttribute](bytes: summary)
      guard let device = attributes[type: .deviceName]?.text else { continue }
      uses[device] = Self.use(attributes, netlink)
    }
  }

  package func of(_ device: String) -> Use { uses[device] ?? .unknown }

  /// Every process that opened the device has a context. Protection domains and queues are no measure: the kernel has
  /// some of its own on every device.
  private static func use(_ summary: [NetlinkAttribute], _ netlink: any NetlinkSocket) -> Use {
    let entries = summary[type: .summary]?.attributes.map(\.attributes)
    let contexts = entries?.first { $0[type: .entryName]?.text == "ctx" }?[type: .entryCount]
    guard let index = summary[type: .deviceIndex], let count = contexts?.number(UInt64.self) else { return .unknown }
    return count == 0 ? .nobody : .processes(processes(using: index, netlink))
  }

  /// Kernels that count contexts and cannot list them name the processes with their protection domains.
  private static func processes(using index: NetlinkAttribute, _ netlink: any NetlinkSocket) -> [Int32] {
    for command in [NetlinkCommand.contexts, .protectionDomains] {
      let request = NetlinkRequest(command, isDump: true, payload: [index].bytes)
      guard let messages = try? netlink.exchange(request) else { continue }
      let tables = messages.flatMap { [NetlinkAttribute](bytes: $0) }.filter {
        [.contexts, .protectionDomains].contains($0.type)
      }
      let processes = tables.flatMap(\.attributes).compactMap { $0.attributes[type: .process]?.number(Int32.self) }
      return Set(processes.filter { $0 > 0 }).sorted()
    }
    return []
  }
}

// The names and numbers of include/uapi/rdma/rdma_netlink.h.

extension NetlinkCommand {
  fileprivate static let summary = resource(9, "RDMA_NLDEV_CMD_RES_GET")
  fileprivate static let protectionDomains = resource(14, "RDMA_NLDEV_CMD_RES_PD_GET")
  fileprivate static let contexts = resource(22, "RDMA_NLDEV_CMD_RES_CTX_GET")

  /// RDMA_NL_GET_TYPE, for the client RDMA_NL_NLDEV.
  private static func resource(_ command: UInt16, _ name: String) -> NetlinkCommand {
    NetlinkCommand(.rdma, 5 << 10 | command, name)
  }
}

/// Of enum rdma_nldev_attr.
extension UInt16 {
  fileprivate static let deviceIndex: UInt16 = 1
  fileprivate static let deviceName: UInt16 = 2
  fileprivate static let summary: UInt16 = 15
  fileprivate static let entryName: UInt16 = 17
  fileprivate static let entryCount: UInt16 = 18
  fileprivate static let process: UInt16 = 28
  fileprivate static let protectionDomains: UInt16 = 46
  fileprivate static let contexts: UInt16 = 86
}
