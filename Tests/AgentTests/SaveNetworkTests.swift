import Agent
import HostInterface
import Model
import SimulatedHost
import Storage
import SystemPackage
import TestSupport
import Testing

@Suite struct SaveNetworkTests {
  private func kind(_ body: () throws -> Void) -> Failure.Kind? {
    do {
      try body()
      return nil
    } catch {
      return Failure(error).kind
    }
  }

  @Test(arguments: DockerRelease.allCases) func `networks, containers and plugin are written down, secrets are not`(
    release: DockerRelease
  ) throws {
    let host = try DockerHost(release, pfs: 2)
    try host.run(DockerContainer("a", on: "net0", ipv4: "10.10.1.7", policy: "always"))
    let result = try host.save(started: ["a"])
    #expect(result.warnings.isEmpty)
    let snapshot = result.snapshot
    #expect(snapshot.networks?.map(\.name) == ["net0", "net1"])
    let network = try #require(snapshot.networks?[1])
    #expect(network.netdevice == NetworkDevice(pf: snapshot.adapters[1].pf.pciAddress))
    #expect(network.id == host.docker.network("net1")?.id)
    #expect(network.options == ["prefix": "ib"] && network.labels == ["owner": "me"])
    #expect(network.ipam.pools == [AddressPool(subnet: "10.10.2.0/24", gateway: "10.10.2.1")])
    let container = try #require(snapshot.containers?.first)
    #expect(container.endpoints["net0"]?.ipv4Address == "10.10.1.7")
    #expect(container.isToBeStarted && container.wasRunning && snapshot.containers?.count == 1)
    #expect(snapshot.plugin?.container?.imageID == "sha256:5105")
    let text = try #require(host.simulation.disk.files[result.path.string]).contents
    #expect(!text.contains("secret"))
    #expect(try GenerationStore(host.simulation.disk).load(1).snapshot == snapshot)
    #expect(try host.save().isUnchanged, "and the mark stays")
  }

  @Test func `what would not come back is told with the command that mends it`() throws {
    let host = try DockerHost(.v20, pluginPolicy: "always")
    host.docker.add(DockerContainer("guide", on: "net0", ipv4: "10.10.10.4"))
    try host.run(DockerContainer("loose", on: "net0"))
    var bound = DockerContainer("bound", on: "net0", policy: "always")
    bound.networkMode = host.docker.network("net0")?.id ?? ""
    host.docker.add(bound)
    for number in 1...3 { host.docker.add(DockerContainer("more\(number)", on: "net0", policy: "always")) }
    let warnings = try host.save().warnings.joined(separator: "\n")
    for words in [
      "docker update --restart=no plugin", "docker update --restart=unless-stopped loose", "names its network by id",
      "whose subnet is 10.10.1.0/24", "which has 4 VFs",
    ] { #expect(warnings.contains(words), "\(words)") }
  }

  @Test func `a network on somebody else's netdev is not saved, and said`() throws {
    let host = try DockerHost(pfs: 2)
    let result = try Save(on: host.simulation.host).run(["0000:b1:00.0"], acceptLoss: false)
    #expect(result.snapshot.networks?.map(\.name) == ["net0"])
    #expect(result.warnings.contains { $0.contains("network net1 is not saved: ibs22 is no saved PF") })
  }

  @Test func `a stopped Docker stays stopped, and what was saved of it is kept`() throws {
    let host = try DockerHost()
    host.docker.stopDaemon()
    let before = host.docker.now.activations
    let first = try host.save()
    #expect(first.snapshot.networks == nil)
    #expect(first.warnings == ["Docker is not running: its networks are not saved; start it, then save again"])
    #expect(host.docker.now.activations == before && host.simulation.sockets.calls.isEmpty)
    _ = try host.engine
    let saved = try host.save().snapshot.networks
    #expect(saved?.count == 1)
    host.docker.stopDaemon()
    let kept = try host.save()
    #expect(kept.isUnchanged && kept.snapshot.networks == saved)
    #expect(kept.warnings == ["Docker is not running; kept as they were saved: net0"])
  }

  @Test func `a Docker that is not docker.service is asked, and its networks are saved`() throws {
    let host = try DockerHost()
    // A snap's, or one that was started by hand.
    host.docker.update { ($0.isService, $0.isSocketActivated) = (false, false) }
    #expect(try host.save().snapshot.networks?.map(\.name) == ["net0"])
    let status = try Status(of: host.simulation.host).networks(on: host.simulation.host)
    #expect(status.entries.map(\.isUsable) == [true])
    host.docker.stopDaemon()
    let kept = try host.save()
    #expect(kept.isUnchanged)
    #expect(
      kept.warnings == [
        "Docker is not running (/run/docker.sock: there is no such socket); kept as they were saved: net0"
      ])
    let absent = try Status(of: host.simulation.host).networks(on: host.simulation.host).entries[0]
    #expect(absent.failure?.message == "Docker is not running (/run/docker.sock: there is no such socket)")
    #expect(absent.failure?.remedy?.contains("\"dockerSocket\"") == true)
  }

