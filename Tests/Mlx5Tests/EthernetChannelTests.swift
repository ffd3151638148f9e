import HostInterface
import Model
import SimulatedHost
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Mlx5

/// How Ethernet attributes stand on the wire and in MLNX_OFED's files, as on x86.
@Suite struct EthernetChannelTests {
  private static let rows: [(attribute: VFAttribute, text: String, message: [UInt8])] = [
    (
      .mac, "0c:42:a1:00:01:02",
      bytes(
        """
        28 00 01 00  03 00 00 00              # IFLA_VF_MAC of VF 3, with room for 32 bytes
        0c 42 a1 00  01 02 00 00  00 00 00 00  00 00 00 00
        00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
        """)
    ),
    (
      .vlan, "100:5:802.1ad",
      bytes(
        """
        18 00 0c 00                            # IFLA_VF_VLAN_LIST
        14 00 01 00  03 00 00 00               # IFLA_VF_VLAN_INFO of VF 3
        64 00 00 00  05 00 00 00  88 a8 00 00  # id 100, QoS 5, the tag in network byte order, filled up
        """)
    ),
    (
      .vlan, "0:0:802.1q",
      bytes("18 00 0c 00  14 00 01 00  03 00 00 00  00 00 00 00  00 00 00 00  81 00 00 00")
    ),
    (.rate, "100:2000", bytes("10 00 06 00  03 00 00 00  64 00 00 00  d0 07 00 00  # IFLA_VF_RATE, min and max")),
    (.spoofCheck, "on", bytes("0c 00 04 00  03 00 00 00  01 00 00 00  # IFLA_VF_SPOOFCHK")),
    (.trust, "off", bytes("0c 00 09 00  03 00 00 00  00 00 00 00  # IFLA_VF_TRUST")),
    (.policy, "Down", bytes("0c 00 05 00  03 00 00 00  02 00 00 00  # IFLA_VF_LINK_STATE disable")),
  ]

  @Test(arguments: rows.indices) func `by netlink, and back`(index: Int) throws {
    let row = Self.rows[index]
    let value = try #require(try row.attribute.value(row.text))
    #expect(value.description == row.text)
    let codec = NetlinkVFAttribute[row.attribute]
    #expect(codec.message(value, vf: 3).map { [$0].bytes } == row.message)
    // As the kernel tells it: the VF's number is that of the address in front.
    let address = bytes("28 00 01 00  03 00 00 00") + [UInt8](repeating: 0, count: 32)
    let info = NetlinkAttribute(1, row.attribute == .mac ? row.message : address + row.message)
    let said = try #require(VFInfo(info)?.value(at: codec.path))
    #expect(codec.decode(said) == .value(value))
    for length in said.indices {
      let cut = codec.decode(Array(said.prefix(length)))
      #expect(cut == nil || cut == .value(value))
    }
  }

  @Test func `what a driver does not tell is no value`() {
    #expect(NetlinkVFAttribute[.trust].decode([0xff, 0xff, 0xff, 0xff]) == .notVisible("this driver does not tell it"))
    #expect(NetlinkVFAttribute[.trust].decode([2, 0, 0, 0]) == nil)
    #expect(NetlinkVFAttribute[.mac].decode([UInt8](repeating: 0, count: 32)) == .unset)
    #expect(NetlinkVFAttribute[.vlan].decode(bytes("64 00 00 00  09 00 00 00  81 00 00 00")) == nil)
    #expect(NetlinkVFAttribute[.rate].decode(bytes("64 00 00 00  32 00 00 00")) == nil)
  }

  @Test(arguments: VFAttribute.allCases) func `nonsense is no value`(attribute: VFAttribute) {
    var texts = ["", ":", "-1", "1:2:3:4", "1:2:802.1x", "-1:0", "ON", "follow", "01:00:5e:00:00:01"]
    if attribute == .vlan { texts += ["4096:0", "0:8", "1", "1:2:"] }
    if attribute == .rate { texts += ["10:5", "1:2:802.1q", "0:4294967296"] }
    for text in texts {
      let value = try? attribute.value(text)
      #expect(value == nil, "\(attribute.name) \(text)")
    }
  }

  @Test func `no VLAN has no protocol, whatever is said of it`() {
    #expect(VLAN("0:0:802.1ad") == VLAN("0:0"))
    #expect(VLAN("0:1:802.1ad") != VLAN("0:1"))
    #expect(
      NetlinkVFAttribute[.vlan].decode(bytes("00 00 00 00  00 00 00 00  88 a8 00 00"))
        == VLAN("0:0").map { .value(.vlan($0)) })
  }

  @Test func `no bytes make it crash or run for ever`() throws {
    let simulation = try Simulation.setUpEthernet(files: false)
    let reply = try #require(simulation.kernel.exchange(.linkWithVFs(2)).first)
    let dice = Mutex(Dice(seed: 23))
    let channel = NetlinkChannel(
      link: PFLink(name: "ens1f0", index: 2), linkLayer: .ethernet, vfCount: 4,
      netlink: Meddler { _ in [dice.withLock { reply.garbled(&$0) }] })
    var understood = 0
    for _ in 0..<10_000 {
      let found = channel.read([0, 1, 2, 3])
      #expect(found.count == 4)
      understood += found[1]?[.vlan] == VLAN("101:1").map { .value(.vlan($0)) } ? 1 : 0
    }
    #expect((2000..<9_900).contains(understood), "\(understood)")
  }

  @Test func `the files, each in the driver's words, and a rate without a moment of nonsense`() throws {
    let simulation = try Simulation.setUpEthernet()
    let pf = try #require(Discovery(simulation.kernel).pfs.first)
    let device = PFDevice(pf, on: simulation.host)
    let texts: [(VFAttribute, String)] = [
      (.vlan, "100:5:802.1ad"), (.vlan, "7:0:802.1q"), (.rate, "10:50"), (.rate, "0:0"), (.rate, "5000:0"),
      (.spoofCheck, "off"), (.trust, "off"), (.policy, "Down"),
    ]
    for (attribute, text) in texts {
      let value = try #require(try attribute.value(text))
      let reading = try device.set(attribute, to: value, vf: 1, evenIfHeld: false)
      #expect(reading == .value(value))
    }
    #expect(
      simulation.kernel.stores.map { "\($0.path.lastComponent?.string ?? "") \($0.text)" } == [
        "vlan 100:5:802.1ad", "vlan 7:0", "min_tx_rate 0", "max_tx_rate 50", "min_tx_rate 10", "min_tx_rate 0",
        "max_tx_rate 0", "max_tx_rate 0", "min_tx_rate 5000", "spoofcheck OFF", "trust OFF", "link_state Down",
      ])
  }
}
