package import struct FoundationEssentials.Date
import Synchronization

/// Time and threads. All threads of the agent come from here, and all waiting ends here.
package protocol Tasks: Sendable {
  /// Time since the machine started, suspended or not.
  func now() -> Duration
  /// The wall clock's time.
  func date() -> Date
  /// Runs `body` on a thread of its own.
  func start(_ body: @escaping @Sendable () -> Void)
  func makeBell() -> any Bell
  /// Rings `bell` when SIGTERM, SIGINT or SIGHUP comes, at once if one has come.
  func ringOnTermination(_ bell: any Bell)
  /// Whether SIGTERM, SIGINT or SIGHUP has come.
  var isTerminating: Bool { get }
}

/// What a thread waits on: rung by events and other threads. A ring that nobody waits for is kept for the next wait;
/// several such rings are one.
package protocol Bell: Sendable {
  func ring()
  /// Waits for a ring, until `deadline` (of `Tasks.now`) at most. True when it was rung.
  @discardableResult
  func wait(until deadline: Duration) -> Bool
}

extension Tasks {
  /// Calls `body` with each index below `count`, on at most `width` threads at once, and returns when all calls have.
  package func concurrently(_ count: Int, atMost width: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let next = Counter()
    let finished = Counter()
    let bell = makeBell()
    let threads = min(count, width)
    for _ in 0..<threads {
      start {
        while true {
          let index = next.increment()
          guard index < count else { break }
          body(index)
        }
        _ = finished.increment()
        bell.ring()
      }
    }
    while finished.value < threads { bell.wait(until: .forever) }
  }
}

/// A count that threads share.
private final class Counter: Sendable {
  private let count = Atomic(0)

  var value: Int { count.load(ordering: .acquiring) }

  /// The value before.
  func increment() -> Int { count.add(1, ordering: .acquiringAndReleasing).oldValue }
}

extension Duration {
  /// A deadline that never comes.
  package static var forever: Duration { .seconds(Int64.max / 4) }
}
