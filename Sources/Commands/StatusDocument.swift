import Agent
import Fabric
import Model
import Planning

/// A status as machines read it: docs/status.md.
struct StatusDocument: Encodable {
  let version = 1
  let generation: Int
  let healthy: Bool
  let warnings: [String]
  /// Of the configuration.
  let problems: [ProblemDocument]
  let adapters: [AdapterStatus]
  let networks: [NetworkStatusDocument]
  let unsaved: [PCIAddress]

  struct AdapterStatus: Encodable {
    let pciAddress: PCIAddress
    let rdmaDevice: String?
    /// ok, drift, problem, restoring or failed.
    let state: String
    let wantedVfs: Int
    let foundVfs: Int?
    let verifiedVfs: Int?
    /// By VF; null where it cannot be seen.
    let policies: [String?]
    let port: Port?
    let problems: [ProblemDocument]
    let differences: [DifferenceDocument]
    let notVisible: [String]
    let note: String?
    let failure: FailureDocument?
    let lastRestore: Outcome?
  }

  struct Port: Encodable {
    let ready: Bool
    let state: String
    /// Of an InfiniBand port.
    let smLid: UInt32?
  }

  init(_ look: HealthLook) {
    generation = look.status.generation
    healthy = look.isHealthy
    networks = look.networks.map(NetworkStatusDocument.init)
    warnings = look.status.warnings
    problems = look.status.problems.map(ProblemDocument.init)
    unsaved = look.status.unsaved.map(\.pciAddress)
    adapters = look.status.entries.map(AdapterStatus.init)
  }
}

extension StatusDocument.AdapterStatus {
  fileprivate init(_ entry: Status.Entry) {
    self.init(
      pciAddress: entry.pf.pciAddress, rdmaDevice: entry.pf.rdmaDevice, state: entry.stateName,
      wantedVfs: entry.wantedVFs, foundVfs: entry.foundVFs, verifiedVfs: entry.verifiedVFs,
      policies: entry.policies, port: entry.port.map(StatusDocument.Port.init),
      problems: entry.problems.map(ProblemDocument.init),
      differences: entry.drift?.differences.map(DifferenceDocument.init) ?? [],
      notVisible: entry.drift?.notVisible.map(\.description) ?? [], note: entry.notes,
      failure: entry.failure.map(FailureDocument.init), lastRestore: entry.outcome)
  }
}

extension StatusDocument.Port {
  fileprivate init(_ reading: PortReading) {
    ready = reading.isReady
    state = reading.words
    if case .port(let port) = reading, port.linkLayer == .infiniBand { smLid = port.smLID } else { smLid = nil }
  }
}

/// What is wrong, as machines read it.
struct ProblemDocument: Encodable {
  let lines: [String]
  let remedy: String?

  init(_ problem: Problem) {
    lines = problem.lines
    remedy = problem.remedy
  }
}
