import Agent
import Fabric
import FoundationEssentials
import Model
import Planning

/// What a status tells a person: a line for each PF and network, then what is wrong, each with its remedy.
extension Console {
  func print(_ look: HealthLook) {
    let status = look.status
    for warning in status.warnings { warn(warning) }
    for line in table(of: status.entries).lines() { print(line) }
    for entry in status.entries { printDetails(of: entry) }
    if !look.networks.isEmpty { print(look.networks) }
    for pf in status.unsaved {
      warn("\(pf) has VFs of which nothing is saved; run: sriov-persist save --pf \(pf.pciAddress)")
    }
    print("compared with generation \(status.generation)")
  }

  private func table(of entries: [Status.Entry]) -> Table {
    var table = Table(header: ["PF", "VFS", "VERIFIED", "POLICY", "PORT", "LAST RESTORE", "STATE"])
    for entry in entries {
      table.add([
        entry.pf.description, "\(entry.foundVFs.map(String.init) ?? "?") of \(entry.wantedVFs)",
        entry.verifiedVFs.map(String.init) ?? "?", entry.policies.compactMap(\.self).counted, entry.port?.words ?? "-",
        entry.outcome?.words ?? "never", state(of: entry),
      ])
    }
    return table
  }

  private func state(of entry: Status.Entry) -> String {
    let words = entry.holder.map { "restore in progress (\($0))" } ?? entry.stateName
    return colour(words, entry.isHealthy ? .green : entry.holder == nil ? .red : .yellow)
  }

  private func printDetails(of entry: Status.Entry) {
    if let note = entry.note { print("note: \(note)") }
    let notes = (entry.drift?.notes ?? []) + (entry.drift?.notVisible ?? []).map(\.description)
    for line in notes { print("  note: \(entry.pf.pciAddress): \(line)") }
    if let failure = entry.failure { fail(failure.description) }
    for problem in entry.problems.dropFirst(entry.failure == nil ? 0 : 1) { print(problem) }
  }

  private func print(_ entries: [NetworkStatus.Entry]) {
    var table = Table(header: ["NETWORK", "PF", "STATE"])
    for entry in entries {
      let colour: Colour = entry.isUsable ? .green : entry.holder == nil ? .red : .yellow
      let words = entry.isUsable ? nil : entry.holder.map { "restore in progress (\($0))" }
      table.add([
        entry.network.name, entry.pf?.description ?? "-", self.colour(words ?? entry.stateName, colour),
      ])
    }
    print("")
    for line in table.lines() { print(line) }
    for entry in entries {
      for problem in entry.problems {
        if entry.problem == nil { print(problem) } else { fail(problem.description) }
      }
    }
  }

  private func print(_ problem: Problem) {
    for line in problem.lines { print("  \(line)") }
    if let remedy = problem.remedy { print("    \(colour("remedy:", .yellow)) \(remedy)") }
  }
}

extension Outcome {
  /// `restored 2026-11-22T17:00:00Z, 1.0 s`
  fileprivate var words: String {
    "\(result.rawValue) \(finishedAt.formatted(.iso8601)), \(Duration.seconds(seconds).text)"
  }
}
