import HostInterface

/// The one place where the agent waits. While it does, the service manager is told what for, and given more time.
struct Wait {
  let host: Host
  /// Rung by everything that can change the condition, and by SIGTERM.
  let bell: any Bell

  /// How often the time that has passed is told.
  private static let period = Duration.seconds(1)
  /// Several periods, so that a loaded machine does not miss one.
  private static let moreTime = "EXTEND_TIMEOUT_USEC=10000000"
  static let safetyPeriod = Duration.seconds(10)

  init(on host: Host) {
    self.host = host
    bell = host.tasks.makeBell()
    host.tasks.ringOnTermination(bell)
  }

  /// Returns true once `condition` holds, false when `deadline` has passed without.
  ///
  /// - Parameter period: How often the condition is looked at although nothing rang.
  func callAsFunction(
    for words: () -> String, deadline: () -> Duration, lookingEvery period: Duration = safetyPeriod,
    until condition: () throws -> Bool
  ) rethrows -> Bool {
    while try !condition() {
      let nextLook = host.tasks.now() + period
      var isRung = false
      while !isRung && host.tasks.now() < nextLook {
        let now = host.tasks.now()
        guard now < deadline() else { return false }
        // Once a signal came, the manager's own patience counts.
        host.notifier.tell(words(), host.tasks.isTerminating ? [] : [Self.moreTime])
        isRung = bell.wait(until: min(deadline(), nextLook, now + Self.period))
      }
    }
    return true
  }

  /// Waits for jobs that work side by side, until each is finished or the last of their limits has passed.
  func finish<Value>(_ jobs: [Job<Value>]) {
    var unfinished: [Job<Value>] { jobs.filter { !$0.isFinished } }
    _ = self(
      for: { unfinished.map(\.words).joined(separator: "; ") },
      deadline: { unfinished.map(\.deadline).max() ?? .forever },
      until: { unfinished.isEmpty })
  }
}
