import Docker
import Model

/// Whether the networks' containers can have what they ask for: the guide's own has an address outside its network.
extension Finding {
  static func containers(_ survey: Survey) -> [Finding] {
    guard let answer = survey.docker.answer, !answer.networks.isEmpty else { return [] }
    let seen = survey.pfs.compactMap { try? $0.observation.get() }
    let counts = Dictionary(seen.map { ($0.pf.pciAddress, $0.vfCount) }) { first, _ in first }
    let containers = answer.reading.containers
    let mistakes = answer.networks.mistakes(with: containers.map(\.recorded), vfCounts: counts)
      .map { ID.containers.problem(nil, $0.what, remedy: $0.remedy) }
    let failed = containers.filter(\.wasGivenUp).map { container in
      ID.containers.problem(
        nil, "Docker gave \(container.name) up: \(container.error)",
        remedy:
          "run: docker start \(container.name), once its network is usable; if it was saved: sriov-persist restore network"
      )
    }
    guard mistakes.isEmpty && failed.isEmpty else { return mistakes + failed }
    return [ID.containers.ok(nil, "\(containers.count.of("container")) on \(answer.networks.count.of("network"))")]
  }
}
