import Agent
import Docker
import HostInterface
import Model
import Planning
import SimulatedHost
import Storage
import Synchronization
import SystemPackage
import TestSupport
import Testing

@Suite struct NetworkStatusTests {
  /// Saved and rebooted; Docker is stopped, and systemd listens on its socket.
  private func rebooted(pfs: Int = 1, restoringVFs: Bool = true) throws -> DockerHost {
    let host = try DockerHost(pfs: pfs, isService: true)
    _ = try host.save()
    host.simulation.reboot()
    if restoringVFs { _ = try RestoreVFs(on: host.simulation.host).run([]) }
    host.simulation.sockets.forgetCalls()
    return host
  }

  private func entries(_ host: DockerHost) throws -> [NetworkStatus.Entry] {
    try Status(of: host.simulation.host).networks(on: host.simulation.host).entries
  }

  private func opens(_ gate: Gate, within limit: Duration) throws -> Bool {
    do {
      _ = try gate.pass(within: limit)
      return true
    } catch let failure as Failure where failure.kind == .unavailable {
      return false
    }
  }

  @Test func `a stopped Docker is left stopped, whoever looks`() throws {
    let host = try rebooted()
    #expect(try entries(host).map(\.failure?.message) == ["Docker is not running"])
    let preview = try RestoreDocker(on: host.simulation.host).preview([]).entries
    #expect(preview.map(\.failure?.message) == ["Docker is not running"])
    #expect(try !opens(Gate(on: host.simulation.host), within: .seconds(20)))
    #expect(host.simulation.sockets.calls.isEmpty && host.docker.now.activations == 0)
  }

  /// Its processes are there for as long as its containers take to end, and systemd listens on its socket again.
  @Test func `a Docker that is being stopped is left to it, whoever looks`() throws {
    let host = try rebooted()
    host.docker.update { $0.daemon = .stopping }
    #expect(try entries(host).map(\.failure?.message) == ["Docker is not running"])
    #expect(try host.save().warnings == ["Docker is not running; kept as they were saved: net0"])
    #expect(host.simulation.sockets.calls.isEmpty && host.docker.now.activations == 0)
  }

  /// As with `systemctl stop docker.socket docker`.
  @Test func `a unit leaves a Docker alone that was stopped and is reached by nobody`() throws {
    let host = try rebooted()
    host.docker.startDaemon()
    _ = try RestoreDocker(on: host.simulation.host).run([])
    host.docker.stopDaemon()
    host.docker.update { $0.isSocketActivated = false }
    let start = host.simulation.tasks.now()
    let result = try #require(try RestoreDocker(on: host.simulation.host).run([], on: .unattended))
    #expect(result.failure == nil && result.networks.isEmpty)
    #expect(result.notes == ["Docker was stopped: its networks are restored when it is started"])
    #expect(host.simulation.tasks.now() - start < .seconds(1))
  }

  @Test func `what would be done is told, and not done`() throws {
    let host = try rebooted()
    host.docker.startDaemon()
    host.simulation.tasks.pass(.seconds(1))
    #expect(try entries(host)[0].failure?.kind == .unavailable, "the plugin does not serve")
    try host.engine.start("plugin", until: .forever)
    host.simulation.sockets.forgetCalls()
    let entry = try entries(host)[0]
    #expect(entry.plan?.steps.count == 1 && entry.problem == nil && !entry.isUsable)
    host.docker.update { $0.networks[0].labels = [:] }
    #expect(try entries(host)[0].problem?.kind == .refused)
    #expect(host.changes.isEmpty)
    let restore = RestoreDocker(on: host.simulation.host)
    #expect(try restore.preview([], on: .replacing).entries[0].plan?.steps.count == 3)
    #expect(host.changes.isEmpty)
  }

  @Test func `a plugin that hangs costs a look five seconds`() throws {
    let host = try rebooted(pfs: 2)
    host.docker.startDaemon()
    host.simulation.tasks.pass(.seconds(1))
    try host.engine.start("plugin", until: .forever)
    host.docker.plugin.update { $0.hangs = true }
    let start = host.simulation.tasks.now()
    #expect(try entries(host).allSatisfy { $0.failure != nil })
    #expect(host.simulation.tasks.now() - start <= .seconds(6))
    host.docker.plugin.update { $0.hangs = false }
  }

