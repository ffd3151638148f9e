import HostInterface
import Model
import SimulatedHost
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Mlx5

/// rtnetlink as on x86: what the agent sends, byte for byte, and what it makes of the answers.
@Suite struct NetlinkChannelTests {
  private static let link = bytes(
    """
    00 00 00 00  02 00 00 00  00 00 00 00  00 00 00 00  # ifinfomsg: index 2
    """)
  private static let anyLink = bytes("00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00")
  private static let withVFs = bytes("08 00 1d 00  09 00 00 00  # IFLA_EXT_MASK: VF, SKIP_STATS")

  private func device(_ simulation: Simulation, _ netlink: (any NetlinkSocket)? = nil) throws -> PFDevice {
    var host = simulation.host
    if let netlink { host.netlink = netlink }
    return PFDevice(try #require(Discovery(simulation.kernel).pfs.first), on: host)
  }

  private func sent(_ simulation: Simulation, _ body: (PFDevice) throws -> Void) throws -> [NetlinkRequest] {
    let requests = Mutex<[NetlinkRequest]>([])
    let kernel = simulation.kernel
    let listening = Meddler { request throws(NetlinkError) in
      if request.command.family == .route { requests.withLock { $0.append(request) } }
      return try kernel.exchange(request)
    }
    try body(try device(simulation, listening))
    return requests.withLock(\.self)
  }

  // MARK: What is sent

  @Test func `a policy is a link state, by netlink's numbers`() throws {
    let simulation = try Simulation.setUpInbox()
    for (policy, number): (VFPolicy, UInt8) in [(.follow, 0), (.up, 1), (.down, 2)] {
      let requests = try sent(simulation) {
        let reading = try $0.set(.policy, to: .policy(policy), vf: 3, evenIfHeld: false)
        #expect(reading == .value(.policy(policy)))
      }
      #expect(requests.map(\.command.type) == [19, 18])
      #expect(
        requests[0].payload
          == Self.link
          + bytes(
            """
            14 00 16 00                           # IFLA_VFINFO_LIST
            10 00 01 00                           # IFLA_VF_INFO
            0c 00 05 00  03 00 00 00  0\(number) 00 00 00  # IFLA_VF_LINK_STATE of VF 3
            """))
      #expect(simulation.kernel.machine.adapters[0].contexts[3].policy == policy)
    }
  }

