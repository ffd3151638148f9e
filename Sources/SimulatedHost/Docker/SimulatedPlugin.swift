import Foundation
import HostInterface
import Model
import Synchronization
import SystemPackage

/// The network plugin, in memory as the real one is: docker.md 2 and 11. It sets up the hardware through the kernel, and
/// answers as the real one does (Tests/StandIn/answers.json).
package final class SimulatedPlugin: SimulatedServer {
  package struct State: Sendable {
    /// Nil while there is no socket file; false for one that a dead process left.
    package var isListening: Bool?
    /// Whether the caller is not root.
    package var isForbidden = false
    /// Takes connections and answers nothing.
    package var hangs = false
    /// What the next CreateNetwork answers instead of doing anything.
    package var refusal: String?
    /// By the ids of the networks.
    package var networks: [String: Network] = [:]
    /// By the names of PFs: what it found when it first saw them.
    package var pfs: [String: PF] = [:]
    /// It makes VFs: whatever touches networks waits.
    package var isWorking = false
    /// Netdevs of the host that have no PCI function.
    package var otherNetdevs: Set<String> = ["lo"]
    fileprivate var bells: [any Bell] = []
    var luck: UInt64 = 0x5d0c_1c3b_9a61_f24e
  }

  package struct Network: Equatable, Sendable {
    package let netdevice: String
    package let options: [String: String]
    package let gateway: String
    package var endpoints: [String: Endpoint] = [:]

    var isPassthrough: Bool { options["mode"] == "passthrough" }
    var vlan: Int { options["vlan"].flatMap { Int($0) } ?? 0 }
    /// Without the default that a network has whose options it was told.
    var prefix: String { options["prefix"] ?? "" }
  }

  package struct Endpoint: Equatable, Sendable {
    /// Nil for the PF itself.
    let vf: Int?
    /// What the VF's netdev was called then; empty where it had none, or was gone.
    let netdev: String
    var sandbox = ""
  }

  /// Read once: later changes of the count go unseen until the last network is deleted.
  package struct PF: Equatable, Sendable {
    package let vfs: [Int]
    /// Of the netdev that it saw then: another one of that name gets no settings.
    let linkIndex: Int32
    package var allocated: Set<Int> = []
    /// How many networks it counts; wrong for ever once it was told of one twice.
    package var references = 0
  }

  private let state = Mutex(State())
  let kernel: SimulatedKernel
  /// Has its notes, which outlive a reboot.
  let disk: SimulatedDisk

  init(kernel: SimulatedKernel, disk: SimulatedDisk) {
    self.kernel = kernel
    self.disk = disk
  }

  package var now: State { state.withLock(\.self) }

  package func update(_ change: (inout State) -> Void) {
    let bells = state.withLock { state in
      change(&state)
      defer { state.bells = [] }
      return state.bells
    }
    for bell in bells { bell.ring() }
  }

  /// Its process starts. It has forgotten everything but what it finds in its notes, and of that it keeps what Docker
  /// says it has: up to Docker 24, and while that answers (docker.md 2.2). An entry that it cannot read ends it at once.
  package func start(keeping ids: Set<String> = []) {
    update { state in
      state.networks = [:]
      state.pfs = [:]
    }
    for id in noted {
      guard let network = note(of: id) else { return stop() }
      if ids.contains(id) { try? remember(network, as: id) } else { forgetNote(of: id) }
    }
    kernel.makeSocket(Self.socket)
    update { $0.isListening = true }
  }

  /// Its process ends; SIGTERM leaves the socket's file behind as SIGKILL does.
  package func stop() { update { if $0.isListening != nil { $0.isListening = false } } }

  /// /run is empty, and what it had in memory is gone.
  package func reboot() {
    update { $0 = SimulatedPlugin.State() }
    kernel.removeSocket(Self.socket)
  }

  private static let socket: FilePath = "/run/docker/plugins/sriov.sock"

  // MARK: The socket

  var socketState: SocketState {
    switch now.isListening {
    case true? where now.isForbidden: .forbidden
    case nil: .absent
    case false: .stale
    case true: .listening
    }
  }

  func stream(_ request: HTTPRequest, into lines: SimulatedLines) -> Result<Int, HTTPError.Reason> {
    .failure(.malformed)
  }

  func answer(_ request: HTTPRequest) -> Result<HTTPReply, HTTPError.Reason> {
    wait { $0.hangs }
    guard request.method == .post, let method = Method(rawValue: String(request.target.dropFirst())) else {
      return .success(Self.plain(404, "404 page not found\n"))
    }
    guard let body = JSONBody(parsing: request.body.isEmpty ? Array("{}".utf8) : request.body) else {
      return .success(Self.plain(400, "unexpected EOF\n"))
    }
    do throws(PluginRefusal) {
      let answer = try answer(method, body)
      return .success(Self.reply(200, answer.map { JSONBody.text($0) } ?? "null"))
    } catch {
      guard let text = error.text else { return .failure(.cut(.unanswered)) }
      return .success(Self.reply(500, JSONBody(["Err": text]).text))
    }
  }

  private enum Method: String {
    case activate = "Plugin.Activate"
    case getCapabilities = "NetworkDriver.GetCapabilities"
    case createNetwork = "NetworkDriver.CreateNetwork"
    case allocateNetwork = "NetworkDriver.AllocateNetwork"
    case deleteNetwork = "NetworkDriver.DeleteNetwork"
    case freeNetwork = "NetworkDriver.FreeNetwork"
    case createEndpoint = "NetworkDriver.CreateEndpoint"
    case deleteEndpoint = "NetworkDriver.DeleteEndpoint"
    case endpointInfo = "NetworkDriver.EndpointOperInfo"
    case join = "NetworkDriver.Join"
    case leave = "NetworkDriver.Leave"
    case discoverNew = "NetworkDriver.DiscoverNew"
    case discoverDelete = "NetworkDriver.DiscoverDelete"
    case program = "NetworkDriver.ProgramExternalConnectivity"
    case revoke = "NetworkDriver.RevokeExternalConnectivity"
  }

  /// - Returns: Nil for JSON's null.
  private func answer(_ method: Method, _ body: JSONBody) throws(PluginRefusal) -> [String: Any]? {
    switch method {
    case .activate: ["Implements": ["NetworkDriver"]]
    case .getCapabilities: ["Scope": "local", "ConnectivityScope": ""]
    case .allocateNetwork: nil
    case .freeNetwork, .discoverNew, .discoverDelete, .program, .revoke: [:]
    case .createNetwork: try oneAtATime { () throws(PluginRefusal) in try create(body) }
    case .deleteNetwork: oneAtATime { delete(body["NetworkID"] ?? "") }
    case .createEndpoint: try oneAtATime { () throws(PluginRefusal) in try createEndpoint(body) }
    case .deleteEndpoint: try oneAtATime { () throws(PluginRefusal) in try deleteEndpoint(body) }
    case .endpointInfo: try oneAtATime { () throws(PluginRefusal) in try describeEndpoint(body) }
    case .join: try oneAtATime { () throws(PluginRefusal) in try join(body) }
    case .leave: try oneAtATime { () throws(PluginRefusal) in try leave(body) }
    }
  }

  private static func reply(_ status: Int, _ text: String) -> HTTPReply {
    HTTPReply(
      status: status, headers: ["content-type": "application/vnd.docker.plugins.v1.1+json"],
      body: Array((text + "\n").utf8))
  }

  private static func plain(_ status: Int, _ text: String) -> HTTPReply {
    HTTPReply(status: status, headers: ["content-type": "text/plain; charset=utf-8"], body: Array(text.utf8))
  }

  /// One lock for all that touches networks: while VFs are made, a look blocks as well (docker.md 2.3).
  private func oneAtATime<Value, Failure>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
    wait { state in
      defer { state.isWorking = true }
      return state.isWorking
    }
    defer { update { $0.isWorking = false } }
    return try body()
  }

  private func wait(while isBlocked: (inout State) -> Bool) {
    while true {
      let bell = kernel.tasks.makeBell()
      let mustWait = state.withLock { state in
        let mustWait = isBlocked(&state)
        if mustWait { state.bells.append(bell) }
        return mustWait
      }
      guard mustWait else { return }
      bell.wait(until: .forever)
    }
  }
}

struct PluginRefusal: Error {
  /// Nil where it fails on a request, and the connection ends without an answer.
  let text: String?

  init(_ text: String) { self.text = text }

  private init() { text = nil }

  static let crash = PluginRefusal()
}
