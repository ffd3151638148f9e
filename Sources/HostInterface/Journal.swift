import Model

/// The system's journal.
package protocol Journal: Sendable {
  /// Whether the process runs as a service whose standard error is the journal. A person at a terminal is told on the
  /// terminal.
  var isConnected: Bool { get }
  func record(_ entry: JournalEntry)
}

/// One entry. Field names are fixed by docs/journal.md. What files, hardware and Docker say in it is made printable: journalctl
/// shows a message with a control character as `[42B blob data]`.
package struct JournalEntry: Equatable, Sendable {
  /// syslog's severities that the agent uses.
  package enum Priority: Int, Sendable {
    case error = 3
    case warning = 4
    case notice = 5
    case info = 6
  }

  package let priority: Priority
  package let message: String
  /// 32 hexadecimal digits, fixed for each kind of event.
  package let messageID: String
  /// Names in capitals, such as SRIOV_PCI.
  package let fields: [String: String]

  package init(_ priority: Priority, _ message: String, messageID: String, fields: [String: String]) {
    self.priority = priority
    self.message = message.printable
    self.messageID = messageID
    self.fields = fields.mapValues(\.printable)
  }
}
