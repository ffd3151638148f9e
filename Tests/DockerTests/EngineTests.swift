import Docker
import HostInterface
import Model
import SimulatedHost
import Testing

@Suite struct EngineTests {
  @Test(arguments: [
    ("1.41", "1.12", "1.41"), ("1.44", "1.24", "1.44"), ("1.51", "1.24", "1.44"), ("1.52", "1.44", "1.44"),
    ("1.55", "1.40", "1.44"), ("1.60", "1.50", "1.50"),
  ]) func `a version is spoken that both sides have`(highest: String, lowest: String, expected: String) throws {
    let http = Canned(highest: highest, lowest: lowest) { (_) throws(HTTPError.Reason) in
      HTTPReply(status: 200, body: Array("[]".utf8))
    }
    _ = try DockerEngine.connect(http, until: .forever).networks(until: .forever)
    #expect(http.requests.map(\.target) == ["/v\(expected)/networks"])
  }

  @Test(arguments: ["", "1", "1.x", "1.41.2"]) func `a daemon without a version cannot be understood`(text: String) {
    let http = Canned(highest: text) { (_) throws(HTTPError.Reason) in throw .noSocket }
    #expect(throws: DockerError.self) { try DockerEngine.connect(http, until: .forever) }
    #expect(http.requests.isEmpty)
  }

