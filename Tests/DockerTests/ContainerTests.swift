import Docker
import HostInterface
import Model
import SimulatedHost
import Testing

/// Containers as docker.md 3.1 and 6.2 say that they are.
@Suite struct ContainerTests {
  @Test(arguments: DockerRelease.allCases) func `a new network orphans containers, until they are connected anew`(
    release: DockerRelease
  ) throws {
    let rig = try Rig(release)
    rig.docker.add(DockerContainer("a", on: Rig.name, ipv4: "10.10.1.7"))
    try rig.engine.start("a", until: .forever)
    rig.docker.stopContainer("a")
    let saved = try #require(try rig.engine.container("a", until: .forever)).recorded
    try rig.engine.removeNetwork(rig.id, until: .forever)
    try rig.restoreVFs()
    _ = try rig.engine.create(Rig.network(), netdevice: "ibs21", until: .forever)
    #expect(rig.startTrouble("a") == .orphaned)
    try rig.engine.disconnect("a", from: Rig.name, until: .forever)
    #expect(
      rig.trouble { () throws(DockerError) in
        try rig.engine.disconnect("a", from: Rig.name, until: .forever)
      } == .notConnected)
    let endpoint = try #require(saved.endpoints[Rig.name])
    try rig.engine.connect("a", to: Rig.name, as: endpoint, until: .forever)
    #expect(rig.startTrouble("a") == nil)
    #expect(rig.startTrouble("a") == nil)
    let again = try #require(try rig.engine.container("a", until: .forever))
    #expect(again.recorded.endpoints == saved.endpoints)
    #expect(again.attachments[Rig.name]?.address == "10.10.1.7")
    #expect(again.attachments[Rig.name]?.networkID == rig.id)
  }

  @Test(arguments: DockerRelease.allCases) func `a container that names its network by id is lost for good`(
    release: DockerRelease
  ) throws {
    let rig = try Rig(release)
    var container = DockerContainer("a", on: Rig.name)
    container.networkMode = rig.id
    rig.docker.add(container)
    try rig.engine.start("a", until: .forever)
    rig.docker.stopContainer("a")
    #expect(try rig.engine.container("a", until: .forever)?.recorded.isBoundToNetworkID == true)
    try rig.engine.removeNetwork(rig.id, until: .forever)
    try rig.restoreVFs()
    _ = try rig.engine.create(Rig.network(), netdevice: "ibs21", until: .forever)
    #expect(rig.startTrouble("a") == (release == .v20 ? .orphaned : .orphanedForGood))
  }

  @Test func `a connection of a stopped container is ignored, and succeeds`() throws {
    let rig = try Rig(.v28)
    rig.docker.add(DockerContainer("a", on: Rig.name))
    let wanted = NetworkEndpoint(ipv4Address: "10.10.1.9")
    try rig.engine.connect("a", to: Rig.name, as: wanted, until: .forever)
    #expect(try rig.engine.container("a", until: .forever)?.endpoints[Rig.name]?.ipv4Address == nil)
    try rig.engine.disconnect("a", from: Rig.name, until: .forever)
    try rig.engine.connect("a", to: Rig.name, as: wanted, until: .forever)
    #expect(try rig.engine.container("a", until: .forever)?.endpoints[Rig.name]?.ipv4Address == "10.10.1.9")
  }

  @Test(arguments: DockerRelease.allCases) func `what keeps a container down is told apart`(release: DockerRelease)
    throws
  {
    let rig = try Rig(release, vfs: 1)
    rig.docker.add(DockerContainer("guide", on: Rig.name, ipv4: "10.10.10.4"))
    #expect(rig.startTrouble("guide") == .addressOutsideSubnet)
    rig.docker.add(DockerContainer("a", on: Rig.name, ipv4: "10.10.1.7"))
    rig.docker.add(DockerContainer("b", on: Rig.name))
    rig.docker.add(DockerContainer("c", on: Rig.name, ipv4: "10.10.1.7"))
    #expect(rig.startTrouble("a") == nil)
    #expect(rig.startTrouble("b") == .noFreeVF)
    #expect(rig.startTrouble("c") == .addressInUse)
    #expect(
      rig.trouble { () throws(DockerError) in try rig.engine.removeNetwork(rig.id, until: .forever) } == .inUse)
    rig.docker.stopContainer("a")
    rig.simulation.kernel.update { $0.adapters[0].vfs[0].netdev = nil }
    #expect(rig.startTrouble("b") == .vfNotUsable)
    rig.docker.plugin.stop()
    #expect(rig.startTrouble("b") == .pluginNotServing)
    #expect(rig.startTrouble("nobody") == .notFound)
    #expect(try rig.engine.containers(on: Rig.name, until: .forever).count == 4)
  }

  @Test func `the plugin's container is made from what is there, and from nothing else`() throws {
    let rig = try Rig(.v20)
    let saved = try #require(try rig.engine.container("plugin", until: .forever)).recordedAsPlugin
    #expect(saved.imageID == "sha256:5105")
    #expect(try rig.engine.imageID(saved.image, until: .forever) == saved.imageID)
    rig.docker.update { $0.containers.removeAll { $0.name == "plugin" } }
    rig.docker.plugin.stop()
    _ = try rig.engine.create(saved, until: .forever)
    #expect(
      rig.trouble { () throws(DockerError) in _ = try rig.engine.create(saved, until: .forever) } == .alreadyThere)
    try rig.engine.start(saved.name, until: .forever)
    #expect(rig.state() == .known, "from its notes")
    rig.docker.update { $0.images = [:] }
    #expect(try rig.engine.imageID(saved.image, until: .forever) == nil)
  }
}
