package import ArgumentParser
import Agent
import HostInterface
package import Model
import Planning

package struct RestoreCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Bring back what was saved; writes only what differs.",
    discussion: "First the VFs, then the network: the ports of the PFs are active, and Docker's networks usable.")

  /// What is restored.
  enum Phase: String, ExpressibleByArgument, CaseIterable {
    case vfs, network
    /// The second half of `network`: Docker's.
    case docker
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

  @Flag(
    name: .customLong("replace-networks"),
    help: "Remove and make anew a network of Docker's that differs, if no container runs on it.")
  var replaceNetworks = false

  @OptionGroup var requester: Requester

  @Flag(help: "Print JSON.")
  var json = false

  package init() {}

  package func validate() throws {
    guard !requester.isUnattended || !replaceVFs && !replaceNetworks else {
      throw ValidationError("--unattended: not with --replace-vfs or --replace-networks")
    }
  }

  package var onlyPF: PCIAddress? { pfs.onlyPF }

  package func run(in context: Context) throws -> ExitStatus {
    if requester.isUnattended, context.restoresNothing(about: onlyPF) { return .done }
    let mistakes = context.recordConfiguration()
    if dryRun { return try preview(in: context, mistakes) }
    do {
      var output = Output(mistakes: mistakes)
      if phase == nil || phase == .vfs {
        let result = try RestoreVFs(on: context.host).run(
          pfs, generation: generation, on: requester.authority(replacing: replaceVFs))
        context.record(result)
        output.vfs = result
        // At once: what follows may take minutes, and be interrupted.
        if isForPeople(in: context) { context.console.print(result) }
      }
      if phase == nil && output.failure == nil || phase == .network { try restoreNetwork(&output, in: context) }
      if phase == .docker { try restoreDocker(&output, in: context) }
      if output.network == nil { context.conclude(output.summary, output.failure) }
      if json { try context.console.print(RestoreDocument(output)) }
      return output.failure.map { ExitStatus($0) } ?? .done
    } catch let failure as Failure where requester.isUnattended && isNothingToDo(failure) {
      context.announceNothingToDo(failure.message, about: onlyPF)
      return .done
    }
  }

  /// Unattended: a PF of which nothing is saved; and a port of a PF that is gone, with which systemd stops the unit.
  private func isNothingToDo(_ failure: Failure) -> Bool {
    failure.kind == .notSaved || phase != .vfs && failure.kind == .notFound
  }

  private func isForPeople(in context: Context) -> Bool { !json && !context.host.journal.isConnected }

  private func restoreNetwork(_ output: inout Output, in context: Context) throws {
    let network = RestoreNetwork(on: context.host)
    do {
      let result = try network.run(pfs, generation: generation)
      // A unit of one PF that is gone.
      if requester.isUnattended, !pfs.isEmpty,
        result.ports.allSatisfy({ $0.failure.map(isNothingToDo) ?? false }),
        let gone = result.ports.first?.failure
      {
        throw gone
      }
      context.record(result)
      output.network = result
      if isForPeople(in: context) { context.console.print(result, after: output.vfs) }
      // Whatever the ports say: a missing subnet manager does not keep Docker down.
      try restoreDocker(&output, in: context)
      context.conclude(output.summary, output.failure)
      // Not before systemd was told: nobody's readiness hangs on the ports of VFs.
      let remarks = network.remarks(on: result)
      context.record(remarks)
      output.remarks = remarks.map(\.words)
      context.remind(output.summary, output.failure)
      if isForPeople(in: context) { for remark in output.remarks { context.console.warn(remark) } }
    } catch let error where output.vfs != nil && json {
      // What was done to the VFs is told all the same.
      output.interruption = Failure(error)
    }
  }

  private func restoreDocker(_ output: inout Output, in context: Context) throws {
    let told = output.warnings
    do {
      let docker = RestoreDocker(on: context.host)
      output.docker = try docker.run(
        pfs, generation: generation, on: requester.authority(replacing: replaceNetworks))
    } catch {
      let failure = Failure(error)
      guard failure.kind != .terminated else { throw failure }
      output.interruption = failure
      context.record(failureOfDocker: failure)
      if isForPeople(in: context) { context.console.fail(failure.description) }
    }
    guard let result = output.docker else { return }
    context.record(result)
    if isForPeople(in: context) { context.console.print(result, after: told) }
  }

  private func preview(in context: Context, _ mistakes: [String]) throws -> ExitStatus {
    let plans =
      phase == .network || phase == .docker
      ? nil
      : try DryRun(
        of: pfs, generation: generation, for: requester.authority(replacing: replaceVFs), on: context.host)
    let ports =
      phase == .vfs || phase == .docker
      ? nil : try RestoreNetwork(on: context.host).run(pfs, generation: generation, within: .zero)
    let networks =
      phase == .vfs
      ? nil
      : try RestoreDocker(on: context.host)
        .preview(pfs, generation: generation, on: requester.authority(replacing: replaceNetworks))
    if json {
      try context.console.print(DryRunDocument(plans, ports, networks, mistakes))
    } else {
      context.console.print(plans, ports, networks)
    }
    let failures =
      (plans?.failures ?? []) + (plans?.previews ?? []).compactMap(\.plan.refusal)
      + (ports?.ports ?? []).compactMap(\.failure) + (networks?.entries ?? []).compactMap(\.problem)
    return failures.first.map { ExitStatus($0) } ?? .done
  }

  /// What the phases that were run came to.
  struct Output {
    /// In the configuration.
    let mistakes: [String]
    var vfs: RestoreVFs.Result?
    var network: RestoreNetwork.Result?
    /// Nil where no network is saved.
    var docker: RestoreDocker.Result?
    /// What keeps ports of VFs down.
    var remarks: [String] = []
    /// What ended the network's phase early.
    var interruption: Failure?

    /// Of the generations, by whatever phase read them.
    var warnings: [String] { (vfs?.warnings ?? []) + (network?.warnings ?? []) + (docker?.warnings ?? []) }

    /// What may heal by itself comes first: for that a unit is tried again.
    var failure: Failure? {
      let all =
        (vfs?.reports ?? []).compactMap(\.failure) + (network?.ports ?? []).compactMap(\.failure)
        + (docker?.failures ?? []) + [interruption].compactMap(\.self)
      return all.first { [.unavailable, .writeFailed, .busy].contains($0.kind) } ?? all.first
    }

    /// For the service manager.
    var summary: String {
      ((vfs?.reports.map(\.summary) ?? []) + (network?.ports.map(\.state) ?? [])
        + (docker?.networks.map(\.summary) ?? [])).joined(separator: "; ")
    }
  }
}
