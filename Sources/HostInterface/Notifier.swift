/// sd_notify(3): what the service manager is told.
package protocol Notifier: Sendable {
  /// Whether a service manager listens.
  var isConnected: Bool { get }
  /// Sends assignments such as `STATUS=…`, in one message.
  func send(_ assignments: [String])
  /// Returns when the service manager has read all that was sent, or after five seconds.
  func flush()
}
