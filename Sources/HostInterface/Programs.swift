import Model
package import SystemPackage

/// Other programs, run to their end.
package protocol Programs: Sendable {
  /// Runs a program with its own path and nothing of the caller's environment, its input empty, and blocks until it has
  /// ended. What it says on standard error is dropped. One that is not done at `deadline` (of `Tasks.now`) is killed, and
  /// not waited for: it may be stuck in the kernel.
  ///
  /// - Parameters:
  ///   - program: An absolute path: nobody's `$PATH` decides what root runs.
  ///   - outputLimit: How many bytes it may say on standard output.
  func run(
    _ program: FilePath, _ arguments: [String], outputLimit: Int, until deadline: Duration
  ) throws(ProgramError) -> ProgramResult
}

/// What a program left that ended by itself.
package struct ProgramResult: Hashable, Sendable {
  /// 0 to 255.
  package let status: Int32
  /// What it said on standard output; what is no UTF-8 is replaced.
  package let output: String

  package init(status: Int32, output: String) {
    self.status = status
    self.output = output
  }
}

/// A program that gave no result.
package struct ProgramError: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// There is no such file.
    case notThere
    /// The kernel did not start it.
    case notStarted(Errno)
    /// A signal ended it.
    case killed(signal: Int32)
    /// The deadline came.
    case deadline
    /// It said more than it may.
    case tooLarge
    /// Watching or reading it failed, in words.
    case failed(String)
  }

  package let program: FilePath
  package let reason: Reason

  package init(_ program: FilePath, _ reason: Reason) {
    self.program = program
    self.reason = reason
  }
}

extension ProgramError: CustomStringConvertible {
  /// `/usr/bin/mstconfig: no answer before the deadline`
  package var description: String {
    let words =
      switch reason {
      case .notThere: "there is no such program"
      case .notStarted(let errno): "cannot be started: \(errno.explained)"
      case .killed(let signal): "killed by signal \(signal)"
      case .deadline: "no answer before the deadline"
      case .tooLarge: "it says too much"
      case .failed(let why): why
      }
    return "\(program): \(words)"
  }
}
