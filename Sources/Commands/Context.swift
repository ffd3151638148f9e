package import ArgumentParser
package import HostInterface
import SystemPackage

/// What a command runs with.
package struct Context: Sendable {
  package let host: Host
  package let console: Console

  package init(host: Host, console: Console) {
    self.host = host
    self.console = console
  }
}

/// A command that runs on a host.
package protocol HostCommand: ParsableCommand {
  func run(in context: Context) throws -> ExitStatus
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
  package static func standard(isTerminal: Bool) -> Console {
    Console(
      isTerminal: isTerminal, output: { _ = try? FileDescriptor.standardOutput.writeAll($0.utf8) },
      errors: { _ = try? FileDescriptor.standardError.writeAll($0.utf8) })
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
