import Docker
import HostInterface
import Model
import SimulatedHost
import Testing

/// The plugin on its own socket, as docker.md 2 and 4 say that it is.
@Suite struct PluginTests {
  // MARK: The probe

  @Test func `absent, stale, hung, blank and known are told apart, and nothing is changed`() throws {
    let rig = try Rig(.v28, hasNetwork: false)
    let calls: [(Trouble, (inout SimulatedPlugin.State) -> Void)] = [
      (.notThere, { $0.isListening = nil }), (.notThere, { $0.isListening = false }),
      (.outcomeUnknown, { ($0.isListening, $0.hangs) = (true, true) }),
    ]
    for (expected, change) in calls {
      rig.docker.plugin.update(change)
      guard case .notServing(let error) = rig.state("aa") else {
        Issue.record("it serves")
        continue
      }
      #expect(error.trouble == expected)
    }
    rig.docker.plugin.update { $0.hangs = false }
    #expect(rig.state("aa") == .unknown)
    try rig.plugin.tell(of: Rig.network(), id: "aa", netdevice: "ibs21", until: .forever)
    #expect(rig.state("aa") == .known)
    #expect(rig.state("bb") == .unknown)
    #expect(rig.docker.plugin.now.pfs["ibs21"]?.references == 1)
    #expect(rig.simulation.kernel.stores.isEmpty)
  }

