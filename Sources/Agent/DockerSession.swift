import Docker
import HostInterface
import Model
import Planning
import Storage
import SystemPackage

/// One run's way to Docker and its plugin. Every call is made in a thread of its own, because it may hang for as long as
/// the plugin does: meanwhile the service manager hears what is waited for. A signal ends the waiting, not the call.
struct DockerSession: Sendable {
  let look: NetworkLook
  let authority: Authority
  private let wait: Wait

  var host: Host { look.host }
  var engine: DockerEngine { look.engine }
  var plugin: SRIOVPlugin { look.plugin }

  /// How long a question may take: Docker answers those from its store.
  private static let questionLimit = Duration.seconds(20)
  /// How long a change may take: Docker tries for 15 s to reach its plugin, three times for one that stops.
  private static let changeLimit = Duration.seconds(60)

  /// Waits until Docker answers. The only connection of the program that may start it.
  ///
  /// - Returns: Nil where a unit is to leave Docker alone: it ran in this boot, and somebody stopped it. A unit that tries
  ///   again every half minute must not undo that.
  static func open(_ host: Host, _ configuration: Configuration, on authority: Authority) throws -> DockerSession? {
    let wait = Wait(on: host)
    // Woken when the socket is made; without it the slow look is what is left.
    try? host.disk.watch(configuration.dockerSocket.removingLastComponent(), for: .sockets, ringing: wait.bell)
    let deadline = host.tasks.now() + configuration.dockerLimit
    let staysStopped = authority == .unattended && DockerNotes(host.disk).hasAnswered
    var engine: DockerEngine?
    var isStopped = false
    var problem = ""
    _ = try wait(
      for: { "waiting for Docker: \(problem)" }, deadline: { deadline }, lookingEvery: .seconds(2),
      until: {
        if staysStopped && !DockerService(on: host).mayBeAsked(over: configuration.dockerSocket) {
          isStopped = true
          return true
        }
        do {
          engine = try call("waiting for Docker", until: deadline, on: host, wait) {
            try DockerEngine.connect(host.http, socket: configuration.dockerSocket, until: $0)
          }
        } catch let error as DockerError where [.notThere, .notAnswering].contains(error.trouble) {
          problem = "\(error)"
          isStopped = staysStopped && error.whyNotReached != nil
        }
        return engine != nil || isStopped
      })
    guard !isStopped else { return nil }
    guard let engine else {
      throw Failure(
        .unavailable, "Docker does not answer after \(configuration.dockerLimit.components.seconds) s: \(problem)",
        remedy: "see: systemctl status docker; or wait longer: \"dockerSeconds\" in \(Configuration.path)")
    }
    DockerNotes(host.disk).noteAnswer()
    return DockerSession(look: NetworkLook(engine, on: host), authority: authority, wait: wait)
  }

  func ask<Value: Sendable>(
    _ words: String, _ body: @escaping @Sendable (_ deadline: Duration) throws -> Value
  ) throws -> Value {
    try Self.call(words, until: host.tasks.now() + Self.questionLimit, on: host, wait, body)
  }

  func change<Value: Sendable>(
    _ words: String, _ body: @escaping @Sendable (_ deadline: Duration) throws -> Value
  ) throws -> Value {
    try Self.call(words, until: host.tasks.now() + Self.changeLimit, on: host, wait, body)
  }

  private static func call<Value: Sendable>(
    _ words: String, until deadline: Duration, on host: Host, _ wait: Wait,
    _ body: @escaping @Sendable (_ deadline: Duration) throws -> Value
  ) throws -> Value {
    if host.tasks.isTerminating { throw Failure.stopped }
    // A little longer than the call itself, which ends by its own deadline.
    let limit = deadline - host.tasks.now() + .seconds(5)
    let job = Job<Result<Value, any Error>>(words, limit: limit, on: host.tasks, ringing: wait.bell) { _ in
      Result { try body(deadline) }
    }
    _ = wait(
      for: { job.words }, deadline: { job.deadline }, until: { job.isFinished || host.tasks.isTerminating })
    guard job.isFinished || !host.tasks.isTerminating else { throw Failure.stopped }
    return try job.result.get().get()
  }
}

extension Failure {
  static let stopped = Failure(
    .terminated, "stopped by a signal before the networks were done", remedy: "run: sriov-persist restore network")
}
