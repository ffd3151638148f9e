import Agent
import Docker
import HostInterface
import Model
import Planning
import SimulatedHost
import Storage
import Synchronization
import TestSupport
import Testing

/// Containers are started once networks are restored, and no other PF's networks wait for them.
@Suite struct ContainerStartTests {
  /// Saved, rebooted, with its VFs back. Docker has given all containers up; those of the first PF take long to start.
  private func restored() throws -> DockerHost {
    let host = try DockerHost(pfs: 2, isService: true)
    for name in ["slow1", "slow2", "slow3"] { try host.run(DockerContainer(name, on: "net0", policy: "always")) }
    try host.run(DockerContainer("quick", on: "net1", policy: "always"))
    _ = try host.save()
    host.simulation.reboot()
    _ = try RestoreVFs(on: host.simulation.host).run([])
    host.docker.startDaemon()
    _ = try host.engine.networks(until: .forever)
    host.docker.update { state in
      for index in state.containers.indices where state.containers[index].name.hasPrefix("slow") {
        state.containers[index].startTime = .seconds(50)
      }
    }
    return host
  }

  private func run(_ host: DockerHost, _ pf: String) throws -> RestoreDocker.Result {
    try #require(try RestoreDocker(on: host.simulation.host).run([pf], on: .unattended))
  }

  @Test func `no PF's networks wait for another PF's containers`() throws {
    let host = try restored()
    let tasks = host.simulation.tasks
    let first = Mutex<RestoreDocker.Result?>(nil)
    tasks.start {
      let result = try? run(host, "0000:b1:00.0")
      first.withLock { $0 = result }
    }
    tasks.pass(.seconds(10))
    let start = tasks.now()
    let second = try run(host, "0000:b2:00.0")
    #expect(second.failure == nil && second.networks.map(\.result) == [.restored])
    #expect(second.containers.map(\.name) == ["quick"] && host.docker.container("quick")?.isRunning == true)
    #expect(tasks.now() - start < .seconds(5))
    // The first PF's are still being started: its network is usable all the same, and the gate opens.
    let status = try Status(of: host.simulation.host).networks(on: host.simulation.host)
    #expect(status.entries.map { $0.isUsable && $0.holder == nil } == [true, true])
    tasks.pass(.seconds(160))
    let ended = first.withLock { $0 }
    let result = try #require(ended)
    #expect(result.failure == nil && result.containers.map(\.name) == ["slow1", "slow2", "slow3"])
  }

  @Test func `containers that another run starts are left to it`() throws {
    let host = try restored()
    let tasks = host.simulation.tasks
    tasks.start { _ = try? run(host, "0000:b1:00.0") }
    tasks.pass(.seconds(10))
    let start = tasks.now()
    let second = try run(host, "0000:b1:00.0")
    #expect(second.failure == nil && second.containers.isEmpty)
    #expect(second.notes.contains { $0.hasPrefix("the containers on 0000:b1:00.0 are not started: another run has") })
    #expect(tasks.now() - start < .seconds(5))
    tasks.pass(.seconds(160))
    #expect(host.docker.container("slow3")?.isRunning == true)
  }
}
