import HostInterface

/// The one place where the agent waits. While it does, the service manager is told what for, and given more time.
struct Wait {
  let host: Host
  /// Rung by everything that can change the condition, and by SIGTERM.
  let bell: any Bell

  /// A slow look beside the events: how often the time that has passed is told, and the deadline looked at.
  private static let period = Duration.seconds(1)
  /// Several periods, so that a loaded machine does not miss one.
  private static let extension_ = "EXTEND_TIMEOUT_USEC=10000000"

  init(on host: Host) {
    self.host = host
    bell = host.tasks.makeBell()
    host.tasks.ringOnTermination(bell)
  }

  /// Returns true once `condition` holds, false when `deadline` has passed without.
  func callAsFunction(
    for words: () -> String, deadline: () -> Duration, until condition: () throws -> Bool
  ) rethrows -> Bool {
    while try !condition() {
      guard host.tasks.now() < deadline() else { return false }
      host.notifier.send(["STATUS=\(words())", Self.extension_])
      bell.wait(until: min(deadline(), host.tasks.now() + Self.period))
    }
    return true
  }

  /// Waits for jobs that work side by side, each as long as its own limit allows.
  func finish<Value>(_ jobs: [Job<Value>]) {
    var isStuck = false
    while !isStuck && !jobs.allSatisfy(\.isFinished) {
      isStuck = !self(
        for: { jobs.filter { !$0.isFinished }.map(\.words).joined(separator: "; ") },
        deadline: { jobs.filter { !$0.isFinished }.map(\.deadline).max() ?? .forever },
        until: { jobs.allSatisfy(\.isFinished) })
    }
  }
}
