import Agent
import Fabric
import HostInterface
import Model
import Storage

/// What `status --log` tells the journal: what has changed since it was told last, and once a day what has not. Nothing of
/// what a restore is at work on: that will tell itself.
extension Context {
  func recordHealth(_ look: HealthLook) {
    let notes = HealthNotes(host.disk)
    let now = host.tasks.now()
    recordGenerations(look.status.warnings, notes)
    for entry in look.status.entries where entry.holder == nil {
      if notes.update(.pf(entry.pf.pciAddress), entry.key, at: now) {
        host.journal.record(JournalEntry(entry, generation: look.status.generation))
      }
    }
    for entry in look.networks where entry.holder == nil {
      if notes.update(.network(entry.network.name), entry.key, at: now) { host.journal.record(JournalEntry(entry)) }
    }
  }

  /// There is nothing to compare with.
  func recordHealth(_ failure: Failure) {
    guard failure.kind != .notSaved,
      HealthNotes(host.disk).update(.generations, failure.description, at: host.tasks.now())
    else { return }
    host.journal.record(
      JournalEntry(
        .error, failure.description, .unhealthy, [.phase: "health", .result: failure.kind.rawValue]))
  }

  private func recordGenerations(_ warnings: [String], _ notes: HealthNotes) {
    if warnings.isEmpty { return notes.forget(.generations) }
    guard notes.update(.generations, warnings.joined(separator: "\n"), at: host.tasks.now()) else { return }
    for warning in warnings { record(warning: warning, about: [.phase: "health"]) }
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
    fields[.pci] = entry.pf?.pciAddress.description
    self.init(entry.isUsable ? .notice : .error, entry.summary, entry.isUsable ? .healthy : .unhealthy, fields)
  }
}

extension Status.Entry {
  /// The same as long as nothing changes.
  fileprivate var key: String { ([stateName] + problems.map(\.key)).joined(separator: "\n") }

  fileprivate var summary: String {
    guard isHealthy else { return problems.words }
    let verified = "\(verifiedVFs.map(String.init) ?? "?") of \(wantedVFs) VFs verified"
    return "\(pf): as saved, \(verified), port \(port?.words ?? "not looked at")"
  }
}

extension NetworkStatus.Entry {
  fileprivate var key: String { ([stateName] + problems.map(\.key)).joined(separator: "\n") }
  fileprivate var summary: String { isUsable ? "network \(network.name): usable" : problems.words }
}

extension [Problem] {
  fileprivate var words: String { map(\.description).joined(separator: "; ") }
}
