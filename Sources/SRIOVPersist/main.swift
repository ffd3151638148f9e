import Commands
import Glibc
import LinuxHost

let status = SRIOVPersistCommand.run(
  Array(CommandLine.arguments.dropFirst()),
  in: Context(host: .linux(), console: .standard(isTerminal: isatty(STDOUT_FILENO) == 1)))
exit(status.code)
