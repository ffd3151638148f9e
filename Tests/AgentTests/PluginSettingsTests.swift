import Agent
import Docker
import HostInterface
import Model
import Planning
import SimulatedHost
import Storage
import TestSupport
import Testing

/// VLAN, spoof check and trust of Ethernet VFs belong to the network plugin: it sets them on the VF of each container, and
/// never takes them back (docker.md 11.2).
@Suite struct PluginSettingsTests {
  private func contexts(_ host: DockerHost) -> [VFContext] { host.simulation.kernel.machine.adapters[0].contexts }

  private func restoreVFs(_ host: DockerHost) throws -> Report {
    try RestoreVFs(on: host.simulation.host).run([]).reports[0]
  }

  private func restoreDocker(_ host: DockerHost) throws -> RestoreDocker.Result {
    try #require(try RestoreDocker(on: host.simulation.host).run([]))
  }

  /// What earlier versions saved, or what was saved before the PF had a network.
  private func saveWithSettings(_ host: DockerHost) throws {
    let store = GenerationStore(host.simulation.disk)
    var snapshot = try host.save().snapshot
    for vf in 0..<3 {
      snapshot.adapters[0].vfs[vf].attributes[.vlan] = VLAN(id: 100, qos: 0, tag: .customer).map(VFValue.vlan)
      snapshot.adapters[0].vfs[vf].attributes[.spoofCheck] = .flag(true)
      snapshot.adapters[0].vfs[vf].attributes[.trust] = .flag(true)
    }
    _ = try store.save(snapshot, keeping: [])
  }

  @Test(arguments: [DockerRelease.v20, .v28])
  func `what containers got is no drift, keeps no network down, and is not written under them`(
    release: DockerRelease
  ) throws {
    let host = try DockerHost.ethernet(release)
    try host.run(DockerContainer("a", on: "net0", policy: "always"))
    _ = try host.save()
    try host.run(DockerContainer("b", on: "net0", policy: "always"))
    #expect(contexts(host)[2].spoofCheck && !contexts(host)[2].trust, "b is not privileged")
    let entry = try Status(of: host.simulation.host).entries[0]
    #expect(entry.problems.isEmpty, "\(entry.problems)")
    #expect(entry.drift?.notes.contains { $0.contains("network plugin") } == true)

    host.docker.stopDaemon()
    host.docker.startDaemon()
    host.simulation.tasks.pass(.seconds(60))
    let result = try restoreDocker(host)
    #expect(result.failure == nil, "\(String(describing: result.failure))")
    for name in ["a", "b"] { #expect(host.docker.container(name)?.isRunning == true) }
    let before = contexts(host)
    #expect(try restoreVFs(host).failure == nil)
    #expect(contexts(host) == before)
  }

  @Test(arguments: [true, false]) func `no container comes up in the VLAN that another one's VF had`(
    isSavedWithSettings: Bool
  ) throws {
    let host = try DockerHost.ethernet()
    if isSavedWithSettings { try saveWithSettings(host) } else { _ = try host.save() }
    host.simulation.reboot()
    #expect(try restoreVFs(host).result == .restored)
    #expect(try restoreDocker(host).failure == nil)
    for number in 0..<4 { try host.run(DockerContainer("c\(number)", on: "net0")) }
    #expect(contexts(host).prefix(4).allSatisfy { $0.vlan.id == 0 && !$0.trust })
  }

  @Test func `what a container left on its VF is gone before a plugin that forgot its networks is told again`() throws {
    let host = try DockerHost.ethernet(options: ["vlan": "100", "privileged": "1"])
    for name in ["a", "b"] { try host.run(DockerContainer(name, on: "net0")) }
    _ = try host.save()
    host.docker.stopContainer("b")
    #expect(contexts(host)[2].vlan.id == 100 && contexts(host)[2].trust, "the VF keeps it")
    host.docker.plugin.start()
    let result = try restoreDocker(host)
    #expect(result.failure == nil, "\(String(describing: result.failure))")
    #expect(contexts(host)[2].vlan.id == 0 && !contexts(host)[2].trust && !contexts(host)[2].spoofCheck)
    #expect(contexts(host)[3].vlan.id == 100 && contexts(host)[3].trust, "its container runs")
    #expect(result.notes.contains { $0.contains("VF 2: ") }, "\(result.notes)")
  }

  @Test func `while the plugin may give VFs out nothing is taken from them`() throws {
    let host = try DockerHost.ethernet(options: ["vlan": "100"])
    try host.run(DockerContainer("a", on: "net0"))
    _ = try host.save()
    host.docker.stopContainer("a")
    let before = contexts(host)
    #expect(try restoreVFs(host).result == .unchanged)
    #expect(try restoreDocker(host).failure == nil)
    #expect(contexts(host) == before)
    // Without it they are made as new ones are.
    host.docker.plugin.reboot()
    #expect(try restoreVFs(host).result == .restored)
    #expect(contexts(host).prefix(4).allSatisfy { $0.vlan.id == 0 && !$0.spoofCheck && !$0.trust })
    #expect(contexts(host).prefix(4).map(\.mac) == before.prefix(4).map(\.mac))
  }

  @Test func `a save leaves out what is the plugin's, and keeps what is not`() throws {
    let host = try DockerHost.ethernet()
    let address = host.simulation.kernel.machine.adapters[0].addressOfVF(1).description
    host.simulation.kernel.update { machine in
      machine.adapters[0].vfs[1].driver = "vfio-pci"
      machine.adapters[0].vfs[1].netdev = nil
      machine.adapters[0].vfs[1].rdmaDevice = nil
    }
    let result = try host.save()
    let vfs = result.snapshot.adapters[0].vfs
    #expect(vfs[0].attributes.keys.sorted { $0.rawValue < $1.rawValue } == [.mac, .policy, .rate])
    #expect(vfs[1].attributes[.vlan]?.description == "101:1:802.1q", "no container gets \(address)")
    #expect(result.warnings.contains { $0.contains("VLAN, spoof check and trust") }, "\(result.warnings)")
    #expect(try host.save().isUnchanged)
    // Without its network the PF's VFs are a person's again.
    try host.engine.removeNetwork("net0", until: .forever)
    let alone = try Save(on: host.simulation.host).run([], acceptLoss: true)
    #expect(alone.snapshot.networks == nil && alone.snapshot.adapters[0].vfs.allSatisfy { $0.attributes[.vlan] != nil })
  }

  @Test func `a network that gives out the PF itself leaves the VFs to a person`() throws {
    let host = try DockerHost.ethernet(options: ["mode": "passthrough"])
    #expect(try host.save().snapshot.adapters[0].vfs[1].attributes[.trust] == .flag(true))
    host.simulation.kernel.update { $0.adapters[0].contexts[1].trust = false }
    #expect(try Status(of: host.simulation.host).entries[0].drift?.isEmpty == false)
  }
}
