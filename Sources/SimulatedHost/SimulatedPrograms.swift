package import HostInterface
package import SystemPackage

/// The programs of a simulated host that the agent runs. All of them are the host's own: who looks for others finds
/// nothing.
extension SimulatedKernel: Programs {
  package func run(
    _ program: FilePath, _ arguments: [String], outputLimit: Int, until deadline: Duration
  ) throws(ProgramError) -> ProgramResult {
    tasks.pass(.milliseconds(5))
    let machine = machine
    let result: ProgramResult
    switch program {
    case "/usr/bin/dmesg": result = machine.dmesg
    case "/usr/bin/systemctl":
      guard arguments == ["show", "--property=Id,ActiveState,Listen", "docker.socket", "docker.service"] else {
        throw ProgramError(program, .killed(signal: 6))
      }
      let units = machine.dockerUnits
      result = ProgramResult(
        status: 0,
        output: """
          Listen=/run/docker.sock (Stream)
          Id=docker.socket
          ActiveState=\(units.socket.rawValue)

          Id=docker.service
          ActiveState=\(units.service.rawValue)

          """)
    case FilePath(machine.firmwareTool.placeOfOld): result = Machine.unsupportedDevice
    case "/usr/bin/journalctl":
      guard let journal = machine.journal(arguments) else { throw ProgramError(program, .notThere) }
      result = journal
    case machine.firmwareTool.path:
      tasks.pass(.milliseconds(400))
      switch machine.firmwareTool.mood {
      case .works: break
      case .hangs:
        tasks.pass(max(.zero, deadline - tasks.now()))
        throw ProgramError(program, .deadline)
      case .crashes: throw ProgramError(program, .killed(signal: 11))
      case .floods: throw ProgramError(program, .tooLarge)
      case .isNotExecutable: throw ProgramError(program, .notStarted(.permissionDenied))
      }
      result = machine.configureFirmware(arguments)
    default: throw ProgramError(program, .notThere)
    }
    guard result.output.utf8.count <= outputLimit else { throw ProgramError(program, .tooLarge) }
    return result
  }
}

extension Machine {
  /// The kernel's log, as dmesg(1) prints it; refused where `kernel.dmesg_restrict` is set and root does not ask.
  fileprivate var dmesg: ProgramResult {
    guard let kernelLog = platform.kernelLog else { return ProgramResult(status: 1, output: "") }
    return ProgramResult(status: 0, output: kernelLog.map { "[    3.141592] \($0)\n" }.joined())
  }

  /// `--output=json`: the kernel's log, the agent's entries, or the manager's, of which there are none. Nil without a
  /// journal. Nothing found by a pattern is a failure, and so is a pattern where it was built without PCRE2.
  fileprivate func journal(_ arguments: [String]) -> ProgramResult? {
    guard let journal = platform.journal else { return nil }
    func value(of option: String) -> String? {
      arguments.first { $0.hasPrefix("--\(option)=") }.map { String($0.dropFirst(option.count + 3)) }
    }
    var entries: [String] = []
    if arguments.contains("--dmesg") {
      guard let kernelLog = platform.kernelLog else { return ProgramResult(status: 1, output: "") }
      entries = kernelLog.map { "{\"_HOSTNAME\":\"\(hostName)\",\"MESSAGE\":\"\($0)\",\"__CURSOR\":\"s=1\"}" }
    } else if value(of: "identifier") == "sriov-persist" {
      entries = journal.split(separator: "\n").map(String.init)
    }
    if let pattern = value(of: "grep") {
      entries = platform.journalHasPatterns ? entries.filter { $0.lowercased().contains(pattern) } : []
      guard !entries.isEmpty else { return ProgramResult(status: 1, output: "") }
    }
    if let count = value(of: "lines").flatMap({ Int($0) }) { entries = entries.suffix(count) }
    return ProgramResult(status: 0, output: entries.map { "\($0)\n" }.joined())
  }
}
