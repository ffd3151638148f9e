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
  /// Between two looks at the host: events come in hundreds.
  static let pauseBetweenLooks = Duration.milliseconds(50)

  init(on host: Host) {
    self.host = host
    bell = host.tasks.makeBell()
    host.tasks.ringOnTermination(bell)
  }

  /// Returns true once `condition` holds, false when `deadline` has passed without.
  ///
  /// - Parameters:
  ///   - period: How often the condition is looked at although nothing rang.
  ///   - pause: How long after a look the next one is made at the soonest, whatever rings; the first ring after that is
  ///     answered at once.
  func callAsFunction(
    for words: () -> String, deadline: () -> Duration, lookingEvery period: Duration = safetyPeriod,
    pausing pause: Duration = pauseBetweenLooks, until condition: () throws -> Bool
  ) rethrows -> Bool {
    while try !condition() {
      let lastLook = host.tasks.now()
      let nextLook = lastLook + period
      var isRung = false
      while !isRung && host.tasks.now() < nextLook {
        let now = host.tasks.now()
        guard now < deadline() else { return false }
        // Once a signal came, the manager's own patience counts.
        host.notifier.tell(words(), host.tasks.isTerminating ? [] : [Self.moreTime])
        isRung = bell.wait(until: min(deadline(), nextLook, now + Self.period))
      }
      // What rings meanwhile is answered by the look that follows.
      let soonest = min(lastLook + pause, deadline())
      while host.tasks.now() < soonest && !host.tasks.isTerminating { bell.wait(until: soonest) }
    }
    return true
  }

  /// Waits for jobs that work side by side, until each is finished or the last of their limits has passed.
  func finish<Value>(_ jobs: [Job<Value>]) {
    var unfinished: [Job<Value>] { jobs.filter { !$0.isFinished } }
    _ = self(
      for: { unfinished.map(\.words).joined(separator: "; ") },
      deadline: { unfinished.map(\.deadline).max() ?? .forever }, pausing: .zero,
      until: { unfinished.isEmpty })
  }
}
