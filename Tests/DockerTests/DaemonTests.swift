import Docker
import HostInterface
import Model
import SimulatedHost
import Testing

/// The daemon's start and its socket, as docker.md 3.2, 6.1 and 8 tell.
@Suite struct DaemonTests {
  // MARK: The daemon's start

  @Test(arguments: DockerRelease.allCases, [nil, false])
  func `containers fail one after another while nobody is answered, and are not tried again`(
    release: DockerRelease, isListening: Bool?
  ) throws {
    let rig = try Rig(release)
    for number in 1...4 { rig.docker.add(DockerContainer("c\(number)", on: Rig.name, policy: "always")) }
    rig.docker.add(DockerContainer("other", on: "host", policy: "always"))
    rig.simulation.reboot()
    rig.docker.plugin.update { $0.isListening = isListening }
    rig.docker.startDaemon()
    #expect(
      rig.trouble { () throws(DockerError) in _ = try rig.engine.networks(until: rig.deadline(30)) } == .notAnswering)
    #expect(rig.docker.container("other")?.isRunning == true)
    let seconds = try rig.seconds { _ = try rig.engine.networks(until: .forever) }
    #expect((30...35).contains(seconds))
    rig.docker.plugin.start()
    rig.simulation.tasks.pass(.seconds(3600))
    for number in 1...4 {
      let container = try #require(try rig.engine.container("c\(number)", until: .forever))
      #expect(container.wasGivenUp)
      #expect(container.error.contains("plugin"))
    }
  }

  @Test(arguments: DockerRelease.allCases) func `a plugin that Docker starts is blank, and its containers are given up`(
    release: DockerRelease
  ) throws {
    let rig = try Rig(release, pluginPolicy: "always")
    rig.docker.add(DockerContainer("a", on: Rig.name, policy: "always"))
    rig.simulation.reboot()
    rig.docker.startDaemon()
    let container = try #require(try rig.engine.container("a", until: .forever))
    #expect(container.wasGivenUp)
    #expect(container.error.contains("Plugin can not find network"))
    #expect(rig.state() == .unknown)
    #expect(rig.vfCount == 0)
  }

  @Test func `a container that a person stopped stays stopped, and is not given up`() throws {
    let rig = try Rig(.v28)
    rig.docker.add(DockerContainer("a", on: Rig.name, policy: "unless-stopped"))
    try rig.engine.start("a", until: .forever)
    rig.docker.stopContainer("a")
    rig.docker.stopDaemon()
    rig.docker.startDaemon()
    let container = try #require(try rig.engine.container("a", until: .forever))
    #expect(!container.isRunning && !container.wasGivenUp)
  }

  @Test func `a socket takes connections before the daemon is there, and a connection starts it`() throws {
    let rig = try Rig(.v28)
    rig.docker.stopDaemon()
    #expect(rig.docker.now.activations == 0)
    #expect(
      rig.trouble { () throws(DockerError) in
        _ = try rig.engine.networks(until: rig.simulation.tasks.now() + .milliseconds(10))
      } == .notAnswering)
    #expect(rig.docker.now.activations == 1)
    #expect(try rig.engine.networks(until: rig.deadline(5)).count == 1)
    rig.docker.stopDaemon()
    rig.docker.update { $0.isSocketActivated = false }
    #expect(rig.trouble { () throws(DockerError) in _ = try rig.engine.networks(until: .forever) } == .notThere)
  }

  // MARK: Events

  @Test func `events wake whoever waits, until the daemon is gone`() throws {
    let rig = try Rig(.v28)
    rig.docker.add(DockerContainer("a", on: Rig.name))
    let bell = rig.simulation.tasks.makeBell()
    let events = try rig.engine.events(until: rig.deadline(5), ringing: bell)
    #expect(try events.next(until: rig.deadline(5)) == nil)
    rig.simulation.tasks.start { try? rig.engine.start("a", until: .forever) }
    #expect(bell.wait(until: rig.deadline(5)))
    let event = try #require(try events.next(until: rig.deadline(5)))
    #expect(event.type == "container" && event.action == "start" && event.attributes["name"] == "a")
    rig.docker.stopDaemon()
    #expect(
      rig.trouble { () throws(DockerError) in while try events.next(until: .forever) != nil {} } == .notAnswering)
  }
}
