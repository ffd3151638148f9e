import Agent
import Fabric
import FoundationEssentials
import HostInterface
import Model
import Planning

/// What a status tells a person: a line for each PF and network, then what is wrong, each with its remedy.
extension Console {
  func print(_ look: HealthLook) {
    let status = look.status
    for warning in status.warnings { warn(warning) }
    for line in table(of: status.entries).lines() { print(line) }
    for entry in status.entries { printDetails(of: entry) }
    for problem in status.problems { print(problem) }
    if !look.networks.isEmpty { print(look.networks) }
    for pf in status.unsaved {
      warn("\(pf) has VFs of which nothing is saved; run: sriov-persist save --pf \(pf.pciAddress)")
    }
    print("compared with generation \(status.generation)")
  }

  private func table(of entries: [Status.Entry]) -> Table {
    var table = Table(header: ["PF", "VFS", "VERIFIED", "POLICY", "PORT", "LAST RESTORE", "STATE"])
    for entry in entries {
      table.add(
        [
          entry.pf.description, "\(entry.foundVFs.map(String.init) ?? "?") of \(entry.wantedVFs)",
          entry.verifiedVFs.map(String.init) ?? "?", entry.policies.compactMap(\.self).counted,
          entry.port?.words ?? "-", entry.holder == nil ? entry.outcome?.words ?? "never" : "-",
        ], state(of: entry))
    }
    return table
  }

  private func state(of entry: Status.Entry) -> StyledText {
    if entry.isHealthy && entry.remark != nil { return StyledText("\(entry.stateName), see note", .yellow) }
    return words(for: entry.stateName, isHealthy: entry.isHealthy, entry.holder)
  }

  private func words(for state: String, isHealthy: Bool, _ holder: LockHolder?) -> StyledText {
    if let holder { return StyledText("restore in progress (\(holder))", .yellow) }
    return StyledText(state, isHealthy ? .green : .red)
  }

  private func printDetails(of entry: Status.Entry) {
    if let note = entry.note { print("note: \(note)") }
    let notes = (entry.drift?.notes ?? []) + (entry.drift?.notVisible ?? []).map(\.description)
    for line in notes + [entry.remark].compactMap(\.self) { print("  note: \(entry.pf.pciAddress): \(line)") }
    for problem in entry.problems { print(problem) }
  }

  private func print(_ entries: [NetworkStatus.Entry]) {
    var table = Table(header: ["NETWORK", "PF", "STATE"])
    for entry in entries {
      table.add(
        [entry.network.name, entry.pf?.description ?? entry.pciAddress?.description ?? "-"],
        words(for: entry.stateName, isHealthy: entry.isHealthy, entry.holder))
    }
    print("")
    for line in table.lines() { print(line) }
    for problem in entries.flatMap(\.problems) { print(problem) }
  }

  private func print(_ problem: Problem) {
    for line in problem.lines { print("  \(line)") }
    if let remedy = problem.remedy { print("    \(StyledText("remedy:", .yellow)) \(remedy)") }
  }
}

extension Outcome {
  /// `restored 2026-11-22T17:00:00Z, 1.0 s`
  fileprivate var words: String {
    "\(result.rawValue) \(finishedAt.formatted(.iso8601)), \(Duration.seconds(seconds).text)"
  }
}
