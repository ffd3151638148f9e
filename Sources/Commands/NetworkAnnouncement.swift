import Agent
import HostInterface
import Model

/// What the journal is told of Docker's networks: docs/journal.md.
extension Context {
  func record(_ result: RestoreDocker.Result) {
    for network in result.networks {
      host.journal.record(JournalEntry(network))
      for note in network.notes { record(warning: "network \(network.name): \(note)") }
    }
    for container in result.containers { host.journal.record(JournalEntry(container)) }
    for note in result.notes { record(warning: note) }
  }

  /// What kept all networks back.
  func record(failureOfDocker failure: Failure) {
    host.journal.record(
      JournalEntry(
        .error, failure.description, messageID: MessageID.networkFailed,
        fields: ["SRIOV_PHASE": "network", "SRIOV_RESULT": failure.kind.rawValue]))
  }
}

extension JournalEntry {
  fileprivate init(_ network: RestoreDocker.NetworkReport) {
    var fields = [
      "SRIOV_PHASE": "network", "SRIOV_NETWORK": network.name, "SRIOV_RESULT": network.result.rawValue,
    ]
    fields["SRIOV_PCI"] = network.pf?.pciAddress.description
    self.init(
      network.failure == nil ? .notice : .error, network.summary,
      messageID: network.failure == nil ? MessageID.networkRestored : MessageID.networkFailed, fields: fields)
  }

  fileprivate init(_ container: RestoreDocker.ContainerReport) {
    self.init(
      container.failure == nil ? .notice : .error,
      container.failure?.description ?? "container \(container.name): started",
      messageID: container.failure == nil ? MessageID.containerStarted : MessageID.networkFailed,
      fields: ["SRIOV_PHASE": "network", "SRIOV_CONTAINER": container.name])
  }
}

extension RestoreDocker.NetworkReport {
  /// One line: what came of it.
  var summary: String {
    let steps = steps.isEmpty ? "" : " (\(self.steps.map(\.words).joined(separator: ", ")))"
    return "network \(name): \(result.rawValue)\(failure.map { ": \($0)" } ?? steps)"
  }
}
