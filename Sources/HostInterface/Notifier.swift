import Model

/// sd_notify(3): what the service manager is told.
package protocol Notifier: Sendable {
  /// Whether a service manager listens.
  var isConnected: Bool { get }
  /// Sends assignments such as `STATUS=…`, in one message.
  func send(_ assignments: [String])
  /// Returns when the service manager has read all that was sent, or after five seconds.
  func flush()
}

extension Notifier {
  /// Sends a status for people, and other assignments, as one message. The status comes in part from files and hardware:
  /// it is one printable line, which begins no other assignment, and within the manager's limit of 4096 bytes.
  package func tell(_ status: String, _ others: [String] = []) {
    send(others + ["STATUS=\(String(status.printable.unicodeScalars.prefix(900)))"])
  }
}
