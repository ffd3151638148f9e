import Commands
import HostInterface
import SimulatedHost
import Synchronization
import SystemPackage

/// What a command line gave: as a person, or a script, sees it.
struct Run {
  let status: Int32
  let output: String
  let errors: String

  /// - Parameter outputError: What writing to standard output fails with.
  init(
    _ simulation: Simulation, _ arguments: String, on host: Host? = nil, isTerminal: Bool = false,
    outputError: Errno? = nil
  ) {
    let texts = Mutex((output: "", errors: ""))
    let console = Console(
      output: Console.Stream(hasColour: isTerminal) { text throws(Errno) in
        if let outputError { throw outputError }
        texts.withLock { $0.output += text }
      },
      errors: Console.Stream(hasColour: isTerminal) { text in texts.withLock { $0.errors += text } })
    status =
      SRIOVPersistCommand.run(
        arguments.split(separator: " ").map(String.init), in: Context(host: host ?? simulation.host, console: console)
      ).code
    (output, errors) = texts.withLock(\.self)
  }
}
