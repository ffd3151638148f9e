import Docker
import HostInterface
import Model
import SimulatedHost
import TestSupport
import Testing

/// Docker's networks as docker.md 3 and 5 say that they are, through the calls of this room.
@Suite struct NetworkTests {
  // MARK: Versions

  @Test(arguments: zip(DockerRelease.allCases, ["1.41", "1.44", "1.44", "1.44"]))
  func `every release is spoken with`(release: DockerRelease, version: String) throws {
    let rig = try Rig(release)
    #expect("\(rig.engine.version)" == version)
    #expect(try rig.engine.info(until: .forever).engineVersion == release.rawValue)
    let found = try #require(try rig.engine.networks(named: Rig.name, until: .forever).first)
    #expect(found.netdevice == "ibs21")
    #expect(found.labels == ["owner": "me"])
  }

  @Test(arguments: [(DockerRelease.v20, "1.42"), (.v26, "1.12"), (.v28, "1.23"), (.v29, "1.41")])
  func `a version that the daemon does not have is refused as such`(release: DockerRelease, text: String) throws {
    let rig = try Rig(release)
    let engine = try DockerEngine.connect(rig.simulation.host.http, version: APIVersion(text), until: .forever)
    #expect(rig.trouble { () throws(DockerError) in _ = try engine.networks(until: .forever) } == .wrongVersion)
  }

  // MARK: Networks

  @Test(arguments: DockerRelease.allCases) func `a gateway is hidden until a restart, and compares equal`(
    release: DockerRelease
  ) throws {
    let rig = try Rig(release, hasNetwork: false)
    rig.docker.plugin.start()
    var asked = Rig.network()
    asked.ipam.pools[0].gateway = nil
    let id = try rig.engine.create(asked, netdevice: "ibs21", until: .forever)
    let before = try #require(try rig.engine.network(id, until: .forever))
    rig.docker.stopDaemon()
    rig.docker.startDaemon()
    let after = try #require(try rig.engine.network(id, until: .forever))
    #expect(before.pools.map(\.gateway) == [nil])
    #expect(after.pools.map(\.gateway) == ["10.10.1.1"])
    #expect(before.recorded(netdevice: nil) == after.recorded(netdevice: nil))
  }

  @Test(arguments: DockerRelease.allCases) func `a second network of the name, or of the subnet, is there already`(
    release: DockerRelease
  ) throws {
    let rig = try Rig(release)
    for network in [Rig.network(Rig.name, "10.10.9.0/24"), Rig.network("other")] {
      #expect(
        rig.trouble { () throws(DockerError) in
          _ = try rig.engine.create(network, netdevice: "ibs21", until: .forever)
        } == .alreadyThere)
    }
    #expect(rig.docker.now.networks.count == 1)
  }

  @Test(arguments: [nil, false], DockerRelease.allCases) func `without the plugin it takes 15 s to fail`(
    isListening: Bool?, release: DockerRelease
  ) throws {
    let rig = try Rig(release, hasNetwork: false)
    rig.docker.plugin.update { $0.isListening = isListening }
    let seconds = rig.seconds {
      #expect(
        rig.trouble { () throws(DockerError) in
          _ = try rig.engine.create(Rig.network(), netdevice: "ibs21", until: .forever)
        } == .pluginNotServing)
    }
    #expect(seconds == 15)
    #expect(rig.docker.now.networks.isEmpty)
  }

  @Test(arguments: DockerRelease.allCases) func `a creation that timed out comes all the same`(release: DockerRelease)
    throws
  {
    let rig = try Rig(release, hasNetwork: false)
    rig.docker.plugin.update { ($0.isListening, $0.hangs) = (true, true) }
    #expect(
      rig.trouble { () throws(DockerError) in
        _ = try rig.engine.create(Rig.network(), netdevice: "ibs21", until: rig.deadline(60))
      } == .outcomeUnknown)
    // Reading goes on; asking again would gain nothing.
    #expect(try rig.engine.networks(until: rig.deadline(1)).isEmpty)
    #expect(rig.simulation.sockets.calls.count { $0.request.target.hasSuffix("/networks/create") } == 1)
    #expect(
      rig.trouble { () throws(DockerError) in
        _ = try rig.engine.create(Rig.network(), netdevice: "ibs21", until: rig.deadline(60))
      } == (release == .v20 ? .alreadyThere : .outcomeUnknown))
    rig.docker.plugin.update { $0.hangs = false }
    rig.simulation.tasks.pass(.seconds(10))
    #expect(try rig.engine.networks(until: rig.deadline(1)).count == 1)
  }

  @Test(arguments: [nil, false], DockerRelease.allCases)
  func `a removal that fails with a plugin never loaded has removed`(
    isListening: Bool?, release: DockerRelease
  ) throws {
    let rig = try Rig(release)
    rig.docker.stopDaemon()
    rig.docker.plugin.update { $0.isListening = isListening }
    rig.docker.startDaemon()
    #expect(
      rig.trouble { () throws(DockerError) in
        try rig.engine.removeNetwork(rig.id, until: .forever)
      } == .outcomeUnknown)
    #expect(try rig.engine.networks(until: .forever).isEmpty)
  }

  // MARK: Netdevs

  @Test func `a netdev's name is what it is today`() throws {
    let rig = try Rig(.v20)
    let names = Netdevices(rig.simulation.host.files)
    let pf = rig.machine.adapters[0].address
    #expect(try names.device(named: "ibs21") == NetworkDevice(pf: pf))
    for vf in 0..<4 {
      let device = NetworkDevice(pf: pf, vf: vf)
      let name = try #require(try names.name(of: device))
      #expect(try names.device(named: name) == device)
    }
    rig.simulation.kernel.update { $0.adapters[0].netdev = "ibp177s0" }
    #expect(try names.device(named: "ibs21") == nil)
    #expect(try names.name(of: NetworkDevice(pf: pf)) == "ibp177s0")
    #expect(try names.name(of: NetworkDevice(pf: pf, vf: 9)) == nil)
  }

  @Test(arguments: [true, false]) func `an IPoIB child is neither told to the plugin nor saved as the PF`(
    isLegacy: Bool
  ) throws {
    let simulation = try Simulation.setUp()
    simulation.kernel.update { machine in
      machine.adapters[0].pkeyNetdevs = ["data"]
      machine.adapters[0].areChildrenLegacy = isLegacy
    }
    let names = Netdevices(simulation.host.files)
    let pf = NetworkDevice(pf: simulation.kernel.machine.adapters[0].address)
    #expect(try names.name(of: pf) == "ibs21")
    #expect(try names.device(named: "ibs21") == pf)
    #expect(try names.device(named: "data") == nil)
  }

  @Test func `a representor is neither told to the plugin nor saved as the PF`() throws {
    let simulation = try Simulation.setUpEthernet()
    simulation.kernel.update { machine in
      machine.adapters[0].isSwitchdev = true
      machine.adapters[0].representorPrefix = "eth"
      machine.adapters[0].netdev = "p0"
    }
    let names = Netdevices(simulation.host.files)
    let pf = NetworkDevice(pf: simulation.kernel.machine.adapters[0].address)
    #expect(try names.name(of: pf) == "p0")
    #expect(try names.device(named: "p0") == pf)
    #expect(try names.device(named: "eth0") == nil)
    let vf = try #require(try names.name(of: NetworkDevice(pf: pf.pf, vf: 1)))
    #expect(try names.device(named: vf) == NetworkDevice(pf: pf.pf, vf: 1))
  }
}