  // MARK: The gates

  @Test func `the gate opens at the moment when the last network is usable`() throws {
    let host = try rebooted()
    let (simulation, tasks) = (host.simulation, host.simulation.tasks)
    simulation.kernel.startSubnetManager(after: .zero)
    tasks.pass(.seconds(10))
    let end = Mutex(Duration.zero)
    tasks.start {
      tasks.pass(.seconds(33))
      _ = try? RestoreDocker(on: simulation.host).run([])
      end.withLock { $0 = tasks.now() }
    }
    let words = try Gate(on: simulation.host).pass(within: .seconds(120))
    #expect(words == "1 PF with 4 VFs as in generation 1, 1 network usable")
    let opened = tasks.now()
    // The restore goes on for a moment, with containers.
    tasks.pass(.seconds(5))
    // But for asking systemd whether Docker is being stopped.
    #expect((.milliseconds(-10) ... .milliseconds(200)).contains(end.withLock(\.self) - opened))
    #expect(simulation.notifier.sent.joined().contains("STATUS=waiting for network net0"))
  }

  @Test func `the gate waits for whoever is at work on Docker, and on a network's PF`() throws {
    for isDocker in [true, false] {
      let host = try rebooted()
      let (simulation, tasks) = (host.simulation, host.simulation.tasks)
      simulation.kernel.startSubnetManager(after: .zero)
      tasks.pass(.seconds(10))
      _ = try RestoreDocker(on: simulation.host).run([])
      let pf = try Status(of: simulation.host).entries[0].pf
      let locks = Locks(simulation.host.disk)
      let start = tasks.now()
      tasks.start {
        if isDocker {
          try? locks.withDocker { tasks.pass(.seconds(4)) }
        } else {
          try? locks.withPF(pf) { tasks.pass(.seconds(4)) }
        }
      }
      tasks.pass(.seconds(1))
      _ = try Gate(on: simulation.host).pass(within: .seconds(60))
      #expect((.seconds(4) ... .milliseconds(4100)).contains(tasks.now() - start))
    }
  }

  @Test func `the gate waits for the ports, unless no subnet manager is waited for`() throws {
    let host = try rebooted()
    let simulation = host.simulation
    simulation.kernel.stopSubnetManager()
    simulation.kernel.update { $0.adapters[0].port.state = .initialize }
    host.docker.startDaemon()
    _ = try RestoreDocker(on: simulation.host).run([])
    #expect(try !opens(Gate(on: simulation.host), within: .seconds(20)))
    #expect(simulation.notifier.sent.joined().contains { $0.contains("no subnet manager yet") })
    try simulation.disk.create("/etc/sriov-persist/config.json", contents: #"{"subnetManagerSeconds": 0}"#)
    #expect(try opens(Gate(on: simulation.host), within: .seconds(20)))
  }

  @Test func `Docker waits for the VFs of its networks, and for nothing else`() throws {
    let host = try rebooted(pfs: 2, restoringVFs: false)
    let simulation = host.simulation
    let gate = Gate(.vfsOfNetworks, on: simulation.host)
    #expect(try !opens(gate, within: .seconds(20)))
    simulation.kernel.stopSubnetManager()
    _ = try RestoreVFs(on: simulation.host).run([])
    #expect(try gate.pass(within: .seconds(20)) == "2 PFs with 8 VFs as in generation 1")
    #expect(simulation.sockets.calls.isEmpty && host.docker.now.activations == 0)
  }

  @Test func `a PF without a network does not hold Docker back`() throws {
    let host = try DockerHost(pfs: 2)
    host.docker.update { $0.networks.removeLast() }
    _ = try host.save()
    host.simulation.reboot()
    _ = try RestoreVFs(on: host.simulation.host).run(["0000:b1:00.0"])
    let gate = Gate(.vfsOfNetworks, on: host.simulation.host)
    #expect(try gate.pass(within: .zero) == "1 PF with 4 VFs as in generation 1")
    let without = try Simulation.setUp()
    _ = try Save(on: without.host).run([], acceptLoss: false)
    without.reboot()
    let words = try Gate(.vfsOfNetworks, on: without.host).pass(within: .zero)
    #expect(words == "no network of Docker's is saved in generation 1")
  }
}
