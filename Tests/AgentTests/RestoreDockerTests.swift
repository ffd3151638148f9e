import Agent
import HostInterface
import Model
import Planning
import SimulatedHost
import Storage
import TestSupport
import Testing

@Suite struct RestoreDockerTests {
  /// Saved, rebooted, and with its VFs back; Docker runs again.
  private func restored(
    _ release: DockerRelease = .v28, pfs: Int = 1, isService: Bool = false, pluginPolicy: String = "no",
    _ prepare: (DockerHost) throws -> Void = { _ in }
  ) throws -> DockerHost {
    let host = try DockerHost(release, pfs: pfs, isService: isService, pluginPolicy: pluginPolicy)
    try prepare(host)
    _ = try host.save()
    host.simulation.reboot()
    _ = try RestoreVFs(on: host.simulation.host).run([])
    host.simulation.sockets.forgetCalls()
    return host
  }

  private func run(_ host: DockerHost, _ names: [String] = [], on authority: Authority = .person) throws
    -> RestoreDocker.Result
  {
    let result = try RestoreDocker(on: host.simulation.host).run(names, on: authority)
    return try #require(result)
  }

  /// As saved: the network known to the plugin under the id that Docker has, the VFs as they were, nothing left to do.
  private func expectUsable(_ host: DockerHost, _ names: [String] = ["net0"]) throws {
    for name in names {
      let id = try #require(host.docker.network(name)).id
      #expect(host.docker.plugin.now.networks[id]?.options["prefix"] == "ib")
    }
    #expect(host.docker.now.networks.count == names.count)
    host.simulation.sockets.forgetCalls()
    host.simulation.kernel.forgetStores()
    let again = try run(host)
    #expect(again.failure == nil && !again.networks.contains { $0.result != .unchanged })
    #expect(host.changes.isEmpty && host.simulation.kernel.stores.isEmpty, "\(host.changes)")
    let status = try Status(of: host.simulation.host)
    #expect(!status.entries.contains { !$0.isAsSaved })
  }

  // MARK: The boot

  @Test(arguments: DockerRelease.allCases)
  func `after a reboot the plugin is started and told again, and no container is an orphan`(release: DockerRelease)
    throws
  {
    let host = try restored(release, pfs: 2) { host in
      try host.run(DockerContainer("a", on: "net0", ipv4: "10.10.1.7", policy: "always"))
      try host.run(DockerContainer("b", on: "net1", policy: "unless-stopped"))
      try host.run(DockerContainer("c", on: "net1", policy: "unless-stopped"))
      host.docker.stopContainer("c")
    }
    let ids = host.docker.now.networks.map(\.id)
    let result = try run(host)
    #expect(result.failure == nil)
    #expect(result.networks.map(\.result) == [.restored, .restored])
    #expect(host.docker.now.networks.map(\.id) == ids)
    #expect(host.docker.container("a")?.endpoints["net0"]?.address == "10.10.1.7")
    #expect(result.containers.map(\.name) == ["a", "b"])
    #expect(host.docker.container("b")?.isRunning == true)
    #expect(host.docker.container("c")?.isRunning == false, "a person stopped it")
    try expectUsable(host, ["net0", "net1"])
  }

  @Test func `a marked container is started, and an unmarked one without policy is not`() throws {
    let host = try DockerHost()
    for name in ["guide", "loose"] { try host.run(DockerContainer(name, on: "net0")) }
    _ = try host.save(started: ["guide"])
    host.simulation.reboot()
    _ = try RestoreVFs(on: host.simulation.host).run([])
    #expect(try run(host).containers.map(\.name) == ["guide"])
    #expect(host.docker.container("loose")?.isRunning == false)
  }

  @Test(arguments: DockerRelease.allCases) func `a plugin that Docker starts by itself is told again as well`(
    release: DockerRelease
  ) throws {
    let host = try restored(release, pluginPolicy: "always") { host in
      try host.run(DockerContainer("a", on: "net0", policy: "always"))
    }
    let result = try run(host)
    #expect(result.failure == nil && result.containers.map(\.name) == ["a"])
    try expectUsable(host)
  }

  @Test func `no network saved, no Docker asked`() throws {
    let simulation = try Simulation.setUp(docker: .v28)
    _ = try Save(on: simulation.host).run([], acceptLoss: false, withDocker: false)
    #expect(try RestoreDocker(on: simulation.host).run([]) == nil)
    #expect(simulation.sockets.calls.isEmpty)
  }

