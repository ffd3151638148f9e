import Glibc
import HostInterface
import LinuxHost
import Testing

/// Each in a process of its own.
@Suite struct LinuxSignalTests {
  @Test func `a signal asks, whichever thread the kernel chooses for it`() async {
    await #expect(processExitsWith: .exitCode(7)) {
      let tasks = LinuxTasks()
      let bell = tasks.makeBell()
      tasks.ringOnTermination(bell)
      usleep(200_000)
      // The main thread of this process blocks none.
      kill(getpid(), SIGTERM)
      bell.wait(until: tasks.now() + .seconds(5))
      LinuxProcess.end(with: tasks.isTerminating ? 7 : 1)
    }
  }

  @Test func `a SIGHUP that nohup(1) ignores stays ignored`() async {
    await #expect(processExitsWith: .exitCode(7)) {
      _ = signal(SIGHUP, SIG_IGN)
      let tasks = LinuxTasks()
      tasks.ringOnTermination(tasks.makeBell())
      kill(getpid(), SIGHUP)
      usleep(200_000)
      LinuxProcess.end(with: tasks.isTerminating ? 1 : 7)
    }
  }

  @Test func `what is opened does not take the place of a standard output that was closed`() async {
    await #expect(processExitsWith: .exitCode(7)) {
      close(STDOUT_FILENO)
      LinuxProcess.begin()
      let isKept =
        unsafe open("/dev/null", O_RDWR) > STDERR_FILENO && write(STDOUT_FILENO, "x", 1) == -1 && errno == EBADF
      LinuxProcess.end(with: isKept ? 7 : 1)
    }
  }
}
