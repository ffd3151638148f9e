package import ArgumentParser
import Agent
import FoundationEssentials
import HostInterface
import Model
import Planning

package struct StatusCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Tell how this host differs from what is saved.",
    discussion: "Ends with 0 when nothing differs, 1 when something does or a restore failed, 69 when it cannot tell.")

  @Flag(help: "Print JSON.")
  var json = false

  package init() {}

  package func run(in context: Context) throws -> ExitStatus {
    let status = try Status(of: context.host)
    let networks = status.networks(on: context.host).entries
    let console = context.console
    if json {
      try console.print(Document(status, networks))
    } else {
      for warning in status.warnings { console.warn(warning) }
      for line in table(of: status, on: console).lines() { console.print(line) }
      for entry in status.entries { printDetails(of: entry, on: console) }
      if !networks.isEmpty { printNetworks(networks, on: console) }
      for pf in status.unsaved {
        console.warn("\(pf) has VFs of which nothing is saved; run: sriov-persist save --pf \(pf.pciAddress)")
      }
      console.print("compared with generation \(status.generation)")
    }
    return status.exitStatus(networks)
  }

  private func printNetworks(_ entries: [NetworkStatus.Entry], on console: Console) {
    var table = Table(header: ["NETWORK", "PF", "STATE"])
    for entry in entries {
      table.add([
        entry.network.name, entry.pf?.description ?? "-",
        console.colour(entry.stateName, entry.isUsable ? .green : .red),
      ])
    }
    console.print("")
    for line in table.lines() { console.print(line) }
    for entry in entries {
      let steps = entry.plan?.steps ?? []
      for step in steps { console.print("  \(entry.network.name): to be done: \(step)") }
      if !steps.isEmpty { console.print("  let it be done: sriov-persist restore network") }
      if let problem = entry.problem { console.fail("network \(entry.network.name): \(problem)") }
    }
  }

  private func table(of status: Status, on console: Console) -> Table {
    var table = Table(header: ["PF", "VFS", "LAST RESTORE", "STATE"])
    for entry in status.entries {
      table.add([
        entry.pf.description, "\(entry.foundVFs.map(String.init) ?? "?") of \(entry.wantedVFs)",
        entry.outcome.map { "\($0.result.rawValue) \($0.finishedAt.formatted(.iso8601))" } ?? "never",
        console.colour(entry.state.words, entry.isHealthy ? .green : .red),
      ])
    }
    return table
  }

  private func printDetails(of entry: Status.Entry, on console: Console) {
    if let note = entry.note { console.print("note: \(note)") }
    switch entry.state {
    case .failed(let failure): console.fail(failure.description)
    case .restoring: break
    case .compared(let drift):
      for line in drift.differences.lines { console.print("  \(entry.pf.pciAddress): \(line)") }
      for line in drift.notVisible { console.print("  note: \(entry.pf.pciAddress): \(line)") }
      if let problem = entry.outcome?.problem { console.print("  last restore: \(problem)") }
      if !drift.isEmpty { console.print("  see what a restore would do: sriov-persist restore --dry-run") }
    }
  }

  private struct Document: Encodable {
    let version = 1
    let generation: Int
    let healthy: Bool
    let warnings: [String]
    let adapters: [AdapterStatus]
    let networks: [NetworkStatusDocument]
    let unsaved: [PCIAddress]

    struct AdapterStatus: Encodable {
      let pciAddress: PCIAddress
      let rdmaDevice: String?
      /// ok, drift, restoring or failed.
      let state: String
      let wantedVfs: Int
      let foundVfs: Int?
      let differences: [DifferenceDocument]
      let notVisible: [String]
      let note: String?
      let failure: FailureDocument?
      let lastRestore: Outcome?
    }

    init(_ status: Status, _ networks: [NetworkStatus.Entry]) {
      generation = status.generation
      healthy = status.exitStatus(networks) == .done
      self.networks = networks.map(NetworkStatusDocument.init)
      warnings = status.warnings
      unsaved = status.unsaved.map(\.pciAddress)
      adapters = status.entries.map { entry in
        AdapterStatus(
          pciAddress: entry.pf.pciAddress, rdmaDevice: entry.pf.rdmaDevice, state: entry.state.name,
          wantedVfs: entry.wantedVFs, foundVfs: entry.foundVFs,
          differences: entry.drift?.differences.map(DifferenceDocument.init) ?? [],
          notVisible: entry.drift?.notVisible.map(\.description) ?? [], note: entry.note,
          failure: entry.failure.map(FailureDocument.init), lastRestore: entry.outcome)
      }
    }
  }
}

extension Status {
  fileprivate func exitStatus(_ networks: [NetworkStatus.Entry]) -> ExitStatus {
    if entries.contains(where: { $0.failure?.kind == .unavailable || $0.isRestoring })
      || networks.contains(where: { $0.failure != nil })
    {
      return .unknown
    }
    return entries.allSatisfy(\.isHealthy) && networks.allSatisfy(\.isUsable) ? .done : .drift
  }
}

extension Status.Entry {
  fileprivate var drift: Drift? {
    if case .compared(let drift) = state { drift } else { nil }
  }

  fileprivate var failure: Failure? {
    if case .failed(let failure) = state { failure } else { nil }
  }

  fileprivate var isRestoring: Bool {
    if case .restoring = state { true } else { false }
  }

  /// As saved, and the last restore, if there was one, did not fail.
  fileprivate var isHealthy: Bool { isAsSaved && outcome?.isFailure != true }
}

extension Status.Entry.State {
  fileprivate var name: String {
    switch self {
    case .compared(let drift): drift.isEmpty ? "ok" : "drift"
    case .restoring: "restoring"
    case .failed: "failed"
    }
  }

  fileprivate var words: String {
    switch self {
    case .compared(let drift) where !drift.isEmpty: "drift"
    case .restoring(let holder): "restore in progress (\(holder))"
    default: name
    }
  }
}
