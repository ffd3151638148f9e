import HostInterface
import LinuxHost
import Model
import SystemPackage
import Testing

/// Each in a process of its own: swift-subprocess needs a thread of Swift's tasks, and all of those may be blocked by
/// other tests for longer than any deadline. The agent blocks none.
@Suite struct LinuxProgramsTests {
  @Test func `what a program left`() async {
    await #expect(processExitsWith: .success) {
      let left: [(script: String, Result<ProgramResult, ProgramError>)] = [
        ("echo one; exit 3", .success(ProgramResult(status: 3, output: "one\n"))),
        ("echo one >&2", .success(ProgramResult(status: 0, output: ""))),
        ("printf '\\377'", .success(ProgramResult(status: 0, output: "\u{fffd}"))),
        ("read line || echo none", .success(ProgramResult(status: 0, output: "none\n"))),
        ("kill -9 $$", .failure(ProgramError("/bin/sh", .killed(signal: 9)))),
        ("echo $LC_ALL $PATH $HOME", .success(ProgramResult(status: 0, output: "C /usr/sbin:/usr/bin:/sbin:/bin\n"))),
      ]
      for (script, expected) in left { #expect(await run("/bin/sh", ["-c", script]) == expected) }
    }
  }

  @Test func `what cannot be run`() async {
    await #expect(processExitsWith: .success) {
      #expect(await run("/nonexistent/mstconfig") == .failure(ProgramError("/nonexistent/mstconfig", .notThere)))
      #expect(await run("sh", ["-c", "echo"]) == .failure(ProgramError("sh", .notThere)), "no path is searched")
      #expect(await run("/etc/passwd") == .failure(ProgramError("/etc/passwd", .notStarted(.permissionDenied))))
    }
  }

  @Test func `as much output as may be, and no more`() async {
    await #expect(processExitsWith: .success) {
      let exact = String(repeating: "x", count: 100)
      #expect(await run("/bin/sh", ["-c", "printf \(exact)"]) == .success(ProgramResult(status: 0, output: exact)))
      #expect(await run("/usr/bin/yes") == .failure(ProgramError("/usr/bin/yes", .tooLarge)))
    }
  }

  /// A script that hangs, and what it runs, which has the pipe as well.
  @Test func `a program that hangs is given up at its deadline, and killed with what it started`() async {
    await #expect(processExitsWith: .success) {
      let tasks = LinuxTasks()
      let start = tasks.now()
      // A length that no other process sleeps for.
      let length = "31\(try LinuxFileTree().link("/proc/self")).5"
      #expect(
        await run("/bin/sh", ["-c", "trap '' TERM; sleep \(length); echo"], seconds: 2)
          == .failure(ProgramError("/bin/sh", .deadline)))
      #expect(tasks.now() - start < .seconds(20))
      let end = tasks.now() + .seconds(30)
      while isRunning(sleep: length), tasks.now() < end { try await Task.sleep(for: .milliseconds(50)) }
      #expect(!isRunning(sleep: length))
    }
  }
}

/// Blocks a thread that is none of Swift's.
private func run(
  _ program: FilePath, _ arguments: [String] = [], seconds: Double = 60
) async -> Result<ProgramResult, ProgramError> {
  let tasks = LinuxTasks()
  return await withCheckedContinuation { continuation in
    tasks.start {
      continuation.resume(
        returning: Result { () throws(ProgramError) in
          try LinuxPrograms(tasks: tasks).run(
            program, arguments, outputLimit: 100, until: tasks.now() + .seconds(seconds))
        })
    }
  }
}

private func isRunning(sleep length: String) -> Bool {
  let files = LinuxFileTree()
  return ((try? files.list("/proc")) ?? []).contains { process in
    (try? files.read(FilePath("/proc/\(process)/cmdline"))) == "sleep\0\(length)\0"
  }
}
