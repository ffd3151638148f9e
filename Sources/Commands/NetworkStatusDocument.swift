import Agent
import Model
import Planning

/// One of Docker's networks as machines read it.
struct NetworkStatusDocument: Encodable {
  let name: String
  let pciAddress: PCIAddress?
  /// ok, drift, restoring or unknown.
  let state: String
  let steps: [String]
  let problem: FailureDocument?

  init(_ entry: NetworkStatus.Entry) {
    name = entry.network.name
    pciAddress = entry.pf?.pciAddress
    state = entry.stateName
    steps = (entry.plan?.steps ?? []).map(\.description)
    problem = entry.problem.map(FailureDocument.init)
  }
}

extension NetworkStatus.Entry {
  var stateName: String { isUsable ? "ok" : holder != nil ? "restoring" : failure == nil ? "drift" : "unknown" }
}