  @Test func `one PF's unit does that PF's networks`() throws {
    let host = try restored(pfs: 2)
    #expect(try run(host, ["0000:b2:00.0"]).networks.map(\.name) == ["net1"])
    #expect(host.docker.plugin.now.networks.count == 1)
  }

  @Test func `a container on two PFs' networks is started when the second one is usable`() throws {
    let host = try restored(pfs: 2) { host in
      var both = DockerContainer("both", on: "net0", policy: "always")
      both.endpoints["net1"] = DockerContainer.Endpoint()
      try host.run(both)
    }
    let first = try run(host, ["0000:b1:00.0"])
    #expect(first.containers.isEmpty)
    #expect(first.notes.contains { $0.contains("network net1 is not usable yet") })
    #expect(try run(host, ["0000:b2:00.0"]).containers.map(\.name) == ["both"])
  }

  // MARK: No CreateNetwork

  @Test(arguments: [0, 1, 3, 5, 8], [true, false])
  func `nothing creates a network while the PF has another count than was saved`(count: Int, isKept: Bool) throws {
    let host = try DockerHost()
    _ = try host.save()
    host.simulation.reboot()
    if !isKept { host.docker.update { $0.networks = [] } }
    try host.simulation.write("\(count)", to: "sriov_numvfs", of: host.simulation.kernel.machine.adapters[0])
    host.simulation.sockets.forgetCalls()
    let result = try run(host)
    #expect(result.failure?.kind == .unavailable)
    #expect(host.changes.isEmpty)
    #expect(host.simulation.kernel.machine.adapters[0].vfCount == count)
  }

  @Test func `a PF that was saved without VFs gets none through the plugin`() throws {
    let host = try DockerHost()
    try host.simulation.write("0", to: "sriov_numvfs", of: host.simulation.kernel.machine.adapters[0])
    _ = try host.save()
    host.docker.plugin.start()
    host.simulation.sockets.forgetCalls()
    #expect(try run(host).failure?.kind == .refused)
    #expect(host.changes.isEmpty)
  }

  @Test func `the plugin is not started while another PF with a network has no VFs`() throws {
    let host = try DockerHost(pfs: 2)
    _ = try host.save()
    host.simulation.reboot()
    _ = try RestoreVFs(on: host.simulation.host).run(["0000:b1:00.0"])
    host.simulation.sockets.forgetCalls()
    let simulation = host.simulation
    simulation.tasks.start {
      simulation.tasks.pass(.seconds(40))
      _ = try? RestoreVFs(on: simulation.host).run(["0000:b2:00.0"])
    }
    let start = simulation.tasks.now()
    #expect(try run(host, ["0000:b1:00.0"]).failure == nil)
    #expect(simulation.tasks.now() - start > .seconds(40))
    #expect(simulation.kernel.machine.adapters.map(\.vfCount) == [4, 4])
  }

  // MARK: The plugin

  @Test(arguments: [nil, false]) func `a plugin that is gone, or left its socket, is made as it was saved`(
    isListening: Bool?
  ) throws {
    let host = try restored()
    host.docker.update { $0.containers = [] }
    host.docker.plugin.update { $0.isListening = isListening }
    #expect(try run(host).failure == nil)
    let plugin = try #require(host.docker.container("plugin"))
    #expect(plugin.isPrivileged && plugin.binds.count == 2 && plugin.networkMode == "host")
    try expectUsable(host)
  }

  @Test func `without its image nothing is pulled, and the command that does is named`() throws {
    let host = try restored()
    host.docker.update { ($0.containers, $0.images) = ([], [:]) }
    let failure = try #require(try run(host).failure)
    #expect(failure.kind == .unavailable)
    #expect(failure.remedy?.contains("docker pull rdma/sriov-plugin") == true)
    #expect(host.changes.isEmpty)
  }

