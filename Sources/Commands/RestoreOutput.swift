import Agent
import Model
import Planning

/// What a restore tells a person.
extension Console {
  func print(_ output: RestoreCommand.Output) {
    for warning in Set((output.vfs?.warnings ?? []) + (output.network?.warnings ?? [])).sorted() { warn(warning) }
    for report in output.vfs?.reports ?? [] { print(report) }
    for port in output.network?.ports ?? [] { print(port) }
    for remark in output.remarks { warn(remark) }
  }

  func print(_ plans: DryRun?, _ ports: RestoreNetwork.Result?) {
    for warning in plans?.warnings ?? ports?.warnings ?? [] { warn(warning) }
    for preview in plans?.previews ?? [] { print(preview) }
    for failure in plans?.failures ?? [] { fail(failure.description) }
    for port in ports?.ports ?? [] where port.failure == nil {
      print(port.isReady ? port.state : "waits for \(port.state)")
    }
    let generation = plans?.generation ?? ports?.generation ?? 0
    print("dry run of generation \(generation): nothing was written")
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
    if !steps.isEmpty { print("\(preview.pf): \(steps.count.of("step"))") }
    for (number, step) in steps.enumerated() { print("  \(number + 1). \(step)") }
    if let refusal = preview.plan.refusal { fail(refusal.description) }
    let notes = preview.notes + preview.drift.notVisible.map(\.description)
    for note in notes { print("  note: \(note)") }
  }

  private func print(_ report: Report) {
    let colour: Colour = report.failure == nil ? .green : .red
    let found = report.foundVFs.map(String.init) ?? "?"
    print(
      "\(report.pf): \(self.colour(report.result.rawValue, colour)), \(found) of \(report.wantedVFs) VFs, \(report.effort)"
        + ", generation \(report.generation)")
    if let failure = report.failure { fail(failure.description) }
    for line in report.remaining.lines where report.failure != nil { print("  \(line)") }
    for note in report.notes + report.notVisible.map(\.description) { print("  note: \(note)") }
  }
}
