package import ArgumentParser
import Agent
import HostInterface
import Model
import Planning

package struct RestoreCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Bring back what was saved; writes only what differs.")

  /// What is restored.
  enum Phase: String, ExpressibleByArgument, CaseIterable {
    case vfs
  }

  @Argument(help: "Only this phase; all of them if left out.")
  var phase: Phase?

  @Option(name: .customLong("pf"), help: ArgumentHelp("Only this PF (repeatable).", valueName: "address|device|netdev"))
  var pfs: [String] = []

  @Option(help: "Restore this generation; the newest readable one if left out.")
  var generation: Int?

  @Flag(name: [.customShort("n"), .long], help: "Print the steps and write nothing.")
  var dryRun = false

  @Flag(
    name: .customLong("replace-vfs"),
    help: "Remove, unbind or change VFs although they may be in use, or others may have made them.")
  var replaceVFs = false

  @Flag(help: "Print JSON.")
  var json = false

  package init() {}

  package func run(in context: Context) throws -> ExitStatus {
    if dryRun {
      let run = try DryRun(of: pfs, generation: generation, replacingVFs: replaceVFs, on: context.host)
      return try preview(run, in: context)
    }
    do {
      let result = try RestoreVFs(on: context.host).run(
        pfs, generation: generation, replacingVFs: replaceVFs)
      context.announce(result)
      if json {
        try context.console.print(RestoreDocument(result))
      } else if !context.host.journal.isConnected {
        for warning in result.warnings { context.console.warn(warning) }
        for report in result.reports { context.console.print(report) }
      }
      return result.reports.lazy.compactMap(\.failure).first.map { ExitStatus($0) } ?? .done
    } catch let failure as Failure where failure.kind == .notSaved && context.host.notifier.isConnected {
      // A unit for a PF of which nothing is saved has done all there is to do.
      context.announceNothingToDo(failure.message)
      return .done
    }
  }

  // MARK: Dry run

  private func preview(_ run: DryRun, in context: Context) throws -> ExitStatus {
    let console = context.console
    if json {
      try console.print(DryRunDocument(run))
    } else {
      for warning in run.warnings { console.warn(warning) }
      for preview in run.previews { console.print(preview) }
      for failure in run.failures { console.fail(failure.description) }
      console.print("dry run of generation \(run.generation): nothing was written")
    }
    return (run.failures + run.previews.compactMap(\.plan.refusal)).first.map { ExitStatus($0) } ?? .done
  }
}

extension Console {
  fileprivate func print(_ preview: DryRun.Preview) {
    let steps = preview.plan.steps
    if preview.drift.isEmpty { print("\(preview.pf): nothing to do") }
    if !steps.isEmpty { print("\(preview.pf): \(steps.count.of("step"))") }
    for (number, step) in steps.enumerated() { print("  \(number + 1). \(step)") }
    if let refusal = preview.plan.refusal { fail(refusal.description) }
    let notes = preview.notes + preview.drift.notVisible.map(\.description)
    for note in notes { print("  note: \(note)") }
  }

  fileprivate func print(_ report: Report) {
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

private struct RestoreDocument: Encodable {
  let version = 1
  let generation: Int
  let warnings: [String]
  let adapters: [AdapterReport]

  struct AdapterReport: Encodable {
    let pciAddress: PCIAddress
    let rdmaDevice: String?
    let result: Report.Result
    let wantedVfs: Int
    let foundVfs: Int?
    let seconds: Double
    /// By VF: verified, notVisible (as far as it can be seen, it is) or differs.
    let vfs: [String]
    let steps: [StepReport]
    let remaining: [DifferenceDocument]
    let notVisible: [String]
    let notes: [String]
    let failure: FailureDocument?
  }

  struct StepReport: Encodable {
    let step: String
    let seconds: Double
    let failure: FailureDocument?
  }

  init(_ result: RestoreVFs.Result) {
    generation = result.generation
    warnings = result.warnings
    adapters = result.reports.map { report in
      AdapterReport(
        pciAddress: report.pf.pciAddress, rdmaDevice: report.pf.rdmaDevice, result: report.result,
        wantedVfs: report.wantedVFs, foundVfs: report.foundVFs, seconds: report.duration.seconds,
        vfs: report.verdicts.map(\.rawValue),
        steps: report.steps.map {
          StepReport(step: $0.words, seconds: $0.duration.seconds, failure: $0.failure.map(FailureDocument.init))
        },
        remaining: report.remaining.map(DifferenceDocument.init), notVisible: report.notVisible.map(\.description),
        notes: report.notes, failure: report.failure.map(FailureDocument.init))
    }
  }
}

private struct DryRunDocument: Encodable {
  let version = 1
  let generation: Int
  let warnings: [String]
  let adapters: [Planned]
  let failures: [FailureDocument]

  struct Planned: Encodable {
    let pciAddress: PCIAddress
    let rdmaDevice: String?
    let steps: [String]
    let differences: [DifferenceDocument]
    let refusal: FailureDocument?
  }

  init(_ run: DryRun) {
    generation = run.generation
    warnings = run.warnings
    adapters = run.previews.map { preview in
      Planned(
        pciAddress: preview.pf.pciAddress, rdmaDevice: preview.pf.rdmaDevice,
        steps: preview.plan.steps.map(\.description),
        differences: preview.drift.differences.map(DifferenceDocument.init),
        refusal: preview.plan.refusal.map(FailureDocument.init))
    }
    failures = run.failures.map(FailureDocument.init)
  }
}
