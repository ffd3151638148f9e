import Commands
import Glibc
import SimulatedHost

let console = Console.standard(isTerminal: isatty(STDOUT_FILENO) == 1)
let simulation = HostFile.load()
let status = SimulatorCommand.run(
  Array(CommandLine.arguments.dropFirst()), in: Context(host: simulation.host, console: console),
  others: { try ($0 as? any SimulationCommand)?.run(on: simulation, console: console) })
HostFile.store(simulation)
exit(status.code)
