import Commands
import HostInterface
import SimulatedHost
import Synchronization

/// What a command line gave: as a person, or a script, sees it.
struct Run {
  let status: Int32
  let output: String
  let errors: String

  init(_ simulation: Simulation, _ arguments: String, on host: Host? = nil, isTerminal: Bool = false) {
    let texts = Mutex((output: "", errors: ""))
    let console = Console(
      isTerminal: isTerminal, output: { text in texts.withLock { $0.output += text } },
      errors: { text in texts.withLock { $0.errors += text } })
    status =
      SRIOVPersistCommand.run(
        arguments.split(separator: " ").map(String.init), in: Context(host: host ?? simulation.host, console: console)
      ).code
    (output, errors) = texts.withLock(\.self)
  }
}
