import HostInterface
import SimulatedHost
import SystemPackage
import Testing
import TestSupport

/// The simulated RDMA netlink, byte for byte as drivers/infiniband/core/nldev.c of Linux 6 writes it on x86.
@Suite struct KernelNetlinkTests {
  private static let resources = NetlinkCommand(.rdma, 0x1409, "RDMA_NLDEV_CMD_RES_GET")
  private static let domains = NetlinkCommand(.rdma, 0x140e, "RDMA_NLDEV_CMD_RES_PD_GET")
  private static let queuePairs = NetlinkCommand(.rdma, 0x140a, "RDMA_NLDEV_CMD_RES_QP_GET")
  private static let contexts = NetlinkCommand(.rdma, 0x1416, "RDMA_NLDEV_CMD_RES_CTX_GET")
  private static let handle = """
    08 00 01 00  00 00 00 00              # DEV_INDEX 0
    0b 00 02 00  6d 6c 78 35 5f 30 00 00  # DEV_NAME mlx5_0
    """
  private let firstDevice = bytes("08 00 01 00  00 00 00 00  # DEV_INDEX 0")

  private func kernel(_ users: [Int32] = [0x1267]) -> SimulatedKernel {
    let simulation = Simulation()
    simulation.kernel.update { $0.adapters[0].users = users }
    return simulation.kernel
  }

  private func errno(of request: NetlinkRequest, on kernel: SimulatedKernel) -> Errno? {
    do throws(NetlinkError) {
      _ = try kernel.exchange(request)
      return nil
    } catch {
      return error.errno
    }
  }

  @Test func `the summary of a device`() throws {
    let summary = bytes(
      """
      \(Self.handle)
      b0 00 0f 00                                                                  # RES_SUMMARY
      18 00 10 00  07 00 11 00  70 64 00 00              0c 00 12 00  03 00 00 00 00 00 00 00  # pd 3
      18 00 10 00  07 00 11 00  63 71 00 00              0c 00 12 00  03 00 00 00 00 00 00 00  # cq 3
      18 00 10 00  07 00 11 00  71 70 00 00              0c 00 12 00  03 00 00 00 00 00 00 00  # qp 3
      1c 00 10 00  0a 00 11 00  63 6d 5f 69 64 00 00 00  0c 00 12 00  01 00 00 00 00 00 00 00  # cm_id 1
      18 00 10 00  07 00 11 00  6d 72 00 00              0c 00 12 00  00 00 00 00 00 00 00 00  # mr 0
      18 00 10 00  08 00 11 00  63 74 78 00              0c 00 12 00  01 00 00 00 00 00 00 00  # ctx 1
      18 00 10 00  08 00 11 00  73 72 71 00              0c 00 12 00  02 00 00 00 00 00 00 00  # srq 2
      """)
    #expect(try kernel().exchange(NetlinkRequest(Self.resources, isDump: true)) == [summary])
  }

  @Test func `the contexts of a device`() throws {
    let list = bytes(
      """
      \(Self.handle)
      18 00 56 00             # RES_CTX
      14 00 57 00             # RES_CTX_ENTRY
      08 00 40 00 00 00 00 00 # RES_CTXN 0
      08 00 1c 00 67 12 00 00 # RES_PID 4711
      """)
    let request = NetlinkRequest(Self.contexts, isDump: true, payload: firstDevice)
    #expect(try kernel().exchange(request) == [list])
    #expect(try kernel([]).exchange(request).isEmpty)
  }

  @Test func `the QPs of a device, of which the kernel always has some`() throws {
    let list = bytes(
      """
      \(Self.handle)
      a8 00 13 00                                       # RES_QP
      38 00 14 00                                       # RES_QP_ENTRY
      08 00 03 00 01 00 00 00  08 00 15 00 00 00 00 00  # PORT_INDEX 1, RES_LQPN 0
      0c 00 1d 00 69 62 5f 63 6f 72 65 00               # RES_KERN_NAME ib_core
      08 00 18 00 00 00 00 00                           # RES_SQ_PSN 0
      05 00 1a 00 00 00 00 00  05 00 1b 00 03 00 00 00  # RES_TYPE SMI, RES_STATE RTS
      38 00 14 00
      08 00 03 00 01 00 00 00  08 00 15 00 01 00 00 00
      0c 00 1d 00 69 62 5f 63 6f 72 65 00
      08 00 18 00 00 00 00 00
      05 00 1a 00 01 00 00 00  05 00 1b 00 03 00 00 00  # GSI
      34 00 14 00
      08 00 15 00 ff 00 00 00
      0d 00 1d 00 69 62 5f 69 70 6f 69 62 00 00 00 00
      08 00 18 00 00 00 00 00
      05 00 1a 00 04 00 00 00  05 00 1b 00 03 00 00 00  # UD
      """)
    let request = NetlinkRequest(Self.queuePairs, isDump: true, payload: firstDevice)
    #expect(try kernel().exchange(request) == [list])
  }

  @Test func `what it does not have is refused as the kernel does`() {
    let kernel = kernel()
    #expect(errno(of: NetlinkRequest(Self.resources), on: kernel) == .invalidArgument)
    #expect(errno(of: NetlinkRequest(Self.contexts, isDump: true), on: kernel) == .invalidArgument)
    let noDevice = bytes("08 00 01 00  09 00 00 00")
    #expect(errno(of: NetlinkRequest(Self.domains, isDump: true, payload: noDevice), on: kernel) == .invalidArgument)
    #expect(errno(of: NetlinkRequest(NetlinkCommand(.rdma, 7, ""), isDump: true), on: kernel) == .invalidArgument)
    #expect(errno(of: NetlinkRequest(NetlinkCommand(.route, 18, "")), on: kernel) == .invalidArgument)
    let link = [UInt8](repeating: 0, count: 16)
    #expect(errno(of: NetlinkRequest(NetlinkCommand(.route, 4000, ""), payload: link), on: kernel) == .notSupported)
    kernel.update { $0.rdmaNetlink = .withoutContextList }
    let list = NetlinkRequest(Self.contexts, isDump: true, payload: firstDevice)
    #expect(errno(of: list, on: kernel) == .invalidArgument)
    kernel.update { $0.rdmaNetlink = .missing }
    #expect(errno(of: list, on: kernel) == .protocolNotSupported)
  }
}
