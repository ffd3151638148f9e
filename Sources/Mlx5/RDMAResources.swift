import HostInterface

/// A list of one kind of thing that an RDMA device has for its users. The names and numbers are those of
/// include/uapi/rdma/rdma_netlink.h.
struct RDMAResources {
  private let command: NetlinkCommand
  private let table: UInt16

  static let queuePairs = RDMAResources(10, "RDMA_NLDEV_CMD_RES_QP_GET", table: 19)
  static let connections = RDMAResources(11, "RDMA_NLDEV_CMD_RES_CM_ID_GET", table: 30)
  static let protectionDomains = RDMAResources(14, "RDMA_NLDEV_CMD_RES_PD_GET", table: 46)
  static let contexts = RDMAResources(22, "RDMA_NLDEV_CMD_RES_CTX_GET", table: 86)

  private init(_ command: UInt16, _ name: String, table: UInt16) {
    self.command = .resource(command, name)
    self.table = table
  }

  /// The attributes of each; nil where the kernel does not list them.
  func list(ofDevice index: NetlinkAttribute, _ netlink: any NetlinkSocket) -> [[NetlinkAttribute]]? {
    let request = NetlinkRequest(command, isDump: true, payload: [index].bytes)
    guard let messages = try? netlink.exchange(request) else { return nil }
    return messages.flatMap { [NetlinkAttribute](bytes: $0) }.filter { $0.type == table }
      .flatMap(\.attributes).map(\.attributes)
  }
}

extension NetlinkCommand {
  static let resourceSummary = resource(9, "RDMA_NLDEV_CMD_RES_GET")

  /// RDMA_NL_GET_TYPE, for the client RDMA_NL_NLDEV.
  fileprivate static func resource(_ command: UInt16, _ name: String) -> NetlinkCommand {
    NetlinkCommand(.rdma, 5 << 10 | command, name)
  }
}

/// Of enum rdma_nldev_attr.
extension UInt16 {
  static let deviceIndex: UInt16 = 1
  static let deviceName: UInt16 = 2
  static let summary: UInt16 = 15
  static let entryName: UInt16 = 17
  static let entryCount: UInt16 = 18
  static let queuePairNumber: UInt16 = 21
  static let process: UInt16 = 28
  static let kernelName: UInt16 = 29
}
