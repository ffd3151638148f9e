import Agent
import Fabric
import FoundationEssentials
import Model
import Planning

/// A status as Prometheus reads it: docs/status.md.
extension Metrics {
  init(_ look: Result<HealthLook, Failure>) {
    self.init()
    switch look {
    case .success(let look): add(look)
    // There is nothing to compare with. Nothing saved is nothing broken.
    case .failure(let failure):
      add("healthy", Self.healthy, [Sample(failure.leavesUnknown ? nil : (failure.kind == .notSaved).number)])
    }
  }

  private mutating func add(_ look: HealthLook) {
    add("healthy", Self.healthy, [Sample(look.exitStatus == .unknown ? nil : look.isHealthy.number)])
    add("generation", "Number of the current generation.", [Sample(Double(look.status.generation))])
    for gauge in Self.ofPFs { add(gauge.name, gauge.help, look.status.entries.map { gauge.sample(of: $0) }) }
    add(
      "network_usable", "Whether containers can use one of Docker's saved networks: 1 if so.",
      look.networks.map { entry in
        Sample(
          entry.isUnknown ? nil : entry.isUsable.number,
          [
            "network": entry.network.name, "pci": entry.pciAddress?.description, "device": entry.pf?.rdmaDevice,
          ])
      })
  }

  private static let healthy = "Whether everything is as it was saved: 1 if so."

  private struct GaugeOfPF {
    let name: String
    let help: String
    let value: (Status.Entry) -> Double?

    init(_ name: String, _ help: String, _ value: @escaping (Status.Entry) -> Double?) {
      (self.name, self.help, self.value) = (name, help, value)
    }

    func sample(of entry: Status.Entry) -> Sample? {
      Sample(
        value(entry),
        [
          "pci": entry.pf.pciAddress.description, "device": entry.isPresent ? entry.pf.rdmaDevice : nil,
          "identity": entry.pf.identity,
        ])
    }
  }

  private static var ofPFs: [GaugeOfPF] {
    [
      GaugeOfPF("restore_in_progress", "Whether a restore of the PF is under way.") { ($0.holder != nil).number },
      GaugeOfPF("pf_healthy", "Whether the PF is as it was saved: 1 if so.") {
        $0.isUnknown ? nil : $0.isHealthy.number
      },
      GaugeOfPF("vfs_wanted", "Saved number of VFs.") { Double($0.wantedVFs) },
      GaugeOfPF("vfs_present", "Number of VFs that exist.") { $0.foundVFs.map(Double.init) },
      GaugeOfPF("vfs_verified", "Number of VFs that read back in all that is saved of them.") {
        $0.verifiedVFs.map(Double.init)
      },
      GaugeOfPF("drift", "Number of things of the PF and its VFs that differ from what is saved.") {
        $0.drift.map { Double($0.differences.count) }
      },
      GaugeOfPF("port_ready", "Whether the port can carry what runs on the VFs.") { $0.port?.isReady.number },
      GaugeOfPF("port_state", "State of the port as IBTA numbers it: 1 down, 2 init, 3 armed, 4 active.") {
        $0.readPort.map { Double($0.state.rawValue) }
      },
      GaugeOfPF("port_sm_lid", "LID of the subnet manager that the port was last configured by; 0 for none.") {
        $0.readPort.flatMap { $0.linkLayer == .infiniBand ? Double($0.smLID) : nil }
      },
      GaugeOfPF("last_restore_timestamp_seconds", "When the last restore of the PF ended.") {
        $0.outcome?.finishedAt.timeIntervalSince1970
      },
      GaugeOfPF("last_restore_duration_seconds", "How long the last restore of the PF took.") { $0.outcome?.seconds },
      GaugeOfPF("last_restore_success", "Whether the last restore of the PF succeeded, or what it left was accepted.") {
        $0.outcome.map { (!$0.isFailure).number }
      },
    ]
  }
}

extension Status.Entry {
  fileprivate var readPort: Port? {
    if case .port(let port)? = port { port } else { nil }
  }
}

extension Bool {
  fileprivate var number: Double { self ? 1 : 0 }
}