  @Test func `Podman on Docker's socket is named, and takes nothing away that is saved`() throws {
    let host = try DockerHost()
    host.docker.update { $0.podman = "4.3.1" }
    let first = try host.save()
    #expect(first.snapshot.networks == nil && first.warnings.isEmpty, "nobody uses Docker here")
    host.docker.update { $0.podman = nil }
    let saved = try host.save().snapshot.networks
    #expect(saved?.count == 1)
    host.docker.update { $0.podman = "4.3.1" }
    let kept = try host.save()
    #expect(kept.isUnchanged && kept.snapshot.networks == saved)
    #expect(kept.warnings.count == 1 && kept.warnings[0].hasPrefix("Podman 4.3.1 listens on /run/docker.sock"))
    #expect(kept.warnings[0].hasSuffix("kept as they were saved: net0"))
    let entry = try Status(of: host.simulation.host).networks(on: host.simulation.host).entries[0]
    #expect(entry.failure?.message.hasPrefix("Podman 4.3.1 listens") == true)
    #expect(kind { _ = try RestoreDocker(on: host.simulation.host).run([]) } == .unavailable)
  }

  @Test(arguments: [
    "/run/docker:/run/docker", "/run/docker/plugins/:/run/docker/plugins/",
    "/run/docker/plugins:/var/run/docker/plugins",
  ]) func `the plugin's container is saved however its folder is written, and started at boot`(bind: String) throws {
    let host = try DockerHost()
    host.docker.update { $0.containers[0].binds = [bind] }
    #expect(try host.save().snapshot.plugin?.container?.binds == [bind])
    host.simulation.reboot()
    _ = try RestoreVFs(on: host.simulation.host).run([])
    let result = try RestoreDocker(on: host.simulation.host).run([])
    #expect(result?.failure == nil && host.docker.container("plugin")?.isRunning == true)
  }

  @Test func `a Docker that hangs, or an empty plugin, is no failure`() throws {
    let host = try DockerHost()
    _ = try host.save()
    host.docker.update { $0.daemon = .starting }
    let result = try host.save()
    #expect(result.isUnchanged)
    #expect(result.warnings[0].contains("Docker does not answer"))
    #expect(result.warnings[0].contains("kept as they were saved: net0"))
  }

  @Test func `a host without Docker has nothing to hear of it`() throws {
    let simulation = try Simulation.setUp()
    #expect(try Save(on: simulation.host).run([], acceptLoss: false).warnings.isEmpty)
  }

  @Test func `a network stays on its PF, whatever that PF's name means today`() throws {
    let host = try DockerHost(pfs: 2)
    host.docker.update { $0.networks.removeLast() }
    _ = try host.save()
    host.simulation.kernel.update { machine in
      machine.adapters[0].netdev = "ibs99"
      machine.adapters[1].netdev = "ibs21"
    }
    let saved = try host.save().snapshot
    #expect(saved.networks?.map(\.netdevice?.pf) == saved.adapters.prefix(1).map(\.pf.pciAddress))
  }

  @Test func `Docker is left out where a person says so`() throws {
    let host = try DockerHost()
    _ = try host.save()
    host.simulation.sockets.forgetCalls()
    let result = try host.save(withDocker: false)
    #expect(result.snapshot.networks?.map(\.name) == ["net0"] && result.snapshot.plugin != nil)
    #expect(result.warnings == ["Docker was left out; kept as they were saved: net0"])
    #expect(host.simulation.sockets.calls.isEmpty)
  }

  @Test func `a network that Docker lost is a loss`() throws {
    let host = try DockerHost()
    _ = try host.save()
    host.docker.update { $0.networks = [] }
    #expect(kind { _ = try host.save() } == .refused)
    #expect(try host.save(acceptLoss: true).snapshot.networks == nil)
  }

  @Test func `a container that is not there cannot be marked`() throws {
    let host = try DockerHost()
    #expect(kind { _ = try host.save(started: ["nobody"]) } == .notFound)
    #expect(try GenerationStore(host.simulation.disk).numbers().isEmpty)
  }

  @Test func `networks go with their card, and away with it`() throws {
    let host = try DockerHost(pfs: 2)
    _ = try host.save()
    host.simulation.kernel.update { $0.adapters[0].nodeGUID ^= 0xff00_0000 }
    _ = try Adoption(on: host.simulation.host).adopt("0000:b1:00.0", as: nil)
    var snapshot = try LoadedGeneration(GenerationStore(host.simulation.disk)).generation.snapshot
    #expect(snapshot.networks?.count == 2)
    _ = try Adoption(on: host.simulation.host).forget("0000:b1:00.0")
    snapshot = try LoadedGeneration(GenerationStore(host.simulation.disk)).generation.snapshot
    #expect(snapshot.networks?.map(\.name) == ["net1"])
  }
}

extension DockerHost {
  func save(acceptLoss: Bool = false, withDocker: Bool = true, started: [String] = []) throws -> Save.Result {
    try Save(on: simulation.host).run([], acceptLoss: acceptLoss, withDocker: withDocker, started: started)
  }
}
