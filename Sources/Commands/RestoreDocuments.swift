import Agent
import Model
import Planning

struct RestoreDocument: Encodable {
  let version = 1
  /// Absent where only Docker's networks were asked for, and none is saved.
  let generation: Int?
  let warnings: [String]
  /// Of the VFs' phase.
  let adapters: [AdapterReport]
  /// Of the network's phase.
  let ports: [PortDocument]
  /// Docker's, of the network's phase.
  let networks: [NetworkDocument]
  let containers: [ContainerDocument]
  /// What keeps ports of VFs down.
  let remarks: [String]
  /// What ended the run before the network's phase was over.
  let failure: FailureDocument?

  struct NetworkDocument: Encodable {
    let name: String
    let pciAddress: PCIAddress?
    let result: Report.Result
    let steps: [StepReport]
    let notes: [String]
    let failure: FailureDocument?
  }

  /// One that was started, or should have been.
  struct ContainerDocument: Encodable {
    let name: String
    let failure: FailureDocument?
  }

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

    init(_ record: Report.StepRecord) {
      step = record.words
      seconds = record.duration.seconds
      failure = record.failure.map(FailureDocument.init)
    }
  }

  init(_ output: RestoreCommand.Output) {
    generation = output.vfs?.generation ?? output.network?.generation ?? output.docker?.generation
    warnings = Set(output.mistakes + output.warnings).sorted()
    ports = (output.network?.ports ?? []).map(PortDocument.init)
    networks = (output.docker?.networks ?? []).map { network in
      NetworkDocument(
        name: network.name, pciAddress: network.pf?.pciAddress, result: network.result,
        steps: network.steps.map(StepReport.init), notes: network.notes,
        failure: network.failure.map(FailureDocument.init))
    }
    containers = (output.docker?.containers ?? []).map {
      ContainerDocument(name: $0.name, failure: $0.failure.map(FailureDocument.init))
    }
    remarks = output.remarks + (output.docker?.notes ?? [])
    failure = (output.interruption ?? output.docker?.obstacle).map(FailureDocument.init)
    adapters = (output.vfs?.reports ?? []).map { report in
      AdapterReport(
        pciAddress: report.pf.pciAddress, rdmaDevice: report.pf.rdmaDevice, result: report.result,
        wantedVfs: report.wantedVFs, foundVfs: report.foundVFs, seconds: report.duration.seconds,
        vfs: report.verdicts.map(\.rawValue),
        steps: report.steps.map(StepReport.init),
        remaining: report.remaining.map(DifferenceDocument.init), notVisible: report.notVisible.map(\.description),
        notes: report.notes, failure: report.failure.map(FailureDocument.init))
    }
  }
}

struct DryRunDocument: Encodable {
  let version = 1
  let generation: Int
  let warnings: [String]
  let adapters: [PlannedPF]
  let ports: [PortDocument]
  /// As if the VFs were restored.
  let networks: [NetworkStatusDocument]
  let failures: [FailureDocument]

  struct PlannedPF: Encodable {
    let pciAddress: PCIAddress
    let rdmaDevice: String?
    let steps: [String]
    let differences: [DifferenceDocument]
    let refusal: FailureDocument?
  }

  init(_ plans: DryRun?, _ ports: RestoreNetwork.Result?, _ networks: NetworkStatus?, _ mistakes: [String]) {
    generation = plans?.generation ?? ports?.generation ?? networks?.generation ?? 0
    warnings = mistakes + (plans?.warnings ?? ports?.warnings ?? [])
    self.ports = (ports?.ports ?? []).map(PortDocument.init)
    self.networks = (networks?.entries ?? []).map(NetworkStatusDocument.init)
    adapters = (plans?.previews ?? []).map { preview in
      PlannedPF(
        pciAddress: preview.pf.pciAddress, rdmaDevice: preview.pf.rdmaDevice,
        steps: preview.plan.steps.map(\.description),
        differences: preview.drift.differences.map(DifferenceDocument.init),
        refusal: preview.plan.refusal.map(FailureDocument.init))
    }
    failures = (plans?.failures ?? []).map(FailureDocument.init)
  }
}

/// A PF's port as machines read it.
struct PortDocument: Encodable {
  let pciAddress: PCIAddress
  let rdmaDevice: String?
  let ready: Bool
  let state: String
  let seconds: Double
  let notes: [String]
  let failure: FailureDocument?

  init(_ port: RestoreNetwork.PortReport) {
    pciAddress = port.pf.pciAddress
    rdmaDevice = port.pf.rdmaDevice
    ready = port.isReady
    state = port.state
    seconds = port.waited.seconds
    notes = port.notes
    failure = port.failure.map(FailureDocument.init)
  }
}
