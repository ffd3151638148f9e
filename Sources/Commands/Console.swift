import Model
import Synchronization
package import SystemPackage

/// Where text for people and JSON for machines goes. The one place where control characters are kept from a terminal.
package struct Console: Sendable {
  /// Standard output or standard error.
  package struct Stream: Sendable {
    let hasColour: Bool
    let write: @Sendable (String) throws(Errno) -> Void

    /// - Parameter hasColour: Whether text on it may be coloured.
    package init(hasColour: Bool, write: @escaping @Sendable (String) throws(Errno) -> Void) {
      self.hasColour = hasColour
      self.write = write
    }
  }

  private let output: Stream
  private let errors: Stream
  private let end = OutputEnd()

  package init(output: Stream, errors: Stream) {
    self.output = output
    self.errors = errors
  }

  /// The process's own output.
  ///
  /// - Parameter beforeEach: Called before anything is written.
  package static func standard(
    output: TerminalCapabilities, errors: TerminalCapabilities, beforeEach: @escaping @Sendable () -> Void = {}
  ) -> Console {
    func stream(_ descriptor: FileDescriptor, _ terminal: TerminalCapabilities) -> Stream {
      Stream(hasColour: terminal.hasColour) { text throws(Errno) in
        beforeEach()
        do {
          try descriptor.writeAll(text.utf8)
        } catch {
          throw error as? Errno ?? .ioError
        }
      }
    }
    return Console(output: stream(.standardOutput, output), errors: stream(.standardError, errors))
  }

  /// One line.
  package func print(_ line: StyledText) { write(line.rendered(inColour: output.hasColour)) }

  @_disfavoredOverload
  package func print(_ line: String) { write(line.printable) }

  /// Text of several lines, such as help.
  func printLines(of text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) { print(String(line)) }
  }

  /// JSON has escapes of its own, and needs them for some control characters only.
  func print(json: String) { write(json.withControlsEscapedForJSON) }

  func warn(_ line: String) { tell("\(StyledText("warning:", .yellow)) \(line)") }

  func fail(_ line: String) { tell("\(StyledText("error:", .red)) \(line)") }

  /// Text of several lines on standard error.
  func complain(_ text: String) {
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) { tell("\(String(line))") }
  }

  /// Why the output is not complete. A reader that has seen enough, as in `sriov-persist show | head -1`, is no failure.
  package var outputFailure: Errno? { end.failure }

  private func write(_ line: String) {
    guard !end.isReached else { return }
    do throws(Errno) {
      try output.write(line + "\n")
    } catch {
      end.reach(error)
    }
  }

  /// What cannot be written to standard error cannot be told anywhere else.
  private func tell(_ line: StyledText) { try? errors.write(line.rendered(inColour: errors.hasColour) + "\n") }
}

/// The write after which nothing more is written, because it failed.
private final class OutputEnd: Sendable {
  private let error = Mutex<Errno?>(nil)

  var isReached: Bool { error.withLock { $0 != nil } }
  var failure: Errno? { error.withLock { $0 == .brokenPipe ? nil : $0 } }

  func reach(_ errno: Errno) { error.withLock { $0 = errno } }
}

extension String {
  /// With `\u009b` for what JSON allows in a string as it is and a terminal may obey.
  fileprivate var withControlsEscapedForJSON: String {
    guard unicodeScalars.contains(where: \.isEscapedInJSON) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      guard scalar.isEscapedInJSON else { return text.unicodeScalars.append(scalar) }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
  }
}

extension Unicode.Scalar {
  /// All below a blank is escaped by the encoder, but the ends of its own lines.
  fileprivate var isEscapedInJSON: Bool { value >= 0x20 && isInvisibleControl }
}
