import Agent
import Model
import Planning

/// One of Docker's networks as machines read it.
struct NetworkStatusDocument: Encodable {
  let name: String
  let pciAddress: PCIAddress?
  /// ok, drift, problem, restoring, failed or unknown.
  let state: String
  let steps: [String]
  let problems: [ProblemDocument]
  let failure: FailureDocument?

  init(_ entry: NetworkStatus.Entry) {
    name = entry.network.name
    pciAddress = entry.pciAddress
    state = entry.stateName
    steps = (entry.plan?.steps ?? []).map(\.description)
    problems = entry.problems.map(ProblemDocument.init)
    failure = entry.problem.map(FailureDocument.init)
  }
}

extension NetworkStatus.Entry {
  /// Usable by all its containers, and nobody is at work on it.
  var isHealthy: Bool { isUsable && holder == nil && problems.isEmpty }

  /// Whether it cannot be told whether it is usable. Without its PF it is not.
  var isUnknown: Bool { holder != nil || failure.map { ![.notFound, .refused].contains($0.kind) } ?? false }

  var stateName: String {
    if holder != nil { return "restoring" }
    if isUnknown { return "unknown" }
    if isUsable { return problems.isEmpty ? "ok" : "problem" }
    return failure == nil ? "drift" : "failed"
  }
}
