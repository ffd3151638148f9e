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

  // MARK: Which one is the plugin's

  private func isPlugin(
    binds: [String] = [], mounts: String = "[]", name: String = "n", image: String = "rdma/sriov-plugin",
    program: String = "/bin/plugin"
  ) throws -> Bool {
    let list = binds.map { "\"\($0)\"" }.joined(separator: ",")
    let json = """
      {"Id":"aa","Name":"/\(name)","Image":"sha256:1","Path":"\(program)","Args":[],"State":{"Running":true},
       "Config":{"Image":"\(image)","Cmd":null},"HostConfig":{"Binds":[\(list)],"Mounts":\(mounts)}}
      """
    let http = Canned { (request) throws(HTTPError.Reason) in
      let isList = request.target.contains("/containers/json")
      return HTTPReply(status: 200, body: Array((isList ? #"[{"Id":"aa"}]"# : json).utf8))
    }
    return try DockerEngine.connect(http, until: .forever).pluginContainer(until: .forever) != nil
  }

  @Test(arguments: [
    "/run/docker/plugins:/run/docker/plugins", "/run/docker/plugins/:/run/docker/plugins/",
    "/run/docker/plugins:/run/docker/plugins:rw,z", "/var/run/docker/plugins:/run/docker/plugins",
    "/run/docker/plugins:/var/run/docker/plugins", "/run/docker:/run/docker", "/run//docker/.:/run/docker",
    "/var/run:/var/run", "/run:/var/run:rshared", "/srv/../run:/run", "/:/",
  ]) func `the plugin's container is known by where its sockets' folder is`(bind: String) throws {
    #expect(try isPlugin(binds: ["/etc/docker:/etc/docker", bind]))
  }

  @Test(arguments: [
    "plugins:/run/docker/plugins", "/srv/plugins:/run/docker/plugins", "/run/docker/plugins:/plugins",
    "/run/docker/plugins/sriov:/run/docker/plugins/sriov", "/run/docker.sock:/run/docker.sock", "/:/host",
    "/run/docker/plugins",
  ]) func `another folder, or another place, is not the plugin's`(bind: String) throws {
    #expect(try !isPlugin(binds: [bind]))
  }

  @Test func `the nearest bind counts`() throws {
    #expect(try !isPlugin(binds: ["/run:/run", "/srv:/run/docker"]))
    #expect(try isPlugin(binds: ["/srv:/run", "/run/docker/plugins:/run/docker/plugins"]))
  }

  @Test func `a mount is as good as a bind`() throws {
    let mount = #"[{"Type":"bind","Source":"/run/docker","Target":"/var/run/docker","ReadOnly":false}]"#
    #expect(try isPlugin(mounts: mount))
    #expect(try !isPlugin(mounts: mount.replacing("\"bind\"", with: "\"volume\"")))
  }

  @Test func `plugins of other drivers, and who only speaks with Docker, are told apart`() throws {
    let near = ["/run/docker/plugins:/run/docker/plugins"]
    #expect(try !isPlugin(binds: near, image: "weaveworks/net"))
    #expect(try isPlugin(binds: near, name: "my-sriov", image: "mine"))
    #expect(try isPlugin(binds: near, image: "mine", program: "/bin/docker-sriov-plugin"))
    #expect(try isPlugin(binds: ["/var/run:/var/run"], image: "mine", program: "/bin/docker-sriov-plugin"))
    #expect(try !isPlugin(binds: ["/var/run:/var/run"], name: "sriov-monitor", image: "mine"))
  }
}
