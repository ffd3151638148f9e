import Foundation
import HostInterface
import Synchronization

/// A Docker daemon in memory: docker.md 3 to 7. It reaches the plugin as the real one does, with its retries.
package final class SimulatedDocker: SimulatedServer {
  package let plugin: SimulatedPlugin
  let tasks: SimulatedTasks
  private let state: Mutex<DockerState>
  private let bells = Mutex<[any Bell]>([])
  private let streams = Mutex<[SimulatedLines]>([])

  init(_ state: DockerState, plugin: SimulatedPlugin, tasks: SimulatedTasks) {
    self.state = Mutex(state)
    self.plugin = plugin
    self.tasks = tasks
    plugin.kernel.update { $0.dockerUnits = state.units }
  }

  package var now: DockerState { state.withLock(\.self) }

  package func update(_ change: (inout DockerState) -> Void) {
    let units = state.withLock { state in
      change(&state)
      return state.units
    }
    if plugin.kernel.machine.dockerUnits != units { plugin.kernel.update { $0.dockerUnits = units } }
    for bell in bells.withLock({ bells in
      defer { bells = [] }
      return bells
    }) { bell.ring() }
  }

  package func container(_ name: String) -> DockerContainer? {
    now.containers.first { $0.name == name || $0.id == name }
  }

  package func network(_ name: String) -> DockerNetwork? { now.networks.first { $0.name == name } }

  // MARK: The daemon's life

  /// `systemctl start docker`, without waiting for it.
  package func startDaemon() {
    guard now.daemon == .stopped else { return }
    update { state in
      state.daemon = .starting
      state.starts += 1
      state.hasLoadedPlugin = false
      for index in state.networks.indices { state.networks[index].hidesGateway = false }
    }
    let mine = now.starts
    tasks.start { [self] in
      tasks.pass(.milliseconds(300))
      startContainers { self.now.starts == mine && self.now.daemon == .starting }
      update { if $0.starts == mine && $0.daemon == .starting { $0.daemon = .running } }
    }
  }

  /// Those with a restart policy, the plugin's own among them, at once; and those on its networks one after another, as
  /// each waits for the plugin. What failed is never tried again (docker.md 6.1).
  private func startContainers(while isAlive: () -> Bool) {
    let wanted = now.containers.filter { $0.policy != "no" && !$0.wasStoppedByHand }
    for container in wanted.filter({ !needsPlugin($0) }) + wanted.filter(needsPlugin) where isAlive() {
      try? start(container.id)
    }
  }

  private func needsPlugin(_ container: DockerContainer) -> Bool {
    container.endpoints.keys.contains { network($0)?.driver == "sriov" }
  }

  /// `systemctl stop docker`; or, at a power cut, all of it at once.
  package func stopDaemon() {
    for container in now.containers where container.isRunning { halt(container.id) }
    update { $0.daemon = .stopped }
    for stream in streams.withLock({ streams in
      defer { streams = [] }
      return streams
    }) { stream.end() }
  }

  /// Sockets go with /run; the daemon does not start by itself here, but when it is told to or asked.
  func reboot() {
    plugin.reboot()
    stopDaemon()
  }

  /// `docker stop`, by a person.
  package func stopContainer(_ name: String) {
    guard let container = container(name) else { return }
    halt(container.id)
    change(container.id) { $0.wasStoppedByHand = true }
  }

  func halt(_ id: String) {
    guard let container = container(id), container.isRunning else { return }
    if container.isPlugin {
      plugin.stop()
    } else {
      for name in container.endpoints.keys {
        guard let network = network(name), network.driver == "sriov", plugin.now.isListening == true else { continue }
        for method in ["Leave", "DeleteEndpoint"] {
          _ = callPlugin("NetworkDriver.\(method)", ["NetworkID": network.id, "EndpointID": id])
        }
      }
    }
    for endpoint in container.endpoints.values { endpoint.vf.map(plugin.kernel.takeBack) }
    change(id) { container in
      container.isRunning = false
      for name in container.endpoints.keys {
        container.endpoints[name]?.address = ""
        container.endpoints[name]?.vf = nil
      }
    }
  }

  func change(_ id: String, _ body: (inout DockerContainer) -> Void) {
    update { state in
      guard let index = state.containers.firstIndex(where: { $0.id == id }) else { return }
      body(&state.containers[index])
    }
  }

  // MARK: The socket

  var socketState: SocketState {
    let now = now
    if now.isForbidden { return .forbidden }
    return now.daemon != .stopped || now.isSocketActivated ? .listening : .absent
  }

  /// Connections are taken before the daemon exists, and are answered once it has started its containers.
  private func waitUntilServing() {
    if now.daemon == .stopped || now.daemon == .stopping {
      update { state in
        state.activations += 1
        state.daemon = .stopped
      }
      startDaemon()
    }
    while now.daemon != .running { waitForChange() }
  }

  func waitForChange() {
    let bell = tasks.makeBell()
    bells.withLock { $0.append(bell) }
    bell.wait(until: .forever)
  }

  func answer(_ request: HTTPRequest) -> Result<HTTPReply, HTTPError.Reason> {
    waitUntilServing()
    do throws(DockerRefusal) {
      return .success(try route(request))
    } catch {
      let body = error.isPlain ? error.message + "\n" : JSONBody(["message": error.message]).text
      return .success(HTTPReply(status: error.status, body: Array(body.utf8)))
    }
  }

  func stream(_ request: HTTPRequest, into lines: SimulatedLines) -> Result<Int, HTTPError.Reason> {
    waitUntilServing()
    streams.withLock { $0.append(lines) }
    return .success(200)
  }

  func tell(_ type: String, _ action: String, _ id: String, _ attributes: [String: String]) {
    let event: [String: Any] = [
      "Type": type, "Action": action, "Actor": ["ID": id, "Attributes": attributes] as [String: Any],
    ]
    streams.withLock { $0.removeAll(where: \.isClosed) }
    for stream in streams.withLock(\.self) { stream.send(JSONBody(event).text) }
  }
}
