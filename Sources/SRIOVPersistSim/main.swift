import Commands
import FoundationEssentials
import Glibc
import SimulatedHost

let environment = ProcessInfo.processInfo.environment
let console = Console.standard(
  output: TerminalCapabilities(isTerminal: isatty(STDOUT_FILENO) == 1, environment: environment),
  errors: TerminalCapabilities(isTerminal: isatty(STDERR_FILENO) == 1, environment: environment))
let simulation = HostFile.load()
let status = SimulatorCommand.run(
  Array(CommandLine.arguments.dropFirst()), in: Context(host: simulation.host, console: console),
  others: { try ($0 as? any SimulationCommand)?.run(on: simulation, console: console) })
HostFile.store(simulation)
exit(status.code)
