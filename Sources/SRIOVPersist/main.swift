import Commands
import Glibc
import LinuxHost

let status = SRIOVPersistCommand.run(
  Array(CommandLine.arguments.dropFirst()),
  in: .standard(
    on: .linux(), outputIsTerminal: isatty(STDOUT_FILENO) == 1, errorsAreTerminal: isatty(STDERR_FILENO) == 1))
exit(status.code)
