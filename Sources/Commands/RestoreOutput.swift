import Agent
import Model
import Planning

/// What a restore tells a person.
extension Console {
  func print(_ result: RestoreVFs.Result) {
    for warning in result.warnings { warn(warning) }
    for report in result.reports { print(report) }
  }

  /// - Parameter vfs: What was printed of the phase before.
  func print(_ result: RestoreNetwork.Result, after vfs: RestoreVFs.Result?) {
    for warning in result.warnings where vfs?.warnings.contains(warning) != true { warn(warning) }
    for port in result.ports { print(port) }
  }

  /// - Parameter told: Warnings of the phases before.
  func print(_ result: RestoreDocker.Result, after told: [String]) {
    for warning in result.warnings where !told.contains(warning) { warn(warning) }
    for network in result.networks { print(network) }
    for container in result.containers {
      if let failure = container.failure {
        fail(failure.description)
      } else {
        print("container \(container.name): started")
      }
    }
    if let obstacle = result.obstacle { fail(obstacle.description) }
    for note in result.notes { print("  note: \(note)") }
  }

  private func print(_ network: RestoreDocker.NetworkReport) {
    print("network \(network.name): \(StyledText(network.result.rawValue, network.failure == nil ? .green : .red))")
    for step in network.steps { print("  \(step.words)") }
    if let failure = network.failure { fail(failure.description) }
    for note in network.notes { print("  note: \(note)") }
  }

  func print(_ plans: DryRun?, _ ports: RestoreNetwork.Result?, _ networks: NetworkStatus?) {
    for warning in plans?.warnings ?? ports?.warnings ?? [] { warn(warning) }
    for preview in plans?.previews ?? [] { print(preview) }
    for failure in plans?.failures ?? [] { fail(failure.description) }
    for port in ports?.ports ?? [] {
      if let failure = port.failure {
        // One that is not there was told with the plans.
        if plans == nil { fail(failure.description) }
      } else {
        print(port.isReady ? port.state : "waits for \(port.state)")
      }
    }
    let entries = networks?.entries ?? []
    if !entries.isEmpty, plans?.previews.contains(where: { !$0.plan.steps.isEmpty }) == true {
      print("when the VFs are restored, with Docker as it is now:")
    }
    for network in entries { print(network) }
    let generation = plans?.generation ?? ports?.generation ?? networks?.generation ?? 0
    print("dry run of generation \(generation): nothing was written")
  }

  private func print(_ entry: NetworkStatus.Entry) {
    let steps = entry.plan?.steps ?? []
    if entry.isUsable { print("network \(entry.network.name): nothing to do") }
    print(steps, of: "network \(entry.network.name)")
    if let problem = entry.failure { fail("network \(entry.network.name): \(problem)") }
    if let refusal = entry.plan?.refusal { fail(refusal.description) }
  }

  private func print(_ port: RestoreNetwork.PortReport) {
    if let failure = port.failure {
      fail(failure.description)
    } else {
      print(port.state + (port.waited >= .seconds(1) ? " (waited \(port.waited.text))" : ""))
    }
    for note in port.notes { print("  note: \(note)") }
  }

  private func print(_ preview: DryRun.Preview) {
    let steps = preview.plan.steps
    if preview.drift.isEmpty { print("\(preview.pf): nothing to do") }
    print(steps, of: "\(preview.pf)")
    if let refusal = preview.plan.refusal { fail(refusal.description) }
    let notes = preview.notes + preview.drift.notVisible.map(\.description)
    for note in notes { print("  note: \(note)") }
  }

  private func print(_ steps: [some CustomStringConvertible], of what: String) {
    if !steps.isEmpty { print("\(what): \(steps.count.of("step"))") }
    for (number, step) in steps.enumerated() { print("  \(number + 1). \(step)") }
  }

  private func print(_ report: Report) {
    let result = StyledText(report.result.rawValue, report.failure == nil ? .green : .red)
    let found = report.foundVFs.map(String.init) ?? "?"
    let facts = "\(found) of \(report.wantedVFs.of("VF")), \(report.effort), generation \(report.generation)"
    print("\(report.pf): \(result), \(facts)")
    if let failure = report.failure { fail(failure.description) }
    for line in report.remaining.lines where report.failure != nil { print("  \(line)") }
    for note in report.notes + report.notVisible.map(\.description) { print("  note: \(note)") }
  }
}
