package import Model

/// What Docker and its plugin say of one saved network.
package struct NetworkFindings: Sendable {
  /// All of its name: 20.10 may have several.
  package let found: [ContainerNetwork]
  /// Whether the plugin knows the one there is; true for a mere configuration, of which it never hears.
  package let isKnownToPlugin: Bool
  /// How many containers run on it.
  package let runningContainers: Int

  package init(found: [ContainerNetwork], isKnownToPlugin: Bool, runningContainers: Int) {
    self.found = found
    self.isKnownToPlugin = isKnownToPlugin
    self.runningContainers = runningContainers
  }
}

package enum NetworkStep: Hashable, Sendable {
  /// Orphans the containers that it had: they are connected anew afterwards.
  case remove(id: String)
  /// Removing may have switched SR-IOV off, and a creation would then switch on all VFs (docker.md 2.3).
  case restoreVFs
  case create
  /// With Docker's own id: no container is orphaned.
  case tellPlugin(id: String)
}

extension NetworkStep: CustomStringConvertible {
  package var description: String {
    switch self {
    case .remove(let id): "remove the network \(id.prefix(12))"
    case .restoreVFs: "restore the VFs that the plugin takes away with it"
    case .create: "create the network"
    case .tellPlugin(let id): "tell the plugin of the network \(id.prefix(12)) again"
    }
  }
}

/// What to do about one network, on a PF whose VFs are as saved.
package struct NetworkPlan: Equatable, Sendable {
  package private(set) var steps: [NetworkStep] = []
  package private(set) var refusal: Failure?

  /// Pure: it looks at nothing but its arguments.
  ///
  /// - Parameters:
  ///   - wanted: With the address that its PF has today.
  ///   - vfs: What was found of its PF; nil where it has none.
  ///   - isReplacing: Whether a person said that a network which differs may be replaced.
  package init(
    restoring wanted: ContainerNetwork, _ findings: NetworkFindings, on vfs: Observation?, replacing isReplacing: Bool
  ) {
    guard let found = findings.found.first else {
      steps = [.create]
      return
    }
    guard findings.found.count == 1 else {
      refusal = Failure(
        .refused, "Docker has \(findings.found.count) networks called \(wanted.name)",
        remedy: "remove those that nothing uses: docker network rm ID; see: docker network ls --no-trunc")
      return
    }
    let drift = NetworkDrift(wanted: wanted, found: found)
    if drift.isEmpty {
      if !findings.isKnownToPlugin { steps = [.tellPlugin(id: found.id)] }
      return
    }
    refusal = Self.refusal(of: wanted, drift, findings, vfs, isReplacing)
    if refusal == nil {
      steps = wanted.isConfigOnly ? [.remove(id: found.id), .create] : [.remove(id: found.id), .restoreVFs, .create]
    }
  }

  private static func refusal(
    of wanted: ContainerNetwork, _ drift: NetworkDrift, _ findings: NetworkFindings, _ vfs: Observation?,
    _ isReplacing: Bool
  ) -> Failure? {
    let what = "network \(wanted.name) is not as saved: \(drift.differences.joined(separator: "; "))"
    guard isReplacing else {
      return Failure(
        .refused, what,
        remedy: "keep it: sriov-persist save; or make it as saved: sriov-persist restore network --replace-networks")
    }
    if findings.runningContainers > 0 {
      return Failure(
        .refused, "\(what); running on it: \(findings.runningContainers.of("container"))",
        remedy: "stop them, then try again; see: docker network inspect \(wanted.name)")
    }
    if let held = vfs?.vfs.first(where: { $0.holder != nil }) {
      return Failure(
        .refused,
        "\(what); the plugin may take all VFs away with it, and VF \(held.index) is in use: \(held.holder ?? "")",
        remedy: "set it free, then try again")
    }
    return nil
  }
}
