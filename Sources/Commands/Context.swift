package import ArgumentParser
package import HostInterface
package import Model
import SystemPackage

/// What a command runs with.
package struct Context: Sendable {
  package let host: Host
  package let console: Console

  package init(host: Host, console: Console) {
    self.host = host
    self.console = console
  }

  /// The host with the process's own output; on a terminal, long work is shown.
  package static func standard(
    on host: Host, outputIsTerminal: Bool, errorsAreTerminal: Bool, environment: [String: String]
  ) -> Context {
    let output = TerminalCapabilities(isTerminal: outputIsTerminal, environment: environment)
    let errors = TerminalCapabilities(isTerminal: errorsAreTerminal, environment: environment)
    guard errorsAreTerminal, !host.notifier.isConnected else {
      return Context(host: host, console: .standard(output: output, errors: errors))
    }
    let progress = TerminalProgress(tasks: host.tasks, movesCursor: errors.movesCursor) {
      _ = try? FileDescriptor.standardError.writeAll($0.utf8)
    }
    var host = host
    host.notifier = progress
    return Context(host: host, console: .standard(output: output, errors: errors) { progress.clear() })
  }
}

/// A command that runs on a host.
package protocol HostCommand: ParsableCommand {
  func run(in context: Context) throws -> ExitStatus
  /// The one PF that it is about, as a unit names it: its entries in the journal say so, whatever comes of it.
  var onlyPF: PCIAddress? { get }
}

extension HostCommand {
  package var onlyPF: PCIAddress? { nil }
}

extension [String] {
  /// The PF that is named if one is, by its address.
  var onlyPF: PCIAddress? { count == 1 ? PCIAddress(self[0]) : nil }
}
