import Commands
import FoundationEssentials
import Glibc
import LinuxHost

LinuxProcess.begin()
let status = SRIOVPersistCommand.run(
  Array(CommandLine.arguments.dropFirst()),
  in: .standard(
    on: .linux(), outputIsTerminal: isatty(STDOUT_FILENO) == 1, errorsAreTerminal: isatty(STDERR_FILENO) == 1,
    environment: ProcessInfo.processInfo.environment))
LinuxProcess.end(with: status.code)
