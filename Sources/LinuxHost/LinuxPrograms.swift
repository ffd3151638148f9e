import Glibc
package import HostInterface
import Subprocess
import Synchronization
package import SystemPackage

/// Programs of this host. The only place with `async`: swift-subprocess has nothing else. The caller blocks, and so must
/// not be one of the threads that Swift's own tasks run on.
package struct LinuxPrograms: Programs {
  private let tasks: any Tasks

  package init(tasks: any Tasks) { self.tasks = tasks }

  package func run(
    _ program: FilePath, _ arguments: [String], outputLimit: Int, until deadline: Duration
  ) throws(ProgramError) -> ProgramResult {
    guard program.isAbsolute else { throw ProgramError(program, .notThere) }
    let outcome = Outcome(tasks.makeBell())
    let task = Task.detached {
      do throws(ProgramError) {
        outcome.give(.success(try await Self.end(of: program, arguments, outputLimit: outputLimit)))
      } catch {
        outcome.give(.failure(error))
      }
    }
    outcome.bell.wait(until: deadline)
    guard let result = outcome.result else {
      // It kills the program and all that this has started; one that is stuck in the kernel stays behind.
      task.cancel()
      throw ProgramError(program, .deadline)
    }
    return try result.get()
  }

  private static func end(
    of program: FilePath, _ arguments: [String], outputLimit: Int
  ) async throws(ProgramError) -> ProgramResult {
    do {
      let end = try await Subprocess.run(
        .path(program), arguments: Arguments(arguments), environment: environment, platformOptions: options,
        output: .bytes(limit: outputLimit))
      switch end.terminationStatus {
      case .exited(let status):
        return ProgramResult(status: status, output: String(decoding: end.standardOutput, as: UTF8.self))
      case .signaled(let signal): throw ProgramError(program, .killed(signal: signal))
      }
    } catch let error as SubprocessError {
      throw ProgramError(program, reason(of: error, program))
    } catch let error as ProgramError {
      throw error
    } catch {
      throw ProgramError(program, .failed("\(error)"))
    }
  }

  /// Words in English, and the system's own programs for those that call others.
  private static let environment = Environment.custom(["LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"])

  /// A group of its own, so that a script is killed with what it runs.
  private static var options: PlatformOptions {
    var options = PlatformOptions()
    options.processGroupID = 0
    options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
    return options
  }

  private static func reason(of error: SubprocessError, _ program: FilePath) -> ProgramError.Reason {
    switch error.code {
    case .outputLimitExceeded: .tooLarge
    case .executableNotFound: reasonForAbsence(of: program)
    case .spawnFailed: error.underlyingError.map { .notStarted($0) } ?? .failed("\(error)")
    default: .failed("\(error)")
    }
  }

  /// swift-subprocess takes what may not be executed for what is not there.
  private static func reasonForAbsence(of program: FilePath) -> ProgramError.Reason {
    do throws(Errno) {
      try check(unsafe access(program.string, X_OK))
      // A script whose interpreter is not there.
      return .notStarted(.noSuchFileOrDirectory)
    } catch let error where [.noSuchFileOrDirectory, .notDirectory].contains(error) {
      return .notThere
    } catch {
      return .notStarted(error)
    }
  }
}

/// What comes of a run: given by the task, taken by the thread that waits for it.
private final class Outcome: Sendable {
  let bell: any Bell
  private let value = Mutex<Result<ProgramResult, ProgramError>?>(nil)

  init(_ bell: any Bell) { self.bell = bell }

  var result: Result<ProgramResult, ProgramError>? { value.withLock(\.self) }

  func give(_ result: Result<ProgramResult, ProgramError>) {
    value.withLock { $0 = result }
    bell.ring()
  }
}
