import Agent
import Docker
import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

/// The plugin reads how many VFs a PF has once, and looks their netdevs up at each start of a container.
@Suite struct PluginRestartTests {
  private let pf: FilePath = "/sys/bus/pci/devices/0000:b1:00.0"

  /// Saved with fewer VFs than the running plugin has read.
  private func shrunk(
    _ release: DockerRelease, _ prepare: (DockerHost) throws -> Void = { _ in }
  ) throws -> DockerHost {
    let host = try DockerHost(release, pfs: 2)
    try prepare(host)
    _ = try host.save()
    for count in ["0", "2"] { try host.simulation.kernel.store(count, in: pf.appending("sriov_numvfs")) }
    _ = try Save(on: host.simulation.host).run([], acceptLoss: true)
    host.simulation.sockets.forgetCalls()
    return host
  }

  private func run(_ host: DockerHost, _ names: [String] = []) throws -> RestoreDocker.Result {
    try #require(try RestoreDocker(on: host.simulation.host).run(names))
  }

  private func restarts(_ host: DockerHost) -> Int {
    host.changes.count { $0.contains("/stop?") }
  }

  private func loadDriverAnew(_ host: DockerHost) throws {
    for action in ["unbind", "bind"] {
      try host.simulation.kernel.store("0000:b1:00.0", in: FilePath("/sys/bus/pci/drivers/mlx5_core/\(action)"))
    }
    #expect(try RestoreVFs(on: host.simulation.host).run([]).reports[0].result == .restored)
    host.simulation.sockets.forgetCalls()
  }

