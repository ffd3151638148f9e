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
      for (vf, faults) in report.faultsByVF {
        host.journal.record(JournalEntry(failureOf: vf, faults, in: report))
      }
    }
    for warning in result.warnings { record(warning: warning) }
    for report in result.reports {
      for remark in report.remarks { record(warning: remark, about: report.fields) }
    }
  }

  /// What became of the ports. An outage is told once, and again when its reason changes: a unit asks every half minute.
  func record(_ result: RestoreNetwork.Result) {
    var hasNews = false
    for port in result.ports {
      let isNews =
        !host.journal.isConnected
        || journalNotes.update(.port(port.pf.pciAddress), port.failure == nil ? nil : port.state)
      guard isNews else { continue }
      hasNews = true
      host.journal.record(JournalEntry(port))
      for note in port.notes { record(warning: "\(port.pf): \(note)", about: port.fields) }
    }
    if hasNews { for warning in result.warnings { record(warning: warning) } }
  }

  var journalNotes: JournalNotes { JournalNotes(host.disk, at: host.tasks.now()) }

  /// What is wrong with the configuration. The journal is told about once in a boot, and again when it changes: there is a unit
  /// for each PF, and all are tried again and again. Those that start together may each tell.
  ///
  /// - Returns: A line each.
  func recordConfiguration() -> [String] {
    let warnings = Configuration(host.disk).warnings
    if !host.journal.isConnected {
      for warning in warnings { console.warn(warning) }
    } else if journalNotes.update(.configuration, warnings.isEmpty ? nil : warnings.joined(separator: "\n")) {
      for warning in warnings { record(warning: warning) }
    }
    return warnings
  }

  /// What keeps ports of VFs down.
  func record(_ remarks: [RestoreNetwork.Remark]) {
    for remark in remarks {
      var fields: [JournalField: String] = [.phase: "network"]
      fields[.pci] = remark.pf?.description
      record(warning: remark.words, about: fields)
    }
  }

  /// - Parameter fields: What it is about, if about one thing.
  func record(warning: String, about fields: [JournalField: String] = [:]) {
    host.journal.record(JournalEntry(.warning, warning, .warning, fields))
  }

  /// Ready only if nothing failed.
  func conclude(_ summary: String, _ failure: Failure?) {
    if let failure { tellManager(failure) } else { ready(summary) }
  }

  /// Says it once more, after a look that said something else.
  func remind(_ summary: String, _ failure: Failure?) {
    host.notifier.tell(withConfiguration(failure?.description ?? summary))
  }

  /// All that is saved is in place.
  func announceReady(_ words: String) {
    if host.journal.isConnected {
      host.journal.record(JournalEntry(.info, words, .ready, [.phase: "gate"]))
    } else {
      console.print(words)
    }
    ready(words)
  }

  /// A unit has nothing to do.
  ///
  /// - Parameter pf: The PF that it was for, if for one.
  func announceNothingToDo(_ why: String, about pf: PCIAddress? = nil) {
    host.journal.record(
      JournalEntry(.info, "nothing to do: \(why)", .nothingToDo, pf.map { [.pci: $0.description] } ?? [:]))
    ready("nothing to do: \(why)")
  }

  /// Whether the kernel's command line forbids units to restore anything in this boot; if so, they are told.
  ///
  /// - Parameter pf: The PF that the unit is for, if for one.
  func restoresNothing(about pf: PCIAddress? = nil) -> Bool {
    guard !KernelCommandLine(of: host.files).allowsRestoringState else { return false }
    announceNothingToDo("disabled by systemd.restore_state= on the kernel command line", about: pf)
    return true
  }

  /// A command that ended with a failure.
  ///
  /// - Parameter pf: The PF that it was for, if for one.
  func tell(_ failure: Failure, about pf: PCIAddress? = nil) {
    if host.journal.isConnected {
      var fields: [JournalField: String] = [.result: failure.kind.rawValue]
      fields[.pci] = pf?.description
      host.journal.record(JournalEntry(.error, failure.description, .failure, fields))
    } else {
      console.fail(failure.description)
    }
    tellManager(failure)
  }

  private func ready(_ status: String) {
    host.notifier.tell(withConfiguration(status), ["READY=1"])
    host.notifier.flush()
  }

  /// A status with what is wrong with the configuration, which nothing waits for and everybody is to see. It comes first: a
  /// status may be cut.
  private func withConfiguration(_ status: String) -> String {
    let warnings = Configuration(host.disk).warnings
    guard let first = warnings.first else { return status }
    return "[\(first)\(warnings.count > 1 ? "; \(warnings.count - 1) more" : "")] \(status)"
  }

  private func tellManager(_ failure: Failure) {
    host.notifier.tell(withConfiguration(failure.description), failure.errno.map { ["ERRNO=\($0.rawValue)"] } ?? [])
    host.notifier.flush()
  }
}

extension JournalEntry {
  /// One PF's restore.
  fileprivate init(_ report: Report) {
    var fields = report.fields
    fields[.vfsWanted] = String(report.wantedVFs)
    fields[.vfsFound] = report.foundVFs.map(String.init)
    fields[.result] = report.result.rawValue
    fields[.generation] = String(report.generation)
    self.init(
      report.failure == nil ? .notice : .error, report.summary, report.failure == nil ? .restored : .failed, fields)
  }

  /// One PF's port.
  fileprivate init(_ port: RestoreNetwork.PortReport) {
    self.init(
      port.failure != nil ? .error : port.isReady ? .notice : .warning, port.failure?.description ?? port.state,
      port.isReady ? .portReady : .portNotReady, port.fields)
  }

  /// One VF that is not as it was saved, or could not be read.
  fileprivate init(failureOf vf: Int, _ faults: [String], in report: Report) {
    var fields = report.fields
    fields[.vf] = String(vf)
    self.init(.error, "\(report.pf): VF \(vf): \(faults.joined(separator: "; "))", .vfFailed, fields)
  }
}

extension RestoreNetwork.PortReport {
  fileprivate var fields: [JournalField: String] { [.pci: pf.pciAddress.description, .phase: "network"] }
}

extension Report {
  fileprivate var fields: [JournalField: String] { [.pci: pf.pciAddress.description, .phase: "vfs"] }

  /// One line: what came of it.
  var summary: String {
    if let failure { return "\(pf): \(result.rawValue): \(pf.withoutName(failure.description))" }
    return "\(pf): \(result.rawValue), \(foundVFs ?? 0) of \(wantedVFs.of("VF")) verified, \(effort)"
  }

  fileprivate var remarks: [String] {
    (notes + notVisible.filter { !$0.isFailure }.map(\.description)).map { "\(pf): \($0)" }
  }

  /// VFs that exist and are not right, or could not be read; those that were never made are told by the count.
  fileprivate var faultsByVF: [(vf: Int, faults: [String])] {
    guard foundVFs == wantedVFs else { return [] }
    let differences = remaining.compactMap { difference in
      difference.vf.map { ($0, "\(difference.name) is \(difference.found), wanted \(difference.wanted)") }
    }
    let unread = notVisible.unread.map { ($0.vf, "\($0.name) cannot be read: \($0.reason)") }
    let byVF = Dictionary(grouping: differences + unread) { $0.0 }
    return byVF.sorted { $0.key < $1.key }.map { ($0.key, $0.value.map(\.1)) }
  }
}
