import Agent
import Docker
import HostInterface
import Model
import Planning
import SimulatedHost
import SystemPackage
import TestSupport
import Testing

/// What units do about Docker that a person's restore does not, and what neither may do.
@Suite struct DockerUnitTests {
  private func restored(
    _ release: DockerRelease = .v28, pfs: Int = 1, started: [String] = [],
    _ prepare: (DockerHost) throws -> Void = { _ in }
  ) throws -> DockerHost {
    let host = try DockerHost(release, pfs: pfs)
    try prepare(host)
    _ = try host.save(started: started)
    host.simulation.reboot()
    _ = try RestoreVFs(on: host.simulation.host).run([])
    host.simulation.sockets.forgetCalls()
    return host
  }

  private func run(_ host: DockerHost, on authority: Authority = .unattended) throws -> RestoreDocker.Result {
    try #require(try RestoreDocker(on: host.simulation.host).run([], on: authority))
  }

  @Test func `a PF that is gone keeps no other PF's networks from being restored`() throws {
    let host = try restored(pfs: 2)
    host.simulation.kernel.update { _ = $0.adapters.removeLast() }
    let result = try run(host)
    #expect(result.networks.map(\.name) == ["net0"] && result.failure == nil)
    #expect(result.notes.contains { $0.contains("network net1: the saved PF 0000:b2:00.0") })
  }

  @Test func `a person hears of a PF that is gone as of a failure`() throws {
    let host = try restored(pfs: 2)
    host.simulation.kernel.update { _ = $0.adapters.removeLast() }
    #expect(try run(host, on: .person).networks.map { $0.failure?.kind } == [nil, .unavailable])
  }

  @Test func `a PF with another number of VFs keeps the plugin from no other PF's networks`() throws {
    let host = try restored(pfs: 2)
    let count: FilePath = "/sys/bus/pci/devices/0000:b2:00.0/sriov_numvfs"
    for text in ["0", "3"] { try host.simulation.kernel.store(text, in: count) }
    #expect(try run(host).networks.map { $0.failure == nil } == [true, false])
    host.docker.update { $0.containers[0].isRunning = false }
    host.docker.plugin.stop()
    try host.simulation.kernel.store("0", in: count)
    let failure = try #require(try run(host).failure)
    #expect(failure.message.contains("0000:b2:00.0") && failure.message.contains("would make all of them"))
    #expect(host.simulation.kernel.machine.adapters[1].vfCount == 0)
  }

  @Test func `nothing is made while the plugin hangs: an earlier creation may be under way`() throws {
    let host = try restored()
    _ = try run(host)
    host.docker.update { $0.networks = [] }
    host.docker.plugin.update { $0.hangs = true }
    host.simulation.sockets.forgetCalls()
    #expect(try run(host).failure?.kind == .unavailable)
    #expect(!host.changes.contains { $0.contains("reate") }, "\(host.changes)")
    host.docker.plugin.update { $0.hangs = false }
  }

  @Test func `a marked container that a person stopped is left stopped until Docker is started again`() throws {
    let host = try restored(started: ["guide"]) { try $0.run(DockerContainer("guide", on: "net0")) }
    #expect(try run(host).containers.map(\.name) == ["guide"])
    host.docker.stopContainer("guide")
    #expect(try run(host).containers.isEmpty)
    host.simulation.disk.files["/run/systemd/units/invocation:docker.service"] = .link(to: "5ad1e7e57a5c4b0d")
    #expect(try run(host).containers.map(\.name) == ["guide"])
  }

  @Test func `a telling that failed is not taken for done`() throws {
    let host = try restored(.v20)
    host.docker.startDaemon()
    host.simulation.tasks.pass(.seconds(1))
    try host.engine.start("plugin", until: .forever)
    host.docker.plugin.update { $0.refusal = "no" }
    #expect(try run(host).failure != nil)
    host.docker.plugin.update { $0.refusal = nil }
    #expect(try run(host).networks.map(\.result) == [.restored])
    #expect(host.docker.plugin.now.networks.values.map { $0.options["prefix"] } == ["ib"])
  }
}