  @Test(arguments: DockerRelease.allCases)
  func `a plugin below which the count was changed is restarted, and told all its networks`(
    release: DockerRelease
  ) throws {
    let host = try shrunk(release)
    let ids = host.docker.now.networks.map(\.id)
    let result = try run(host, ["0000:b1:00.0"])
    #expect(result.failure == nil, "\(String(describing: result.failure))")
    #expect(result.networks.map(\.result) == [.restored])
    #expect(restarts(host) == 1)
    // The other PF's network as well, which the plugin forgot with this one.
    #expect(host.docker.now.networks.map(\.id) == ids)
    for id in ids { #expect(host.docker.plugin.now.networks[id]?.options["prefix"] == "ib") }
    #expect(host.docker.plugin.now.pfs["ibs21"]?.references == 1)
    host.simulation.sockets.forgetCalls()
    #expect(try run(host).networks.allSatisfy { $0.result == .unchanged } && host.changes.isEmpty)
    #expect(try Status(of: host.simulation.host).entries.allSatisfy(\.isAsSaved))
  }

  /// Whoever made the network: the plugin made all eight VFs for it, and four are restored.
  @Test(arguments: [DockerRelease.v20, .v28])
  func `a network that a person made anew gives out no VF that is gone`(release: DockerRelease) throws {
    let host = try DockerHost(release)
    _ = try host.save()
    try host.engine.removeNetwork("net0", until: .forever)
    try host.create(DockerHost.network(0), on: "ibs21")
    #expect(host.simulation.kernel.machine.adapters[0].vfCount == 8)
    #expect(try RestoreVFs(on: host.simulation.host).run([]).reports[0].result == .restored)
    host.simulation.sockets.forgetCalls()
    let entry = try #require(Status(of: host.simulation.host).networks(on: host.simulation.host).entries.first)
    #expect(!entry.isUsable)
    let result = try run(host)
    #expect(result.failure == nil, "\(String(describing: result.failure))")
    #expect(restarts(host) == 1)
    for number in 0..<4 { try host.run(DockerContainer("c\(number)", on: "net0")) }
    host.simulation.sockets.forgetCalls()
    #expect(try run(host).networks.map(\.result) == [.unchanged] && host.changes.isEmpty)
  }

  @Test(arguments: ["net0", "net1"]) func `it is not restarted below a running container, on whichever network`(
    network: String
  ) throws {
    let host = try shrunk(.v28) { try $0.run(DockerContainer("a", on: network)) }
    let failure = try #require(try run(host, ["0000:b1:00.0"]).failure)
    #expect(failure.kind == .refused && failure.message.contains("plugin has to be restarted"), "\(failure)")
    #expect(host.changes.isEmpty && host.docker.container("a")?.isRunning == true)
    host.docker.stopContainer("a")
    #expect(try run(host, ["0000:b1:00.0"]).failure == nil)
  }

  @Test func `it is not restarted while one of its networks could not be told again`() throws {
    let host = try shrunk(.v28)
    host.simulation.kernel.update { $0.adapters[1].contexts[0].policy = .down }
    #expect(try run(host, ["0000:b1:00.0"]).failure?.message.contains("VFs are not as saved") == true)
    #expect(host.changes.isEmpty)
  }

  @Test func `a network that was created after its VFs came is known with them, however old the plugin is`() throws {
    let host = try DockerHost()
    host.docker.update { $0.networks = [] }
    host.docker.plugin.start()
    host.simulation.tasks.pass(.seconds(60))
    for count in ["0", "4"] { try host.simulation.kernel.store(count, in: pf.appending("sriov_numvfs")) }
    try host.create(DockerHost.network(0), on: "ibs21")
    _ = try host.save()
    host.simulation.sockets.forgetCalls()
    #expect(try run(host).networks.map(\.result) == [.unchanged])
    #expect(host.changes.isEmpty)
  }

  @Test func `VFs that were bound anew, or made again in the same number, are no reason to restart it`() throws {
    let host = try DockerHost()
    try host.run(DockerContainer("a", on: "net0"))
    _ = try host.save()
    let vf = host.simulation.kernel.machine.adapters[0].addressOfVF(0).description
    for action in ["unbind", "bind"] {
      try host.simulation.kernel.store(vf, in: FilePath("/sys/bus/pci/drivers/mlx5_core/\(action)"))
    }
    host.simulation.sockets.forgetCalls()
    #expect(try run(host).networks.map(\.result) == [.unchanged] && host.changes.isEmpty)
    host.docker.stopContainer("a")
    try loadDriverAnew(host)
    #expect(try run(host).networks.map(\.result) == [.unchanged] && host.changes.isEmpty)
    for number in 0..<4 { try host.run(DockerContainer("c\(number)", on: "net0")) }
  }

  /// It knows the PF by an index that its netdev has no more, and so would set no VLAN, without a word.
  @Test func `on Ethernet it is restarted when the PF's driver was loaded anew`() throws {
    let host = try DockerHost.ethernet(options: ["vlan": "100"])
    _ = try host.save()
    try loadDriverAnew(host)
    #expect(try run(host).networks.map(\.result) == [.restored])
    #expect(restarts(host) == 1)
    try host.run(DockerContainer("a", on: "net0"))
    #expect(host.simulation.kernel.machine.adapters[0].contexts[3].vlan.id == 100)
  }

  // MARK: Its own notes

  @Test(arguments: DockerRelease.allCases) func `a network with a VLAN keeps its prefix over a boot and a restart`(
    release: DockerRelease
  ) throws {
    let host = try DockerHost.ethernet(release, options: ["vlan": "100"])
    _ = try host.save()
    let id = try #require(host.docker.network("net0")).id
    host.simulation.reboot()
    _ = try RestoreVFs(on: host.simulation.host).run([])
    #expect(try run(host).failure == nil)
    #expect(host.docker.plugin.now.networks[id]?.options["prefix"] == "ib")
    #expect(host.docker.plugin.now.networks[id]?.options["vlan"] == "100")
    try loadDriverAnew(host)
    #expect(try run(host).failure == nil && restarts(host) == 1)
    #expect(host.docker.plugin.now.networks[id]?.options["prefix"] == "ib")
  }

  @Test func `notes of a network that it is not told again are left`() throws {
    let host = try DockerHost(.v20, pfs: 2)
    _ = try host.save()
    host.docker.stopContainer("plugin")
    host.docker.update { $0.networks[1].labels = [:] }
    let ids = host.docker.now.networks.map(\.id)
    _ = try run(host)
    #expect(host.docker.plugin.now.networks[ids[0]]?.options["prefix"] == "ib")
    #expect(host.docker.plugin.now.networks[ids[1]]?.netdevice == "ibs22")
  }

  @Test(arguments: [DockerRelease.v20, .v28])
  func `a plugin that forgot the containers that run is a problem, with what to stop and start`(
    release: DockerRelease
  ) throws {
    let host = try DockerHost(release)
    for name in ["a", "b"] { try host.run(DockerContainer(name, on: "net0", policy: "always")) }
    _ = try host.save()
    #expect(try networks(host).allSatisfy { $0.problems.isEmpty })
    try host.restartPlugin()
    let result = try run(host)
    #expect(result.failure == nil, "\(String(describing: result.failure))")
    #expect(throws: DockerError.self, "it offers VFs that are in use") {
      try host.run(DockerContainer("c", on: "net0"))
    }
    let problem = try #require(try networks(host)[0].problems.first)
    #expect(problem.description.contains("docker stop a b && docker start a b"), "\(problem)")
    #expect(try networks(host)[0].isUsable, "those that run go on")
    for name in ["a", "b"] { host.docker.stopContainer(name) }
    for name in ["a", "b", "c"] { try host.engine.start(name, until: .forever) }
    #expect(try networks(host).allSatisfy { $0.problems.isEmpty })
  }

  private func networks(_ host: DockerHost) throws -> [NetworkStatus.Entry] {
    try Status(of: host.simulation.host).networks(on: host.simulation.host).entries
  }
}
