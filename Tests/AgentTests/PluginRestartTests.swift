import Agent
import Docker
import HostInterface
import Model
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

@Suite struct PluginRestartTests {
  /// Saved, and as saved; both PFs' drivers were then loaded anew below the running plugin, and their VFs restored.
  private func reloaded(
    _ release: DockerRelease, _ prepare: (DockerHost) throws -> Void = { _ in }
  ) throws -> DockerHost {
    let host = try DockerHost(release, pfs: 2)
    try prepare(host)
    _ = try host.save()
    host.simulation.tasks.pass(.seconds(60))
    for action in ["unbind", "bind"] {
      try host.simulation.kernel.store("0000:b1:00.0", in: FilePath("/sys/bus/pci/drivers/mlx5_core/\(action)"))
    }
    _ = try RestoreVFs(on: host.simulation.host).run([])
    host.simulation.sockets.forgetCalls()
    return host
  }

  private func run(_ host: DockerHost, _ names: [String] = []) throws -> RestoreDocker.Result {
    try #require(try RestoreDocker(on: host.simulation.host).run(names))
  }

  @Test(arguments: DockerRelease.allCases)
  func `a plugin below which the driver was loaded anew is restarted, and told all its networks`(
    release: DockerRelease
  ) throws {
    let host = try reloaded(release)
    let ids = host.docker.now.networks.map(\.id)
    let result = try run(host, ["0000:b1:00.0"])
    #expect(result.failure == nil, "\(String(describing: result.failure))")
    #expect(result.networks.map(\.result) == [.restored])
    #expect(host.changes.filter { $0.hasSuffix("restart?t=10") }.count == 1)
    // The other PF's network as well, which the plugin forgot with this one.
    #expect(host.docker.now.networks.map(\.id) == ids)
    for id in ids { #expect(host.docker.plugin.now.networks[id]?.options["prefix"] == "ib") }
    host.simulation.sockets.forgetCalls()
    #expect(try run(host).networks.allSatisfy { $0.result == .unchanged } && host.changes.isEmpty)
    #expect(try Status(of: host.simulation.host).entries.allSatisfy(\.isAsSaved))
  }

  @Test(arguments: ["net0", "net1"]) func `it is not restarted below a running container, on whichever network`(
    network: String
  ) throws {
    let host = try reloaded(.v28) { try $0.run(DockerContainer("a", on: network)) }
    let failure = try #require(try run(host, ["0000:b1:00.0"]).failure)
    #expect(failure.kind == .refused && failure.message.contains("plugin has to be restarted"), "\(failure)")
    #expect(host.changes.isEmpty && host.docker.container("a")?.isRunning == true)
    host.docker.stopContainer("a")
    #expect(try run(host, ["0000:b1:00.0"]).failure == nil)
  }

  @Test func `it is not restarted while one of its networks could not be told again`() throws {
    let host = try reloaded(.v28)
    host.simulation.kernel.update { $0.adapters[1].contexts[0].policy = .down }
    #expect(try run(host, ["0000:b1:00.0"]).failure?.message.contains("VFs are not as saved") == true)
    #expect(host.changes.isEmpty)
  }

  @Test func `a network that was created after its VFs came is known with them, however old the plugin is`() throws {
    let host = try DockerHost()
    host.docker.update { $0.networks = [] }
    host.docker.plugin.start()
    host.simulation.tasks.pass(.seconds(60))
    try host.simulation.kernel.store("0", in: "/sys/bus/pci/devices/0000:b1:00.0/sriov_numvfs")
    try host.simulation.kernel.store("4", in: "/sys/bus/pci/devices/0000:b1:00.0/sriov_numvfs")
    _ = try host.engine.create(DockerHost.network(0), netdevice: "ibs21", until: .forever)
    _ = try host.save()
    host.simulation.sockets.forgetCalls()
    #expect(try run(host).networks.map(\.result) == [.unchanged])
    #expect(host.changes.isEmpty)
  }
}
