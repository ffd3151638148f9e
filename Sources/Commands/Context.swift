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
  package static func standard(on host: Host, outputIsTerminal: Bool, errorsAreTerminal: Bool) -> Context {
    guard errorsAreTerminal, !host.notifier.isConnected else {
      return Context(host: host, console: .standard(isTerminal: outputIsTerminal))
    }
    let progress = TerminalProgress(tasks: host.tasks) { _ = try? FileDescriptor.standardError.writeAll($0.utf8) }
    var host = host
    host.notifier = progress
    return Context(
      host: host,
      console: .standard(isTerminal: outputIsTerminal, beforeEach: { progress.clear() }))
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

/// Where text for people and JSON for machines goes.
package struct Console: Sendable {
  private let output: @Sendable (String) -> Void
  private let errors: @Sendable (String) -> Void
  private let isColoured: Bool

  /// - Parameter isTerminal: Whether a person reads `output` on a terminal.
  package init(
    isTerminal: Bool, output: @escaping @Sendable (String) -> Void, errors: @escaping @Sendable (String) -> Void
  ) {
    isColoured = isTerminal
    self.output = output
    self.errors = errors
  }

  /// The process's own output.
  ///
  /// - Parameter beforeEach: Called before anything is said.
  package static func standard(isTerminal: Bool, beforeEach: @escaping @Sendable () -> Void = {}) -> Console {
    @Sendable func write(_ text: String, to descriptor: FileDescriptor) {
      beforeEach()
      _ = try? descriptor.writeAll(text.utf8)
    }
    return Console(
      isTerminal: isTerminal, output: { write($0, to: .standardOutput) }, errors: { write($0, to: .standardError) })
  }

  package func print(_ line: String) { output(line + "\n") }

  func warn(_ line: String) { errors("\(colour("warning:", .yellow)) \(line)\n") }

  func complain(_ text: String) { errors(text + "\n") }

  func fail(_ line: String) { errors("\(colour("error:", .red)) \(line)\n") }

  enum Colour: Int {
    case red = 31
    case green = 32
    case yellow = 33
  }

  /// The text, coloured on a terminal only.
  func colour(_ text: String, _ colour: Colour) -> String {
    isColoured ? "\u{1b}[\(colour.rawValue)m\(text)\u{1b}[0m" : text
  }
}
