import Agent
import HostInterface
import Model
import Storage

/// What the journal is told of Docker's networks: docs/journal.md.
extension Context {
  /// An outage is told once, and again when its reason changes: a unit tries every half minute.
  func record(_ result: RestoreDocker.Result) {
    if let obstacle = result.obstacle { record(failureOfDocker: obstacle) } else { _ = isNews(.docker, nil) }
    var hasNews = false
    for network in result.networks where isNews(.network(network.name), network.failure) {
      hasNews = true
      host.journal.record(JournalEntry(network))
      for note in network.notes { record(warning: "network \(network.name): \(note)", about: network.fields) }
    }
    for container in result.containers where isNews(.container(container.name), container.failure) {
      hasNews = true
      host.journal.record(JournalEntry(container))
    }
    if hasNews { for warning in result.warnings + result.notes { record(warning: warning) } }
  }

  private func isNews(_ subject: JournalNotes.Subject, _ failure: Failure?) -> Bool {
    !host.journal.isConnected || journalNotes.update(subject, failure?.message)
  }

  /// What kept all networks back.
  func record(failureOfDocker failure: Failure) {
    guard isNews(.docker, failure) else { return }
    host.journal.record(
      JournalEntry(
        .error, failure.description, .networkFailed, [.phase: "network", .result: failure.kind.rawValue]))
  }
}

extension JournalEntry {
  fileprivate init(_ network: RestoreDocker.NetworkReport) {
    var fields = network.fields
    fields[.result] = network.result.rawValue
    self.init(
      network.failure == nil ? .notice : .error, network.summary,
      network.failure == nil ? .networkRestored : .networkFailed, fields)
  }

  fileprivate init(_ container: RestoreDocker.ContainerReport) {
    self.init(
      container.failure == nil ? .notice : .error,
      container.failure?.description ?? "container \(container.name): started",
      container.failure == nil ? .containerStarted : .networkFailed,
      [.phase: "network", .container: container.name])
  }
}

extension RestoreDocker.NetworkReport {
  fileprivate var fields: [JournalField: String] {
    var fields: [JournalField: String] = [.phase: "network", .network: name]
    fields[.pci] = pf?.pciAddress.description
    return fields
  }

  /// One line: what came of it.
  var summary: String {
    let steps = steps.isEmpty ? "" : " (\(self.steps.map(\.words).joined(separator: ", ")))"
    return "network \(name): \(result.rawValue)\(failure.map { ": \($0)" } ?? steps)"
  }
}
