package import Model

/// What Docker and its plugin say of one saved network.
package struct NetworkFindings: Sendable {
  /// All of its name: 20.10 may have several.
  package let found: [ContainerNetwork]
  /// Of the one there is.
  package let pluginKnows: Knowledge
  /// How many containers run on it.
  package let runningContainers: Int
  /// The names of those among them of which the plugin, which was restarted below them, does not know: it gives their VFs to
  /// others, whose starts fail (docker.md 2.5).
  package var forgottenContainers: [String] = []

  package enum Knowledge: Sendable {
    case none
    /// It read it from its own notes, which do not have all options: a container's interface would be called `0`
    /// (docker.md 2.5).
    case fromNotes
    /// With VFs that are gone, or with a netdev of the PF that is: it reads both once (docker.md 11.2).
    case withOldVFs
    /// So it is where there is nothing to know, of a mere configuration, too.
    case complete
  }

  package init(found: [ContainerNetwork], pluginKnows: Knowledge, runningContainers: Int) {
    self.found = found
    self.pluginKnows = pluginKnows
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
  /// And tell it all its networks again.
  case restartPlugin
}

extension NetworkStep: CustomStringConvertible {
  package var description: String {
    switch self {
    case .remove(let id): "remove the network \(id.prefix(12))"
    case .restoreVFs: "restore the VFs that the plugin takes away with it"
    case .create: "create the network"
    case .tellPlugin(let id): "tell the plugin of the network \(id.prefix(12)) again"
    case .restartPlugin:
      "restart the plugin, which has read how many VFs there were before, and tell it its networks again"
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
        .refused, "Docker has \(findings.found.count.of("network")) called \(wanted.name)",
        remedy: "remove those that nothing uses: docker network rm ID; see: docker network ls --no-trunc")
      return
    }
    let drift = NetworkDrift(wanted: wanted, found: found)
    if drift.isEmpty {
      let isFree = findings.runningContainers == 0
      switch findings.pluginKnows {
      case .none: steps = [.tellPlugin(id: found.id)]
      // Telling twice forgets the endpoints that there are; and one with a VLAN cannot be told twice.
      case .fromNotes where isFree && !wanted.hasVLAN: steps = [.tellPlugin(id: found.id)]
      case .withOldVFs where isFree: steps = [.restartPlugin]
      case .withOldVFs: refusal = Self.inUse(wanted, findings)
      case .fromNotes, .complete: break
      }
      return
    }
    let vfsAtRisk = wanted.isPassthrough && found.isPassthrough ? nil : vfs
    refusal = Self.refusal(of: wanted, drift, findings, vfsAtRisk, isReplacing)
    if refusal == nil {
      let areVFsAtRisk = !wanted.isConfigOnly && !(wanted.isPassthrough && found.isPassthrough)
      steps = [.remove(id: found.id)] + (areVFsAtRisk ? [.restoreVFs] : []) + [.create]
    }
  }

  private static func inUse(_ wanted: ContainerNetwork, _ findings: NetworkFindings) -> Failure {
    Failure(
      .refused,
      "network \(wanted.name): the plugin has to be restarted, as what it has read of the PF is no longer so; "
        + "running on it: \(findings.runningContainers.of("container"))",
      remedy: "stop them, then run: sriov-persist restore network; see: docker network inspect \(wanted.name)")
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
    return vfs.flatMap { Failure(takingAwayVFsOf: $0, what) }
  }
}

extension ContainerNetwork {
  /// Zero is none.
  fileprivate var hasVLAN: Bool { options["vlan"].flatMap { Int($0) } ?? 0 != 0 }
}

extension Failure {
  /// Nil where no VF is in use.
  package init?(takingAwayVFsOf found: Observation, _ what: String? = nil) {
    guard let held = found.vfs.first(where: { $0.holder != nil }) else { return nil }
    let reason =
      "the plugin may take all VFs away with the network, and VF \(held.index) is in use: \(held.holder ?? "")"
    self.init(.refused, what.map { "\($0); \(reason)" } ?? reason, remedy: "set it free, then try again")
  }
}