  @Test func `Podman is told from Docker, and asked for nothing`() throws {
    let simulation = try Rig(.v28).simulation
    simulation.docker?.update { $0.podman = "4.3.1" }
    let error = #expect(throws: DockerError.self) {
      try DockerEngine.connect(simulation.host.http, until: .forever)
    }
    #expect(error?.trouble == .notDocker && error?.isPodman == true)
    #expect(error?.description.hasPrefix("Podman 4.3.1 listens on /run/docker.sock instead of Docker") == true)
  }

  // MARK: What Docker says

  /// 20.10, as it shows a network of the guide.
  private static let guide = #"""
    {"Name":"sriov_net","Id":"aa11","Created":"2026-01-01T00:00:00Z","Scope":"local","Driver":"sriov",
     "EnableIPv6":false,"IPAM":{"Driver":"default","Options":null,"Config":[{"Subnet":"10.10.1.0/24"}]},
     "Internal":false,"Attachable":false,"Ingress":false,"ConfigFrom":{"Network":""},"ConfigOnly":false,
     "Containers":{"c2":{"Name":"b"},"c1":{"Name":"a"}},"Options":{"netdevice":"ibs21","prefix":"ib"},"Labels":{}}
    """#

  private func network(_ json: String) throws -> NetworkReply? {
    try DockerEngine.connect(Canned(200, json), until: .forever).network("aa11", until: .forever)
  }

  @Test func `a network is recorded with what its netdevice is, and its gateway`() throws {
    let reply = try #require(try network(Self.guide))
    #expect(reply.runningContainers == ["c1", "c2"])
    #expect(reply.netdevice == "ibs21")
    let pf = try #require(PCIAddress("0000:b1:00.0"))
    let recorded = reply.recorded(netdevice: NetworkDevice(pf: pf))
    #expect(recorded.netdevice == NetworkDevice(pf: pf))
    #expect(recorded.options == ["prefix": "ib"])
    #expect(recorded.ipam.pools[0].gatewayWithPrefix == "10.10.1.1/24")
    // After a restart Docker shows the gateway (docker.md 3.2); 28 and 29 have more keys; null is as good as empty.
    let subnet = #""Subnet":"10.10.1.0/24""#
    let newer = Self.guide.replacing(subnet, with: subnet + #","Gateway":"10.10.1.1""#).replacing(
      #""Labels":{}"#, with: #""Labels":null,"EnableIPv4":true,"Status":{"IPAM":{"Subnets":{}}}"#)
    var shown = try #require(try network(newer)).recorded(netdevice: NetworkDevice(pf: pf))
    #expect(shown.hasIPv4 == true)
    shown.hasIPv4 = nil
    #expect(shown == recorded)
  }

  @Test(arguments: [#""IPAM":null"#, #""IPAM":{"Options":null,"Config":null}"#, #""IPAM":{"Config":[]}"#])
  func `a network without addresses is no error`(ipam: String) throws {
    let reply = try #require(try network(#"{"Name":"none","Id":"1","Driver":"null",\#(ipam),"Options":null}"#))
    #expect(reply.pools.isEmpty)
    #expect(reply.recorded(netdevice: nil).ipam.pools.isEmpty)
  }

  @Test func `names are compared, not looked up`() throws {
    let other = Self.guide.replacing("sriov_net", with: "sriov_net2").replacing("aa11", with: "bb22")
    let http = Canned(200, "[\(Self.guide),\(other),\(Self.guide.replacing("aa11", with: "cc33"))]")
    let engine = try DockerEngine.connect(http, until: .forever)
    #expect(try engine.networks(named: "sriov_net", until: .forever).map(\.id) == ["aa11", "cc33"])
    #expect(try engine.networks(named: "sriov", until: .forever).isEmpty)
  }

  @Test func `nonsense cannot be understood, and absence is no error`() throws {
    #expect(throws: DockerError.self) { try network("{}") }
    #expect(throws: DockerError.self) { try network("<html>") }
    let engine = try DockerEngine.connect(Canned(404, #"{"message":"network aa11 not found"}"#), until: .forever)
    #expect(try engine.network("aa11", until: .forever) == nil)
    #expect(try engine.container("c", until: .forever)?.id == nil)
    #expect(try engine.imageID("rdma/sriov-plugin", until: .forever) == nil)
  }

  @Test func `a container is recorded without its environment and Docker's own alias`() throws {
    let json = #"""
      {"Id":"0123456789abcdef","Name":"/ditto","Image":"sha256:1","State":{"Status":"exited","Running":false,
       "Error":"plugin \"sriov\" not found","ExitCode":128},
       "Config":{"Image":"ditto","Cmd":null,"Env":["PASSWORD=secret"]},
       "HostConfig":{"NetworkMode":"sriov_net","Privileged":true,"RestartPolicy":{"Name":"always","MaximumRetryCount":0},
       "Binds":["/a:/b"],"Mounts":[{"Type":"bind","Source":"/c","Target":"/d","ReadOnly":true},{"Type":"tmpfs","Target":"/t"}]},
       "NetworkSettings":{"IPAddress":"","Networks":{"sriov_net":{"IPAMConfig":{"IPv4Address":"10.10.1.4"},"Links":null,
       "Aliases":["0123456789ab","web"],"NetworkID":"aa11","IPAddress":"","GwPriority":0},"bridge":{"IPAMConfig":null}}}}
      """#
    let engine = try DockerEngine.connect(Canned(200, json), until: .forever)
    let reply = try #require(try engine.container("ditto", until: .forever))
    #expect(reply.wasGivenUp)
    #expect(reply.attachments["sriov_net"]?.networkID == "aa11")
    #expect(
      reply.recorded
        == NetworkContainer(
          name: "ditto", id: "0123456789abcdef", networkMode: "sriov_net",
          restartPolicy: RestartPolicy(name: "always"), wasRunning: false,
          endpoints: ["sriov_net": NetworkEndpoint(ipv4Address: "10.10.1.4", aliases: ["web"]), "bridge": .init()]))
    #expect(reply.recordedAsPlugin.binds == ["/a:/b", "/c:/d:ro"])
    #expect(!"\(reply)".contains("secret"))
  }

  // MARK: What Docker is sent

  private func sent(
    _ network: ContainerNetwork, version: APIVersion = .newest, _ netdevice: String? = "ibs21"
  ) throws -> String {
    let http = Canned(201, #"{"Id":"new","Warning":""}"#)
    let engine = try DockerEngine.connect(http, version: version, until: .forever)
    #expect(try engine.create(network, netdevice: netdevice, until: .forever) == "new")
    return http.bodies[0]
  }

  @Test func `a network is created as it was saved, with today's name`() throws {
    var saved = try #require(try network(Self.guide)).recorded(netdevice: nil)
    saved.hasIPv4 = true
    let body = try sent(saved, "ibs22")
    #expect(
      body == #"{"Attachable":false,"CheckDuplicate":true,"Driver":"sriov","EnableIPv6":false,"#
        + #""IPAM":{"Config":[{"AuxiliaryAddresses":{},"Gateway":"10.10.1.1","Subnet":"10.10.1.0/24"}],"#
        + #""Driver":"default","Options":{}},"Internal":false,"Labels":{},"Name":"sriov_net","#
        + #""Options":{"netdevice":"ibs22","prefix":"ib"}}"#)
    #expect(try sent(saved, version: APIVersion(1, 48)).contains(#""EnableIPv4":true"#))
  }

  @Test func `with another's configuration only the reference is sent, and a configuration goes alone`() throws {
    var saved = try #require(try network(Self.guide)).recorded(netdevice: nil)
    saved.configFrom = "cfg"
    #expect(
      try sent(saved) == #"{"Attachable":false,"CheckDuplicate":true,"ConfigFrom":{"Network":"cfg"},"Driver":"sriov","#
        + #""Internal":false,"Labels":{},"Name":"sriov_net"}"#)
    saved.configFrom = nil
    saved.isConfigOnly = true
    let body = try sent(saved)
    #expect(body.contains(#""ConfigOnly":true"#) && body.contains("10.10.1.0/24") && body.contains("ibs21"))
    for forbidden in ["Driver\":\"null", "Internal", "Attachable", "ConfigFrom"] { #expect(!body.contains(forbidden)) }
  }

  @Test func `the plugin's container is made from the image's digest, and nothing is pulled`() throws {
    let http = Canned(201, #"{"Id":"new"}"#)
    let plugin = PluginContainer(
      name: "sriov plugin", image: "rdma/sriov-plugin", imageID: "sha256:1", binds: ["/var/run:/var/run"],
      isPrivileged: true, networkMode: "host", restartPolicy: RestartPolicy(name: "no"), command: ["x"])
    let engine = try DockerEngine.connect(http, until: .forever)
    #expect(try engine.create(plugin, until: .forever) == "new")
    _ = try engine.imageID("rdma/sriov-plugin", until: .forever)
    #expect(
      http.requests.map(\.target) == [
        "/v1.41/containers/create?name=sriov%20plugin", "/v1.41/images/rdma/sriov-plugin/json",
      ])
    #expect(http.bodies[0].contains(#""Image":"sha256:1""#))
    #expect(http.requests[0].headers == ["Content-Type": "application/json"])
  }

  @Test func `containers are asked for by the network's name, stopped ones too`() throws {
    let http = Canned(200, #"[{"Id":"c1","Names":["/a"]}]"#)
    let engine = try DockerEngine.connect(http, until: .forever)
    #expect(try engine.containers(on: "sriov_net", until: .forever) == ["c1"])
    #expect(
      http.requests[0].target
        == "/v1.41/containers/json?all=1&filters=%7B%22network%22%3A%5B%22sriov_net%22%5D%7D")
  }
}