  @Test func `a GUID is in the machine's own byte order, each in a message of its own`() throws {
    let simulation = try Simulation.setUpInbox(guids: false)
    let guid = try GUID("0c:42:a1:03:00:b1:01:02")
    let vf = try #require(try simulation.kernel.linkName("/sys/bus/pci/devices/0000:b1:00.0/virtfn1"))
    try simulation.kernel.store(vf, in: "/sys/bus/pci/drivers/mlx5_core/unbind")
    for (attribute, type): (VFAttribute, String) in [(.nodeGUID, "0a"), (.portGUID, "0b")] {
      let requests = try sent(simulation) {
        let reading = try $0.set(attribute, to: .guid(guid), vf: 1, evenIfHeld: false)
        #expect(reading == .value(.guid(guid)))
      }
      #expect(
        requests[0].payload
          == Self.link
          + bytes(
            """
            1c 00 16 00                           # IFLA_VFINFO_LIST
            18 00 01 00                           # IFLA_VF_INFO
            14 00 \(type) 00  01 00 00 00  00 00 00 00  # IFLA_VF_IB_NODE_GUID, _PORT_GUID of VF 1, filled up
            02 01 b1 00  03 a1 42 0c
            """))
    }
    #expect(simulation.kernel.machine.adapters[0].contexts[1].portGUID == guid.value)
  }

  @Test func `few VFs are asked for by their link, many in a dump, and without VFs nothing is asked`() throws {
    for (vfs, isDump) in [(1, false), (8, false), (9, true), (127, true)] {
      let requests = try sent(.setUpInbox(vfs: vfs)) { _ = try $0.observe(holdingLock: true) }
      #expect(requests.map(\.isDump) == [isDump])
      #expect(requests.map(\.payload) == [(isDump ? Self.anyLink : Self.link) + Self.withVFs])
    }
    #expect(try sent(.setUpInbox(vfs: 0)) { _ = try $0.observe(holdingLock: true) }.isEmpty)
  }

  @Test func `Ethernet VFs, which have no GUIDs, are asked for by their link`() throws {
    let requests = try sent(.setUpEthernet(vfs: 40, files: false)) { _ = try $0.observe(holdingLock: true) }
    #expect(requests.map(\.isDump) == [false])
  }

  // MARK: What is read

  @Test(arguments: [Errno.messageTooLong, .noBufferSpace]) func `where a dump is too long, the one link is asked for`(
    errno: Errno
  ) throws {
    let simulation = try Simulation.setUpInbox(vfs: 40)
    simulation.kernel.update { $0.routeNetlink.forgetsRoomForGUIDs = false }
    let kernel = simulation.kernel
    let refusing = Meddler { request throws(NetlinkError) in
      if request.isDump && request.command.family == .route { throw NetlinkError(request, errno) }
      return try kernel.exchange(request)
    }
    let found = try device(simulation, refusing).observe(holdingLock: true)
    #expect(found.vfs.allSatisfy { $0.attributes[.policy] == .value(.policy(.follow)) })
  }

  @Test(arguments: [1, 15, 16, 127]) func `all VFs are read, whatever room the kernel reserves`(vfs: Int) throws {
    let simulation = try Simulation.setUpInbox(vfs: vfs)
    let found = try device(simulation).observe(holdingLock: true)
    #expect(found.vfs.count == vfs)
    #expect(found.attributesHidden == nil)
    for vf in found.vfs {
      let context = simulation.kernel.machine.adapters[0].contexts[vf.index]
      #expect(try vf.attributes[.nodeGUID] == .value(.guid(GUID(context.nodeGUID))))
      #expect(try vf.attributes[.portGUID] == .value(.guid(GUID(context.portGUID))))
      #expect(vf.attributes[.policy] == .value(.policy(.follow)))
    }
  }

  @Test func `a GUID that netlink forgot is asked of the VF's own RDMA device`() throws {
    let simulation = try Simulation.setUpInbox()
    simulation.kernel.update { machine in
      for vf in 0..<4 { machine.adapters[0].contexts[vf].remembered.netlinkNodeGUID = 0 }
      machine.adapters[0].vfs[1].rdmaDevice = nil
      machine.adapters[0].vfs[2].probedNodeGUID = 0
      (machine.adapters[0].vfs[3].probedNodeGUID, machine.adapters[0].contexts[3].remembered.netlinkNodeGUID) = (
        0, 0x10
      )
    }
    let found = try device(simulation).observe(holdingLock: true)
    let own = simulation.kernel.machine.adapters[0].vfs[0].probedNodeGUID
    #expect(try found.vfs[0].attributes[.nodeGUID] == .value(.guid(GUID(own))))
    #expect(found.vfs[1].attributes[.nodeGUID] == .unset)
    #expect(found.vfs[2].attributes[.nodeGUID] == .unset)
    #expect(try found.vfs[3].attributes[.nodeGUID] == .value(.guid(GUID(0x10))))
  }

  @Test func `a kernel that tells no GUIDs is no proof that there are none`() throws {
    let simulation = try Simulation.setUpInbox()
    simulation.kernel.update { machine in
      machine.routeNetlink.tellsGUIDs = false
      machine.adapters[0].vfs[1].rdmaDevice = nil
    }
    let found = try device(simulation).observe(holdingLock: true)
    let own = simulation.kernel.machine.adapters[0].vfs[0].probedPortGUID
    #expect(try found.vfs[0].attributes[.portGUID] == .value(.guid(GUID(own))))
    #expect(found.vfs[1].attributes[.portGUID] == .notVisible("this kernel tells no port GUID by netlink"))
    #expect(found.vfs[1].attributes[.policy] == .value(.policy(.follow)))
  }

  @Test func `a VF that the driver leaves out is unreadable, and the others are not`() throws {
    let simulation = try Simulation.setUpInbox()
    simulation.kernel.update { $0.adapters[0].vfs[1].isDead = true }
    let found = try device(simulation).observe(holdingLock: true)
    #expect(found.vfs[1].attributes[.policy] == .unreadable("the kernel leaves the VF out"))
    #expect(found.vfs[2].attributes[.policy] == .value(.policy(.follow)))
  }

  @Test func `an errno is told for each VF`() throws {
    let refusing = Meddler { request throws(NetlinkError) in throw NetlinkError(request, .messageTooLong) }
    let found = try device(.setUpInbox(), refusing).observe(holdingLock: true)
    #expect(found.vfs.allSatisfy { $0.attributes[.policy] == .unreadable("EMSGSIZE") })
  }

  @Test func `a P_Key's netdev is not the PF's, and without the PF's own nothing is reached`() throws {
    let simulation = try Simulation.setUpInbox()
    simulation.kernel.update { machine in
      machine.adapters[0].netdev = "x"
      machine.adapters[0].pkeyNetdevs = ["x.8001"]
    }
    #expect(try Discovery(simulation.kernel).pfs[0].netdev == "x")
    #expect(try simulation.kernel.list("/sys/bus/pci/devices/0000:b1:00.0/net").sorted() == ["x", "x.8001"])
    #expect(try device(simulation).needsNetdev == false)
    simulation.kernel.update { $0.adapters[0].hasNetdev = false }
    #expect(try device(simulation).needsNetdev)
    let found = try device(simulation).observe(holdingLock: true)
    #expect(found.attributesHidden?.contains("no IPoIB netdev") == true)
    #expect { try device(simulation).set(.policy, to: .policy(.up), vf: 1, evenIfHeld: false) } throws: { error in
      (error as? Failure)?.kind == .unavailable
    }
    simulation.kernel.update { $0.adapters[0].hasOFEDFiles = true }
    #expect(try device(simulation).needsNetdev == false)
  }

  // MARK: Nonsense

  /// What the kernel says of two VFs, as it stands on the wire.
  private let reply = bytes(
    """
    00 00 20 00  02 00 00 00  43 10 01 00  00 00 00 00   # ifinfomsg: type 32, index 2
    0a 00 03 00  69 62 73 32  31 00 00 00                # IFLA_IFNAME ibs21
    08 00 15 00  02 00 00 00                             # IFLA_NUM_VF 2
    a0 00 16 80                                          # IFLA_VFINFO_LIST, NLA_F_NESTED
    64 00 01 80                                          # IFLA_VF_INFO
    28 00 01 00  00 00 00 00                             # IFLA_VF_MAC: the PF's IPoIB address
    00 00 01 48  fe 80 00 00  00 00 00 00  0c 42 a1 03  00 b1 00 00
    00 00 00 00  00 00 00 00  00 00 00 00
    0c 00 05 00  00 00 00 00  01 00 00 00                # IFLA_VF_LINK_STATE enable
    14 00 0a 00  00 00 00 00  00 00 00 00  01 01 b1 00  03 a1 42 0c
    14 00 0b 00  00 00 00 00  00 00 00 00  02 01 b1 00  03 a1 42 0c
    04 00 08 80                                          # IFLA_VF_STATS, empty
    38 00 01 80
    28 00 01 00  01 00 00 00
    00 00 01 48  fe 80 00 00  00 00 00 00  0c 42 a1 03  00 b1 00 00
    00 00 00 00  00 00 00 00  00 00 00 00
    0c 00 05 00  01 00 00 00  07 00 00 00                # no link state that there is
    """)

  @Test func `a reply as it stands on the wire`() throws {
    let reply = reply
    let found = try device(.setUpInbox(vfs: 2), Meddler { _ in [reply] }).observe(holdingLock: true)
    let (node, port) = (try GUID("0c:42:a1:03:00:b1:01:01"), try GUID("0c:42:a1:03:00:b1:01:02"))
    #expect(
      found.vfs[0].attributes == [
        .nodeGUID: .value(.guid(node)), .portGUID: .value(.guid(port)), .policy: .value(.policy(.up)),
      ])
    #expect(found.vfs[1].attributes[.policy] == .unreadable("netlink's 7 0 0 0"))
  }

  private func channel(_ answer: @escaping @Sendable () -> [UInt8]) -> NetlinkChannel {
    NetlinkChannel(
      link: PFLink(name: "ibs21", index: 2), linkLayer: .infiniBand, vfCount: 2, netlink: Meddler { _ in [answer()] })
  }

  @Test func `a reply cut short or about another link makes nothing up`() throws {
    let whole = channel { [reply] in reply }.read([0, 1])
    for length in reply.indices {
      let cut = channel { [reply] in Array(reply.prefix(length)) }.read([0, 1])
      for vf in 0...1 {
        for (attribute, reading) in cut[vf] ?? [:] {
          #expect(reading == whole[vf]?[attribute] || !reading.isValue)
        }
      }
    }
    var other = reply
    other[4] = 3
    let found = channel { [other] in other }.read([0])
    #expect(found[0]?[.policy] == .unreadable("ENODEV"))
  }

  @Test func `no bytes make it crash or run for ever`() throws {
    let dice = Mutex(Dice(seed: 22))
    let channel = channel { [reply] in dice.withLock { reply.garbled(&$0) } }
    var understood = 0
    for _ in 0..<20_000 {
      let found = channel.read([0, 1])
      #expect(found.count == 2)
      understood += found[0]?[.policy] == .value(.policy(.up)) ? 1 : 0
    }
    #expect((4000..<19_000).contains(understood), "\(understood)")
  }
}

extension Reading {
  fileprivate var isValue: Bool {
    if case .value = self { true } else { false }
  }
}
