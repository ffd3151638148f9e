/// What can be done with a stream: it depends on where the stream leads and on what the environment asks for.
package struct TerminalCapabilities: Sendable {
  /// Whether a line can be erased and written again.
  package let movesCursor: Bool
  /// Whether text may be coloured.
  package let hasColour: Bool

  /// - Parameter environment: A terminal that is called `dumb`, or has no name, shows plain text only. A `NO_COLOR` that is
  ///   not empty asks for no colours (no-color.org).
  package init(isTerminal: Bool, environment: [String: String]) {
    movesCursor = isTerminal && !["", "dumb"].contains(environment["TERM", default: ""])
    hasColour = movesCursor && environment["NO_COLOR", default: ""].isEmpty
  }
}
