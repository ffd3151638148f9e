package import ArgumentParser
import Agent
import HostInterface
import Model

/// The agent's command line.
package struct SRIOVPersistCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "sriov-persist",
    abstract: "Brings the SR-IOV VFs of mlx5 adapters back after a reboot.",
    discussion: "Set the VFs up once, then run: sriov-persist save. See sriov-persist(1).",
    version: "0.1.0", subcommands: commands)

  /// The commands, which are the same on a real and on a simulated host.
  package static let commands: [any ParsableCommand.Type] = [
    CheckCommand.self, SaveCommand.self, RestoreCommand.self, StatusCommand.self, ShowCommand.self, HistoryCommand.self,
    WaitCommand.self, AdoptCommand.self, ForgetCommand.self, SupportReportCommand.self,
  ]

  package init() {}
}

extension ParsableCommand {
  /// Parses the arguments and runs the command they name; every way to end comes through here.
  ///
  /// - Parameter others: Runs a command that is none of the agent's, and returns nil for one it does not know.
  package static func run(
    _ arguments: [String], in context: Context,
    others: (any ParsableCommand) throws -> ExitStatus? = { _ in nil }
  ) -> ExitStatus {
    let status = status(of: arguments, in: context, others)
    guard let errno = context.console.outputFailure else { return status }
    let failure = Failure(.writeFailed, "cannot write to standard output: \(errno.explained)", errno: errno)
    context.console.fail(failure.description)
    return status == .done ? ExitStatus(failure) : status
  }

  private static func status(
    of arguments: [String], in context: Context, _ others: (any ParsableCommand) throws -> ExitStatus?
  ) -> ExitStatus {
    var command: any ParsableCommand
    do {
      command = try parseAsRoot(arguments)
    } catch {
      return end(with: error, on: context.console)
    }
    do {
      if let command = command as? any HostCommand { return try command.run(in: context) }
      if let status = try others(command) { return status }
    } catch {
      let failure = Failure(error)
      context.tell(failure, about: (command as? any HostCommand)?.onlyPF)
      return ExitStatus(failure)
    }
    do {
      // ArgumentParser's own commands: help, and a command that only has others below it.
      try command.run()
      return .done
    } catch {
      return end(with: error, on: context.console)
    }
  }

  /// Help and version, or what is wrong with the command line.
  private static func end(with error: any Error, on console: Console) -> ExitStatus {
    let status = ExitStatus(code: exitCode(for: error).rawValue)
    let message = fullMessage(for: error)
    if status == .done { console.printLines(of: message) } else { console.complain(message) }
    return status
  }
}
