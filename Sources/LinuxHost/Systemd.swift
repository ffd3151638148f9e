import CSystemd
import Glibc
package import HostInterface

/// sd_notify(3) through libsystemd.
package struct SystemdNotifier: Notifier {
  package init() {}

  package var isConnected: Bool { unsafe getenv("NOTIFY_SOCKET") != nil }

  package func send(_ assignments: [String]) {
    unsafe sd_notify(0, assignments.joined(separator: "\n"))
  }

  package func flush() {
    sd_notify_barrier(0, 5_000_000)
  }
}

/// The journal through libsystemd, with fields (sd_journal_sendv(3)).
///
/// journald looks up the unit of a sender in /proc when it reads the entry. A process that has ended by then has no
/// `_SYSTEMD_UNIT=`, and `journalctl -u` and `systemctl status` would not show its last entries. Both also match
/// `OBJECT_SYSTEMD_UNIT=` in entries of root, whose `_UID=` comes with the datagram (systemd's src/shared/logs-show.c,
/// `add_matches_for_unit`, "messages from authorized daemons about this service").
package struct SystemdJournal: Journal {
  package let isConnected: Bool
  /// The unit that the process runs in; nil for a process that is not a service.
  private let unit: String?

  /// Standard error is the journal when `$JOURNAL_STREAM` names the very device and inode that it is (systemd.exec(5));
  /// a child with another standard error inherits the variable as well.
  package init() {
    var status = stat()
    guard let stream = unsafe getenv("JOURNAL_STREAM"), unsafe fstat(STDERR_FILENO, &status) == 0 else {
      isConnected = false
      unit = nil
      return
    }
    isConnected = unsafe String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
    unit = isConnected ? Self.ownUnit : nil
  }

  private static var ownUnit: String? {
    var name: UnsafeMutablePointer<CChar>?
    guard unsafe sd_pid_get_unit(0, &name) >= 0, let text = unsafe name else { return nil }
    defer { unsafe free(text) }
    return unsafe String(cString: text)
  }

  package func record(_ entry: JournalEntry) {
    var fields = entry.fields
    fields["MESSAGE"] = entry.message
    fields["PRIORITY"] = String(entry.priority.rawValue)
    fields["MESSAGE_ID"] = entry.messageID
    fields["SYSLOG_IDENTIFIER"] = "sriov-persist"
    fields["OBJECT_SYSTEMD_UNIT"] = unit
    let texts = fields.map { Array("\($0.key)=\($0.value)".utf8) }
    unsafe withVectors(over: texts[...], []) { unsafe sd_journal_sendv($0, Int32($0.count)) }
  }
}

/// Calls `body` with one vector per text, each valid for the length of the call.
private func withVectors(
  over texts: ArraySlice<[UInt8]>, _ vectors: [iovec], _ body: ([iovec]) -> Void
) {
  guard var text = texts.first else { return unsafe body(vectors) }
  unsafe text.withUnsafeMutableBytes { bytes in
    let vector = unsafe iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
    unsafe withVectors(over: texts.dropFirst(), vectors + [vector], body)
  }
}
