import Agent
import HostInterface
import Model
import Storage
import SystemPackage

/// What the service manager and the journal are told. Kinds of events have fixed ids: docs/journal.md.
extension Context {
  /// What became of the VFs.
  func record(_ result: RestoreVFs.Result) {
    for report in result.reports {
      host.journal.record(JournalEntry(report))
      for (vf, differences) in report.differencesByVF {
        host.journal.record(JournalEntry(failureOf: vf, differences, in: report))
      }
    }
    for warning in result.warnings + result.reports.flatMap(\.remarks) { record(warning: warning) }
  }

  /// What became of the ports. An outage is told once, and again when its reason changes: a unit asks every half minute.
  func record(_ result: RestoreNetwork.Result) {
    let outages = Outages(host.disk)
    var hasNews = false
    for port in result.ports {
      let isNews =
        !host.journal.isConnected
        || outages.update(.port(port.pf.pciAddress), reason: port.failure == nil ? nil : port.state)
      guard isNews else { continue }
      hasNews = true
      host.journal.record(JournalEntry(port))
      for note in port.notes { record(warning: "\(port.pf): \(note)") }
    }
    if hasNews { for warning in result.warnings { record(warning: warning) } }
  }

  func record(warning: String) {
    host.journal.record(JournalEntry(.warning, warning, messageID: MessageID.warning, fields: [:]))
  }

  /// Ready only if nothing failed.
  func conclude(_ summary: String, _ failure: Failure?) {
    if let failure { tellManager(failure) } else { ready(summary) }
  }

  /// Says it once more, after a look that said something else.
  func remind(_ summary: String, _ failure: Failure?) { host.notifier.tell(failure?.description ?? summary) }

  /// All that is saved is in place.
  func announceReady(_ words: String) {
    if host.journal.isConnected {
      host.journal.record(JournalEntry(.info, words, messageID: MessageID.ready, fields: ["SRIOV_PHASE": "gate"]))
    } else {
      console.print(words)
    }
    ready(words)
  }

  /// A unit has nothing to do.
  func announceNothingToDo(_ why: String) {
    host.journal.record(JournalEntry(.info, "nothing to do: \(why)", messageID: MessageID.nothingToDo, fields: [:]))
    ready("nothing to do: \(why)")
  }

  /// A command that ended with a failure.
  func tell(_ failure: Failure) {
    if host.journal.isConnected {
      host.journal.record(
        JournalEntry(
          .error, failure.description, messageID: MessageID.failure, fields: ["SRIOV_RESULT": failure.kind.rawValue]))
    } else {
      console.fail(failure.description)
    }
    tellManager(failure)
  }

  private func ready(_ status: String) {
    host.notifier.tell(status, ["READY=1"])
    host.notifier.flush()
  }

  private func tellManager(_ failure: Failure) {
    host.notifier.tell(failure.description, failure.errno.map { ["ERRNO=\($0.rawValue)"] } ?? [])
    host.notifier.flush()
  }
}

enum MessageID {
  static let restored = "6b1f0a5c3d7e4c0f9a5d2e8b71c4f360"
  static let failed = "e2d94c7ab0f54d1f8c36a97e15b80d42"
  static let vfFailed = "b7c05e1d92af4e83a4d06f3c58e1972b"
  static let failure = "0f3a86d24be14975b21c7d9e60a5f8c3"
  static let nothingToDo = "94d1e7b35c0a4f6e8f72b16a03dc59e8"
  static let portReady = "5d80e2c6a94b4f17bb03c8d5e6f2791a"
  static let portNotReady = "a1c47f38e05d4b629d8e24b7630f5ce9"
  static let networkRestored = "8d2f61b07ac34e95b3c81f0e6d947a25"
  static let networkFailed = "f79b03c4e1d84a62958e7a20c6b1d38f"
  static let containerStarted = "2ce85a9174f04b3dbd60f3e19a785c4e"
  static let ready = "3e7ac4f19d5b48268c60b2f7e91d05a4"
  static let warning = "c58a2f916e7d43b0a9e41d70f5b3c826"

  static let all = [
    restored, failed, vfFailed, failure, nothingToDo, portReady, portNotReady, networkRestored, networkFailed,
    containerStarted, ready, warning,
  ]
}

extension JournalEntry {
  /// One PF's restore.
  fileprivate init(_ report: Report) {
    var fields = report.fields
    fields["SRIOV_VFS_WANTED"] = String(report.wantedVFs)
    fields["SRIOV_VFS_FOUND"] = report.foundVFs.map(String.init)
    fields["SRIOV_RESULT"] = report.result.rawValue
    fields["SRIOV_GENERATION"] = String(report.generation)
    self.init(
      report.failure == nil ? .notice : .error, report.summary,
      messageID: report.failure == nil ? MessageID.restored : MessageID.failed, fields: fields)
  }

  /// One PF's port.
  fileprivate init(_ port: RestoreNetwork.PortReport) {
    self.init(
      port.failure != nil ? .error : port.isReady ? .notice : .warning, port.failure?.description ?? port.state,
      messageID: port.isReady ? MessageID.portReady : MessageID.portNotReady,
      fields: ["SRIOV_PCI": port.pf.pciAddress.description, "SRIOV_PHASE": "network"])
  }

  /// One VF that is not as it was saved.
  fileprivate init(failureOf vf: Int, _ differences: [Difference], in report: Report) {
    var fields = report.fields
    fields["SRIOV_VF"] = String(vf)
    let what = differences.map { "\($0.name) is \($0.found), wanted \($0.wanted)" }.joined(separator: "; ")
    self.init(.error, "\(report.pf): VF \(vf): \(what)", messageID: MessageID.vfFailed, fields: fields)
  }
}

extension Report {
  fileprivate var fields: [String: String] { ["SRIOV_PCI": pf.pciAddress.description, "SRIOV_PHASE": "vfs"] }

  /// One line: what came of it.
  var summary: String {
    if let failure { return "\(pf): \(result.rawValue): \(failure)" }
    return "\(pf): \(result.rawValue), \(foundVFs ?? 0) of \(wantedVFs) VFs verified, \(effort)"
  }

  fileprivate var remarks: [String] { (notes + notVisible.map(\.description)).map { "\(pf): \($0)" } }

  /// VFs that exist and are not right; those that were never made are told by the count.
  fileprivate var differencesByVF: [(vf: Int, differences: [Difference])] {
    guard foundVFs == wantedVFs else { return [] }
    let byVF = Dictionary(grouping: remaining.filter { $0.vf != nil }) { $0.vf ?? 0 }
    return byVF.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
