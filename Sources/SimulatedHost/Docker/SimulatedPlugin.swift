import Foundation
import HostInterface
import Model
import Synchronization
import SystemPackage

/// The network plugin, in memory as the real one is: docker.md 2. It sets up the hardware through the kernel.
package final class SimulatedPlugin: SimulatedServer {
  package struct State: Sendable {
    /// Its files below /etc, which outlive a reboot.
    package var notes: [String: Network] = [:]
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
    fileprivate var bells: [any Bell] = []
    var luck: UInt64 = 0x5d0c_1c3b_9a61_f24e
  }

  package struct Network: Equatable, Sendable {
    package let netdevice: String
    package let options: [String: String]
    package let gateway: String
    /// The VFs of endpoints.
    package var endpoints: [String: Int] = [:]
  }

  /// Read once: later changes of the count go unseen until the last network is deleted.
  package struct PF: Equatable, Sendable {
    package let vfs: [Int]
    package var allocated: Set<Int> = []
    /// How many networks it counts; wrong for ever once it was told of one twice.
    package var references = 0
  }

  private let state = Mutex(State())
  let kernel: SimulatedKernel

  init(kernel: SimulatedKernel) { self.kernel = kernel }

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
  /// says it has: up to Docker 24, and while that answers (docker.md 2.2).
  package func start(keeping ids: Set<String> = []) {
    update { state in
      state.networks = [:]
      state.pfs = [:]
      state.notes = state.notes.filter { ids.contains($0.key) }
    }
    for (id, network) in now.notes.sorted(by: { $0.key < $1.key }) { try? remember(network, as: id) }
    kernel.makeSocket("/run/docker/plugins/sriov.sock")
    update { $0.isListening = true }
  }

  /// Its process ends; SIGTERM leaves the socket's file behind as SIGKILL does.
  package func stop() { update { if $0.isListening != nil { $0.isListening = false } } }

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
    let body = JSONBody(request.body)
    guard request.method == .post else { return .success(Self.reply(404, "{}")) }
    do throws(PluginRefusal) {
      switch request.target {
      case "/Plugin.Activate": return .success(Self.reply(200, #"{"Implements":["NetworkDriver"]}"#))
      case "/NetworkDriver.GetCapabilities": return .success(Self.reply(200, #"{"Scope":"local"}"#))
      case "/NetworkDriver.CreateNetwork": try oneAtATime { () throws(PluginRefusal) in try create(body) }
      case "/NetworkDriver.DeleteNetwork": oneAtATime { delete(body["NetworkID"]) }
      case "/NetworkDriver.CreateEndpoint":
        _ = try oneAtATime { () throws(PluginRefusal) in
          try createEndpoint(body["EndpointID"] ?? "", on: body["NetworkID"] ?? "")
        }
      case "/NetworkDriver.DeleteEndpoint":
        oneAtATime { deleteEndpoint(body["EndpointID"] ?? "", on: body["NetworkID"] ?? "") }
      case "/NetworkDriver.EndpointOperInfo":
        try oneAtATime { () throws(PluginRefusal) in
          try tell(of: body["EndpointID"] ?? "", on: body["NetworkID"] ?? "")
        }
      default: return .success(Self.reply(404, "{}"))
      }
      return .success(Self.reply(200, "{}"))
    } catch {
      return .success(Self.reply(500, JSONBody(["Err": error.text]).text))
    }
  }

  private static func reply(_ status: Int, _ text: String) -> HTTPReply {
    HTTPReply(status: status, body: Array(text.utf8))
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
  let text: String

  init(_ text: String) { self.text = text }
}