  @Test func `while it makes VFs it serves, and does not tell`() throws {
    let rig = try Rig(.v28, vfs: 0, hasNetwork: false)
    rig.docker.plugin.start()
    #expect(
      rig.trouble { () throws(DockerError) in
        try rig.plugin.tell(of: Rig.network(), id: "aa", netdevice: "ibs21", until: rig.deadline(1))
      } == .outcomeUnknown)
    guard case .busy = rig.plugin.state(of: "aa", until: rig.deadline(1)) else {
      Issue.record("it is not busy")
      return
    }
    rig.simulation.tasks.pass(.seconds(60))
    #expect(rig.state("aa") == .known)
  }

  // MARK: What it does to the hardware

  @Test func `a network at a count of 0 enables all VFs with GUIDs that nobody asked for`() throws {
    let rig = try Rig(.v20, vfs: 0)
    #expect(rig.vfCount == 8)
    let guids = rig.machine.adapters[0].contexts.map(\.nodeGUID)
    #expect(Set(guids).count == 8)
    #expect(guids.allSatisfy { $0 != 0 })
    #expect(rig.machine.adapters[0].vfs.map(\.probedNodeGUID) == guids)
    #expect(rig.machine.adapters[0].contexts.allSatisfy { $0.policy == .follow })
  }

  @Test func `a network at a count above 0 leaves the hardware alone`() throws {
    let before = try Rig(.v20, hasNetwork: false).machine
    #expect(try Rig(.v20).machine == before)
  }

  @Test(arguments: DockerRelease.allCases) func `with its last network on a PF all VFs are gone`(release: DockerRelease)
    throws
  {
    let rig = try Rig(release)
    let second = try rig.engine.create(Rig.network("b", "10.10.2.0/24"), netdevice: "ibs21", until: .forever)
    try rig.engine.removeNetwork(rig.id, until: .forever)
    #expect(rig.vfCount == 4)
    try rig.engine.removeNetwork(second, until: .forever)
    #expect(rig.vfCount == 0)
  }

  @Test func `told twice, it forgets its endpoints and keeps the VFs for ever`() throws {
    let rig = try Rig(.v28)
    rig.docker.add(DockerContainer("a", on: Rig.name))
    try rig.engine.start("a", until: .forever)
    try rig.plugin.tell(of: Rig.network(), id: rig.id, netdevice: "ibs21", until: .forever)
    rig.docker.stopContainer("a")
    #expect(rig.docker.plugin.now.pfs["ibs21"]?.allocated.count == 1)
    try rig.engine.removeNetwork(rig.id, until: .forever)
    #expect(rig.docker.plugin.now.pfs["ibs21"]?.references == 1)
  }

  @Test func `a count that changes under it goes unseen`() throws {
    let rig = try Rig(.v20)
    try rig.restoreVFs(2)
    for name in ["a", "b"] { rig.docker.add(DockerContainer(name, on: Rig.name)) }
    // It hands out VFs that are not there any more.
    #expect(rig.startTrouble("a") == .vfNotUsable)
  }

  @Test func `what it refuses has its own words`() throws {
    let rig = try Rig(.v28, hasNetwork: false)
    rig.docker.plugin.start()
    rig.docker.plugin.update { $0.refusal = "Fail to enable sriov: EBUSY" }
    #expect { try rig.plugin.tell(of: Rig.network(), id: "aa", netdevice: "ibs21", until: .forever) } throws: {
      "\($0)" == "POST /NetworkDriver.CreateNetwork: 500 Fail to enable sriov: EBUSY"
    }
    #expect(
      rig.trouble { () throws(DockerError) in
        _ = try rig.engine.create(Rig.network(), netdevice: "ibs21", until: .forever)
      } == .hardwareNotReady)
    #expect(rig.docker.now.networks.isEmpty)
  }

  // MARK: After a reboot

  @Test(arguments: DockerRelease.allCases) func `its notes are kept only while an old Docker answers, and lack options`(
    release: DockerRelease
  ) throws {
    let rig = try Rig(release)
    rig.docker.stopContainer("plugin")
    try rig.engine.start("plugin", until: .forever)
    #expect(rig.state() == (release == .v20 ? .known : .unknown))
    #expect(rig.docker.plugin.now.networks.values.allSatisfy { $0.options["prefix"] == nil })
    rig.docker.update { $0.containers[0].policy = "always" }
    rig.simulation.reboot()
    rig.docker.startDaemon()
    rig.simulation.tasks.pass(.seconds(60))
    #expect(rig.state() == .unknown, "Docker does not answer while it starts")
  }

  @Test(arguments: DockerRelease.allCases) func `a network that it forgot is told again, and no container is orphaned`(
    release: DockerRelease
  ) throws {
    let rig = try Rig(release)
    rig.docker.add(DockerContainer("a", on: Rig.name, ipv4: "10.10.1.7"))
    try rig.engine.start("a", until: .forever)
    let id = rig.id
    rig.simulation.reboot()
    rig.docker.startDaemon()
    try rig.restoreVFs()
    rig.docker.plugin.forgetNotes()
    try rig.engine.start("plugin", until: .forever)
    #expect(rig.state() == .unknown)
    #expect(rig.startTrouble("a") == .pluginBlank)
    let saved = try #require(try rig.engine.network(id, until: .forever)).recorded(netdevice: nil)
    try rig.plugin.tell(of: saved, id: id, netdevice: "ibs21", until: .forever)
    #expect(rig.state() == .known)
    #expect(rig.docker.plugin.now.networks[id]?.options == ["prefix": "ib", "netdevice": "ibs21"])
    #expect(rig.docker.plugin.now.networks[id]?.gateway == "10.10.1.1/24")
    #expect(rig.startTrouble("a") == nil)
    #expect(rig.docker.container("a")?.endpoints[Rig.name]?.address == "10.10.1.7")
    #expect(rig.vfCount == 4)
  }

  // MARK: What it is told

  /// The addresses as Docker's driver API has them, each with the length of its subnet; a test with real Dockers compares.
  @Test func `it is told of all subnets, IPv6 among them, as Docker told it`() throws {
    let http = Canned(200, "{}")
    var network = Rig.network()
    network.hasIPv6 = true
    network.ipam.pools = [
      AddressPool(subnet: "10.10.1.0/24", gateway: "10.10.1.9", auxiliaryAddresses: ["nas": "10.10.1.3"]),
      AddressPool(subnet: "FD00:1:0::/64", auxiliaryAddresses: ["nas": "fd00:1::3", "stranger": "fd00:2::3"]),
      AddressPool(subnet: "fd00:2::/64", range: "fd00:2::8000/113", gateway: nil),
    ]
    try SRIOVPlugin(http).tell(of: network, id: "aa", netdevice: "ibs21", until: .forever)
    let body = try #require(http.bodies.first)
    let ipv4 =
      #"{"AddressSpace":"LocalDefault","AuxAddresses":{"nas":"10.10.1.3/24"},"Gateway":"10.10.1.9/24","#
      + #""Pool":"10.10.1.0/24"}"#
    let first =
      #"{"AddressSpace":"LocalDefault","AuxAddresses":{"nas":"fd00:1::3/64"},"Gateway":"fd00:1::1/64","#
      + #""Pool":"fd00:1::/64"}"#
    let second = #"{"AddressSpace":"LocalDefault","Gateway":"fd00:2::8000/64","Pool":"fd00:2::/64"}"#
    #expect(body.hasPrefix("{\"IPv4Data\":[\(ipv4)],\"IPv6Data\":[\(first),\(second)],"), "\(body)")
  }

  @Test func `a family of addresses that is switched off has no subnets`() throws {
    for (hasIPv4, hasIPv6) in [(true, false), (false, true)] {
      let http = Canned(200, "{}")
      var network = Rig.network()
      (network.hasIPv4, network.hasIPv6) = (hasIPv4, hasIPv6)
      network.ipam.pools.append(AddressPool(subnet: "fd00::/64"))
      try SRIOVPlugin(http).tell(of: network, id: "aa", netdevice: "ibs21", until: .forever)
      #expect(http.bodies[0].contains("10.10.1.0/24") == hasIPv4 && http.bodies[0].contains("fd00::/64") == hasIPv6)
    }
  }
}
