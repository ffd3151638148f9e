import Agent
import Fabric
import HostInterface
import Model
import Storage

/// What `status --log` tells the journal: what has changed since it was told last, and once a day what has not. Nothing of
/// what a restore is at work on: that will tell itself.
extension Context {
  private static let day = Duration.seconds(86_400)

  func recordHealth(_ look: Result<HealthLook, Failure>) {
    switch look {
    case .success(let look): record(look)
    case .failure(let failure):
      // There is nothing to compare with.
      guard failure.kind != .notSaved, isNews(.saved, failure.description) else { return }
      host.journal.record(
        JournalEntry(.error, failure.description, .failure, [.phase: "health", .result: failure.kind.rawValue]))
    }
  }

  private func record(_ look: HealthLook) {
    let warnings = look.status.warnings + look.status.problems.map(\.description)
    if isNews(.saved, warnings.isEmpty ? nil : warnings.joined(separator: "\n")) {
      for warning in warnings { record(warning: warning, about: [.phase: "health"]) }
    }
    for entry in look.status.entries where entry.holder == nil && isNews(.seenPF(entry.pf), entry.key) {
      host.journal.record(JournalEntry(entry, generation: look.status.generation))
    }
    for entry in look.networks where entry.holder == nil && isNews(.seenNetwork(entry.network.name), entry.key) {
      host.journal.record(JournalEntry(entry))
    }
  }

  private func isNews(_ subject: JournalNotes.Subject, _ state: String?) -> Bool {
    journalNotes.update(subject, state, repeatedAfter: Self.day)
  }
}

extension JournalEntry {
  fileprivate init(_ entry: Status.Entry, generation: Int) {
    var fields: [JournalField: String] = [
      .pci: entry.pf.pciAddress.description, .phase: "health", .result: entry.stateName,
      .vfsWanted: String(entry.wantedVFs), .generation: String(generation),
    ]
    fields[.vfsFound] = entry.foundVFs.map(String.init)
    self.init(entry.isHealthy ? .notice : .error, entry.summary, entry.isHealthy ? .healthy : .unhealthy, fields)
  }

  fileprivate init(_ entry: NetworkStatus.Entry) {
    var fields: [JournalField: String] = [
      .network: entry.network.name, .phase: "health", .result: entry.stateName,
    ]
    fields[.pci] = entry.pciAddress?.description
    self.init(entry.isHealthy ? .notice : .error, entry.summary, entry.isHealthy ? .healthy : .unhealthy, fields)
  }
}

extension Status.Entry {
  /// The same as long as nothing changes.
  fileprivate var key: String { ([stateName] + problems.map(\.key)).joined(separator: "\n") }

  fileprivate var summary: String {
    guard isHealthy else { return problems.words }
    let verified = "\(verifiedVFs.map(String.init) ?? "?") of \(wantedVFs.of("VF")) verified"
    return "\(pf): as saved, \(verified), port \(port?.words ?? "not looked at")"
  }
}

extension NetworkStatus.Entry {
  fileprivate var key: String { ([stateName] + problems.map(\.key)).joined(separator: "\n") }
  fileprivate var summary: String { isHealthy ? "network \(network.name): usable" : problems.words }
}

extension [Problem] {
  fileprivate var words: String { map(\.description).joined(separator: "; ") }
}
