import CCompat
package import FoundationEssentials
import Glibc
package import HostInterface
import Synchronization

/// Real time and POSIX threads.
package final class LinuxTasks: Tasks {
  private struct Termination {
    var isWatching = false
    var hasCome = false
    var bells: [any Bell] = []
  }

  private let termination = Mutex(Termination())

  package init() {}

  package func now() -> Duration {
    var time = timespec()
    unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  package func date() -> Date { Date() }

  package func start(_ body: @escaping @Sendable () -> Void) {
    let box = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
    var thread = pthread_t()
    let result = unsafe pthread_create(&thread, nil, { unsafe Body.run($0) }, box)
    precondition(result == 0, "no thread: \(result)")
    pthread_detach(thread)
  }

  package func makeBell() -> any Bell { EventBell(tasks: self) }

  package var isTerminating: Bool { termination.withLock(\.hasCome) }

  /// The first call takes SIGTERM, SIGINT and SIGHUP over for the whole process: until then they end it at once, as they should
  /// while nothing needs to be cleaned up. One that was ignored when the process started stays ignored, as nohup(1) asks.
  package func ringOnTermination(_ bell: any Bell) {
    let state = termination.withLock { state in
      defer { state.isWatching = true }
      state.bells.append(bell)
      return state
    }
    if state.hasCome { bell.ring() }
    if !state.isWatching { watchSignals() }
  }

  private func watchSignals() {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    let numbers = [SIGTERM, SIGINT, SIGHUP].filter { !compat_is_ignored($0) }
    for number in numbers { unsafe sigaddset(&signals, number) }
    unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
    let watched = signals
    start { [self] in
      var watched = watched
      var isInterrupted = false
      // Threads of swift-subprocess block no signal: what reaches one of them would end the process.
      for number in numbers { compat_forward_to_this_thread(number) }
      while true {
        var signal: Int32 = 0
        guard unsafe sigwait(&watched, &signal) == 0 else { continue }
        // Whoever presses Ctrl-C again does not want to wait any longer. Only SIGINT: a service manager, timeout(1) and a
        // terminal that is closed may send the others twice.
        if signal == SIGINT && isInterrupted { compat_die_of(signal) }
        isInterrupted = isInterrupted || signal == SIGINT
        let bells = termination.withLock { state in
          state.hasCome = true
          return state.bells
        }
        for bell in bells { bell.ring() }
      }
    }
  }
}

/// What a new thread runs, on its way through a C pointer.
private final class Body {
  private let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) { self.run = run }

  static func run(_ pointer: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let pointer = unsafe pointer else { return nil }
    unsafe Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
    return nil
  }
}

/// A bell that is an eventfd: its counter keeps a ring that nobody waits for.
private final class EventBell: Bell {
  private let descriptor: Int32
  private let tasks: LinuxTasks

  init(tasks: LinuxTasks) {
    descriptor = compat_eventfd()
    precondition(descriptor >= 0, "no eventfd: errno \(errno)")
    self.tasks = tasks
  }

  deinit { close(descriptor) }

  func ring() { compat_eventfd_ring(descriptor) }

  func wait(until deadline: Duration) -> Bool {
    while true {
      if compat_eventfd_take(descriptor) { return true }
      let left = deadline - tasks.now()
      guard left > .zero else { return false }
      // Rounded up, so that a wait never ends a moment before its deadline; a day at most, as poll counts in 32 bits.
      let milliseconds = min(left, .seconds(86_400)) / .milliseconds(1)
      var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      unsafe Glibc.poll(&poll, 1, Int32(milliseconds.rounded(.up)))
    }
  }
}