  @Test(arguments: DockerRelease.allCases) func `a plugin that was restarted is told again while containers run`(
    release: DockerRelease
  ) throws {
    let host = try restored(release) { try $0.run(DockerContainer("a", on: "net0", policy: "always")) }
    _ = try run(host)
    let id = try #require(host.docker.network("net0")).id
    host.docker.plugin.start()
    let result = try run(host)
    #expect(
      result.networks[0].steps.map(\.words) == ["network net0: tell the plugin of the network \(id.prefix(12)) again"])
    #expect(result.networks[0].notes.contains { $0.contains("the plugin has forgotten a, running on it") })
    #expect(host.docker.container("a")?.isRunning == true && host.docker.network("net0")?.id == id)
    try expectUsable(host)
  }

  @Test func `a plugin that hangs ends it with 69 and without a change`() throws {
    let host = try restored()
    _ = try run(host)
    host.docker.plugin.update { $0.hangs = true }
    host.simulation.sockets.forgetCalls()
    #expect(try run(host).failure?.kind == .unavailable)
    #expect(host.changes.allSatisfy { $0.hasSuffix("/start") }, "\(host.changes)")
  }

  @Test func `a plugin outside Docker is waited for`() throws {
    let host = try DockerHost()
    host.docker.update { $0.containers = [] }
    _ = try host.save()
    host.simulation.reboot()
    _ = try RestoreVFs(on: host.simulation.host).run([])
    let docker = host.docker
    let tasks = host.simulation.tasks
    tasks.start {
      tasks.pass(.seconds(30))
      docker.plugin.start()
    }
    #expect(try run(host).failure == nil)
    try expectUsable(host)
  }

  @Test func `what the plugin refuses is told in its words`() throws {
    let host = try restored()
    host.docker.plugin.update { $0.refusal = "Fail to enable sriov: EIO" }
    let failure = try #require(try run(host).failure)
    #expect(failure.message.contains("Fail to enable sriov: EIO"))
  }

  // MARK: Docker

  @Test func `a stopped Docker is started by this phase, and waited for`() throws {
    let host = try restored()
    #expect(host.docker.now.daemon == .stopped)
    _ = try run(host)
    #expect(host.docker.now.activations == 1)
  }

  @Test func `a Docker that never answers ends it with 69, saying meanwhile what is waited for`() throws {
    let host = try restored(isService: true)
    host.docker.update { $0.daemon = .starting }
    let start = host.simulation.tasks.now()
    #expect { try run(host) } throws: { Failure($0).kind == .unavailable }
    #expect(host.simulation.tasks.now() - start <= .seconds(121))
    #expect(host.simulation.notifier.sent.joined().contains { $0.contains("STATUS=waiting for Docker") })
  }

  @Test func `a Docker that is not there is waited for, and woken up for`() throws {
    let host = try restored()
    host.docker.update { $0.isSocketActivated = false }
    let docker = host.docker
    let tasks = host.simulation.tasks
    tasks.start {
      tasks.pass(.seconds(20))
      docker.startDaemon()
    }
    let failure = try run(host).failure
    #expect(failure == nil, "\(String(describing: failure))")
  }

  @Test func `a signal ends the wait`() throws {
    let host = try restored()
    host.docker.update { $0.daemon = .starting }
    let tasks = host.simulation.tasks
    tasks.start {
      tasks.pass(.seconds(5))
      tasks.terminate()
    }
    let start = tasks.now()
    #expect { try run(host) } throws: { Failure($0).kind == .terminated }
    #expect(tasks.now() - start == .seconds(5))
  }

  @Test func `a unit does not start a Docker that was stopped; a person's restore does`() throws {
    let host = try restored()
    #expect(try run(host, on: .unattended).failure == nil, "it was started at boot")
    host.docker.stopDaemon()
    let activations = host.docker.now.activations
    let left = try run(host, on: .unattended)
    #expect(left.networks.isEmpty && left.failure == nil && left.notes.first?.contains("Docker was stopped") == true)
    #expect(host.docker.now.activations == activations)
    host.docker.startDaemon()
    #expect(try run(host, on: .unattended).networks.map(\.result) == [.restored])
    host.docker.stopDaemon()
    #expect(try run(host).failure == nil)
    #expect(host.docker.now.activations == activations + 1)
  }

  // MARK: Networks

  @Test(arguments: DockerRelease.allCases) func `a network that Docker lost is made, and its containers are connected`(
    release: DockerRelease
  ) throws {
    let host = try restored(release) { host in
      try host.run(DockerContainer("a", on: "net0", ipv4: "10.10.1.7", policy: "always"))
    }
    host.docker.update { $0.networks = [] }
    let result = try run(host)
    #expect(result.failure == nil, "\(String(describing: result.failure))")
    #expect(result.containers.map(\.name) == ["a"])
    #expect(host.docker.container("a")?.endpoints["net0"]?.address == "10.10.1.7")
    try expectUsable(host)
  }

  @Test func `a network that differs is refused, and nothing is done to it`() throws {
    let host = try restored()
    host.docker.update { $0.networks[0].labels = ["owner": "you"] }
    let failure = try #require(try run(host).failure)
    #expect(failure.kind == .refused)
    #expect(failure.message.contains("labels is owner=you, wanted owner=me"))
    #expect(failure.remedy?.contains("--replace-networks") == true)
    #expect(host.docker.network("net0")?.labels == ["owner": "you"])
  }

  @Test(arguments: DockerRelease.allCases, [false, true])
  func `a network that differs is replaced, VFs and stopped containers with their addresses come back`(
    release: DockerRelease, isNeverLoaded: Bool
  ) throws {
    let host = try restored(release) { host in
      try host.run(DockerContainer("a", on: "net0", ipv4: "10.10.1.7"))
      host.docker.stopContainer("a")
    }
    if !isNeverLoaded { _ = try run(host) }
    host.docker.update { $0.networks[0].labels = [:] }
    let result = try run(host, on: .replacing)
    #expect(result.failure == nil, "\(String(describing: result.failure))")
    #expect(host.docker.container("a")?.endpoints["net0"]?.networkID == host.docker.network("net0")?.id)
    #expect(host.docker.container("a")?.endpoints["net0"]?.ipv4 == "10.10.1.7")
    try expectUsable(host)
  }

  @Test func `nothing is replaced below a running container, or a VF in use`() throws {
    let host = try restored { try $0.run(DockerContainer("a", on: "net0", policy: "always")) }
    _ = try run(host)
    host.docker.update { $0.networks[0].labels = [:] }
    #expect(try run(host, on: .replacing).failure?.message.contains("running on it") == true)
    host.docker.stopContainer("a")
    host.simulation.kernel.update { $0.adapters[0].vfs[2].users = [815] }
    host.simulation.sockets.forgetCalls()
    let failure = try #require(try run(host, on: .replacing).failure)
    #expect(failure.message.contains("VF 2 is in use"))
    #expect(host.changes.isEmpty && host.simulation.kernel.machine.adapters[0].vfCount == 4)
  }

  @Test func `two networks with one name are for a person to judge`() throws {
    let host = try restored()
    host.docker.update { state in
      var twin = state.networks[0]
      twin.id = String(repeating: "d", count: 64)
      state.networks.append(twin)
    }
    let failure = try #require(try run(host).failure)
    #expect(failure.kind == .refused && failure.message.contains("2 networks called net0"))
  }

  @Test func `a PF whose netdev has another name is told to the plugin by that`() throws {
    let host = try restored()
    host.simulation.kernel.update { $0.adapters[0].netdev = "ibp177s0" }
    #expect(try run(host).failure == nil)
    #expect(host.docker.plugin.now.networks.values.map(\.netdevice) == ["ibp177s0"])
  }

  // MARK: Interruptions

  @Test(arguments: 0..<21) func `killed before any call of a replacement, a restore converges`(number: Int) throws {
    let host = try restored { host in
      try host.run(DockerContainer("a", on: "net0", ipv4: "10.10.1.7"))
      host.docker.stopContainer("a")
    }
    _ = try run(host)
    host.docker.update { $0.networks[0].labels = [:] }
    host.simulation.sockets.killProcess(beforeCall: number)
    _ = try? run(host, on: .replacing)
    #expect(host.simulation.kernel.isProcessDead, "there is such a call")
    host.simulation.kernel.startProcess()
    _ = try RestoreVFs(on: host.simulation.host).run([])
    let result = try run(host, on: .replacing)
    #expect(result.failure == nil, "\(String(describing: result.failure))")
    #expect(host.docker.container("a")?.endpoints["net0"]?.networkID == host.docker.network("net0")?.id)
    #expect(host.docker.container("a")?.endpoints["net0"]?.ipv4 == "10.10.1.7")
    try expectUsable(host)
  }

  @Test(arguments: 0..<40) func `killed before any call, the next run converges`(number: Int) throws {
    let host = try restored { try $0.run(DockerContainer("a", on: "net0", ipv4: "10.10.1.7", policy: "always")) }
    if number.isMultiple(of: 2) { host.docker.update { $0.networks = [] } }
    host.simulation.sockets.killProcess(beforeCall: number / 2)
    _ = try? run(host)
    #expect(host.simulation.kernel.isProcessDead, "there is such a call")
    host.simulation.kernel.startProcess()
    let result = try run(host)
    #expect(result.failure == nil, "\(String(describing: result.failure))")
    #expect(host.docker.container("a")?.endpoints["net0"]?.address == "10.10.1.7")
    try expectUsable(host)
  }
}
