import Docker
import HostInterface
import Model

extension NetworkRestore {
  /// Stopped containers that are bound to the id of a network that is gone get the new one, with the addresses that they
  /// had. A connection alone does that; without a disconnection first, nothing is lost if the run ends here.
  func reconnect(_ network: ContainerNetwork, _ report: inout RestoreDocker.NetworkReport) throws {
    guard !network.isConfigOnly else { return }
    let engine = session.engine
    let (id, orphans) = try session.ask("looking for containers of network \(network.name)") { deadline in
      let id = try engine.networks(named: network.name, until: deadline).first?.id ?? ""
      let all = try engine.containers(on: network.name, until: deadline).compactMap {
        try engine.container($0, until: deadline)
      }
      return (id, all.filter { $0.isOrphaned(from: network.name, id: id) })
    }
    for container in orphans {
      guard let endpoint = container.endpoints[network.name] else { continue }
      let words = "connect \(container.name) to network \(network.name) again"
      let record = try record(words) {
        try session.change(words) { try engine.connect(container.id, to: id, as: endpoint, until: $0) }
        let now = try session.ask(words) { try engine.container(container.id, until: $0) }
        if now?.isOrphaned(from: network.name, id: id) == true {
          throw Failure(.writeFailed, "container \(container.name) is still bound to a network that is gone")
        }
      }
      report.steps.append(record)
      if let failure = record.failure { throw failure }
    }
  }
}

extension ContainerReply {
  fileprivate func isOrphaned(from network: String, id: String) -> Bool {
    guard !isRunning, let bound = attachments[network]?.networkID else { return false }
    return !bound.isEmpty && bound != id
  }
}
