package import Foundation
package import HostInterface

/// Discrete-event time: real threads, of which one runs at a time, and a clock that moves only when every thread waits
/// here. So a run is repeatable, and a minute of waiting costs nothing.
package final class SimulatedTasks: Tasks, @unchecked Sendable {
  /// Guards all that follows; broadcast whenever another thread gets its turn.
  private let condition = NSCondition()
  private var time: Duration = .seconds(100)
  /// How much later the wall clock is than it should be.
  private var clock = Duration.zero
  private var turn = 0
  private var lastThread = 0
  private var ready: [Int] = []
  private var waiting: [Int: (deadline: Duration, bell: SimulatedBell?)] = [:]
  private var terminationBells: [any Bell] = []
  private var hasTerminated = false
  private var isKilled = false

  /// The thread that makes it, or uses it first, is thread 0 and has the first turn.
  package init() {}

  package func now() -> Duration { condition.withLock { time } }

  package func date() -> Date {
    let seconds = condition.withLock { (time + clock) / .seconds(1) }
    return Date(timeIntervalSince1970: 1_800_000_000 + seconds.rounded(.down))
  }

  /// Somebody sets the wall clock.
  package func setClock(by offset: Duration) { condition.withLock { clock += offset } }

  package func start(_ body: @escaping @Sendable () -> Void) {
    let number = condition.withLock {
      lastThread += 1
      ready.append(lastThread)
      return lastThread
    }
    let thread = Thread { [self] in
      condition.withLock { while turn != number { condition.wait() } }
      body()
      condition.withLock { passTurn() }
    }
    thread.threadDictionary[Self.key] = number
    thread.start()
  }

  package func makeBell() -> any Bell { SimulatedBell(tasks: self) }

  /// Lets `duration` pass for the calling thread.
  package func pass(_ duration: Duration) {
    condition.withLock { park(until: time + duration, on: nil) }
  }

  // MARK: Termination

  package var isTerminating: Bool { condition.withLock { hasTerminated } }

  package func ringOnTermination(_ bell: any Bell) {
    let hasCome = condition.withLock {
      terminationBells.append(bell)
      return hasTerminated
    }
    if hasCome { bell.ring() }
  }

  /// SIGTERM comes.
  package func terminate() {
    let bells = condition.withLock {
      hasTerminated = true
      return terminationBells
    }
    for bell in bells { bell.ring() }
  }

  /// The next process is alive, and no signal has come to it.
  package func startProcess() {
    condition.withLock {
      isKilled = false
      hasTerminated = false
      terminationBells = []
    }
  }

  /// Whether the process was killed: nothing that it does has an effect any more.
  package var isProcessDead: Bool {
    get { condition.withLock { isKilled } }
    set { condition.withLock { isKilled = newValue } }
  }

  // MARK: Turns

  private static let key = "simulated thread"

  private var currentThread: Int { Thread.current.threadDictionary[Self.key] as? Int ?? 0 }

  /// Called with the condition locked.
  private func park(until deadline: Duration, on bell: SimulatedBell?) {
    let thread = currentThread
    waiting[thread] = (deadline, bell)
    passTurn()
    while turn != thread { condition.wait() }
  }

  private func passTurn() {
    if !ready.isEmpty {
      turn = ready.removeFirst()
    } else {
      let next = waiting.min { ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key) }
      guard let next, next.value.deadline < .forever else {
        // Threads that hang in the kernel for ever may stay behind; a thread that waits for them may not.
        precondition(waiting[0] == nil, "every thread waits for ever")
        return
      }
      time = max(time, next.value.deadline)
      waiting[next.key] = nil
      turn = next.key
    }
    condition.broadcast()
  }

  fileprivate func ring(_ bell: SimulatedBell) {
    condition.withLock {
      bell.isRung = true
      for (thread, wait) in waiting.sorted(by: { $0.key < $1.key }) where wait.bell === bell {
        waiting[thread] = nil
        ready.append(thread)
      }
    }
  }

  fileprivate func wait(for bell: SimulatedBell, until deadline: Duration) -> Bool {
    condition.withLock {
      if !bell.isRung && deadline > time { park(until: deadline, on: bell) }
      defer { bell.isRung = false }
      return bell.isRung
    }
  }
}

private final class SimulatedBell: Bell, @unchecked Sendable {
  private let tasks: SimulatedTasks
  /// Guarded by the tasks' condition.
  var isRung = false

  init(tasks: SimulatedTasks) { self.tasks = tasks }

  func ring() { tasks.ring(self) }

  func wait(until deadline: Duration) -> Bool { tasks.wait(for: self, until: deadline) }
}
