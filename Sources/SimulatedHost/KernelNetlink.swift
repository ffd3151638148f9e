package import HostInterface
import SystemPackage

/// RDMA netlink as drivers/infiniband/core/nldev.c has it: the summary of every device's resources, and the lists of one
/// device's contexts, protection domains, QPs and connections. Numbers are those of include/uapi/rdma/rdma_netlink.h.
extension SimulatedKernel {
  private static let client: UInt16 = 5 << 10

  package func exchange(_ request: NetlinkRequest) throws(NetlinkError) -> [[UInt8]] {
    do throws(Errno) {
      guard request.command.family == .rdma else { return try routeExchange(request) }
      guard machine.rdmaNetlink != .missing else { throw .protocolNotSupported }
      guard request.isDump else { throw .invalidArgument }
      switch (request.command.type, machine.rdmaNetlink) {
      case (Self.client + 9, _): return machine.resourceSummaries
      case (Self.client + 10, _): return try machine.resources(19, request, Machine.queuePairs)
      case (Self.client + 11, _): return try machine.resources(30, request, Machine.connections)
      case (Self.client + 14, _): return try machine.resources(46, request, Machine.protectionDomains)
      case (Self.client + 22, .complete): return try machine.resources(86, request, Machine.contexts)
      default: throw .invalidArgument
      }
    } catch {
      throw NetlinkError(request, error)
    }
  }
}

extension Machine {
  /// What the kernel holds of its own on each device.
  private static let ofKernel: (domains: Int, queues: Int) = (2, 3)
  /// The number of the first QP that is not one of those.
  private static let firstQueuePair = 0x100

  fileprivate var resourceSummaries: [[UInt8]] {
    rdmaDevices.enumerated().map { index, device in
      // Every process here has one protection domain, and nothing else yet.
      var counts = [
        ("pd", Self.ofKernel.domains + device.users.count), ("cq", Self.ofKernel.queues),
        ("qp", Self.ofKernel.queues + device.kernelUsers.count), ("cm_id", 1 + device.kernelUsers.count), ("mr", 0),
      ]
      if rdmaNetlink != .withoutContexts { counts.append(("ctx", device.users.count)) }
      if rdmaNetlink == .complete { counts.append(("srq", 2)) }
      let entries = counts.map { NetlinkAttribute(16, [NetlinkAttribute(17, $0), NetlinkAttribute(18, UInt64($1))]) }
      return (Self.handle(index, device.name) + [NetlinkAttribute(15, entries)]).bytes
    }
  }

  /// One message at most: none where there is nothing to list.
  fileprivate func resources(
    _ table: UInt16, _ request: NetlinkRequest, _ list: (Machine) -> (RDMADevice) -> [[NetlinkAttribute]]
  ) throws(Errno) -> [[UInt8]] {
    let asked = [NetlinkAttribute](bytes: request.payload)[type: 1]?.number(UInt32.self).map(Int.init)
    let devices = rdmaDevices
    guard let index = asked, devices.indices.contains(index) else { throw .invalidArgument }
    let entries = list(self)(devices[index]).map { NetlinkAttribute(table + 1, $0) }
    guard !entries.isEmpty else { return [] }
    return [(Self.handle(index, devices[index].name) + [NetlinkAttribute(table, entries)]).bytes]
  }

  fileprivate func contexts(of device: RDMADevice) -> [[NetlinkAttribute]] {
    device.users.enumerated().map { [NetlinkAttribute(64, UInt32($0))] + owner($1) }
  }

  fileprivate func protectionDomains(of device: RDMADevice) -> [[NetlinkAttribute]] {
    let ofKernel = (0..<Self.ofKernel.domains).map { number in
      [NetlinkAttribute(38, UInt64(3)), NetlinkAttribute(60, UInt32(number)), NetlinkAttribute(29, "mlx5_ib")]
    }
    return ofKernel
      + device.users.enumerated().map { number, user in
        let number = UInt32(Self.ofKernel.domains + number)
        return [NetlinkAttribute(38, UInt64(0)), NetlinkAttribute(60, number)] + owner(user)
      }
  }

  /// QP 0 and QP 1 are ib_core's, for management; IPoIB has one. A connection's QP has the name of rdma_cm, which makes
  /// it; before 5.15 it had that of whoever connected.
  fileprivate func queuePairs(of device: RDMADevice) -> [[NetlinkAttribute]] {
    func pair(_ number: Int, _ name: String, port: [NetlinkAttribute] = [], type: UInt8) -> [NetlinkAttribute] {
      let isConnected = type == Self.reliableConnection
      let remote = [NetlinkAttribute(22, UInt32(number)), NetlinkAttribute(23, UInt32(0))]
      return port + [NetlinkAttribute(21, UInt32(number)), NetlinkAttribute(29, name)] + (isConnected ? remote : [])
        + [NetlinkAttribute(24, UInt32(0))] + (isConnected ? [NetlinkAttribute(25, UInt8(0))] : [])
        + [NetlinkAttribute(26, type), NetlinkAttribute(27, UInt8(3))]
    }
    let port = [NetlinkAttribute(3, UInt32(1))]
    return [
      pair(0, "ib_core", port: port, type: 0), pair(1, "ib_core", port: port, type: 1),
      pair(Self.firstQueuePair - 1, "ib_ipoib", type: 4),
    ]
      + device.kernelUsers.enumerated().map { number, user in
        let name = rdmaNetlink == .complete ? "rdma_cm" : user
        return pair(Self.firstQueuePair + number, name, type: Self.reliableConnection)
      }
  }

  /// An NFS server listens on every device; that is no use of it.
  fileprivate func connections(of device: RDMADevice) -> [[NetlinkAttribute]] {
    func connection(_ name: String, queuePair: [NetlinkAttribute], state: UInt8) -> [NetlinkAttribute] {
      [NetlinkAttribute(3, UInt32(1))] + queuePair
        + [NetlinkAttribute(32, UInt32(0x106)), NetlinkAttribute(27, state), NetlinkAttribute(29, name)]
    }
    return [connection("rpcrdma", queuePair: [], state: 8)]
      + device.kernelUsers.enumerated().map { number, user in
        let number = NetlinkAttribute(21, UInt32(Self.firstQueuePair + number))
        return connection(user, queuePair: [number, NetlinkAttribute(26, Self.reliableConnection)], state: 5)
      }
  }

  private static let reliableConnection: UInt8 = 2

  /// RES_PID. Newer kernels leave it out where the process cannot be named, older ones say 0.
  private func owner(_ user: Int32) -> [NetlinkAttribute] {
    user == 0 && rdmaNetlink == .complete ? [] : [NetlinkAttribute(28, user)]
  }

  private static func handle(_ index: Int, _ name: String) -> [NetlinkAttribute] {
    [NetlinkAttribute(1, UInt32(index)), NetlinkAttribute(2, name)]
  }
}
