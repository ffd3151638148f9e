import Docker
import HostInterface
import Mlx5
import Model
import Planning
import Storage

/// What containers left on VFs that are free, taken back before the plugin gives those to others: it never does that
/// itself, and a container of a network without a VLAN would come up in another's (docker.md 11.2).
extension NetworkRestore {
  /// - Parameter isStopped: Whether the plugin is known not to run.
  /// - Returns: What a person should know.
  func takeBack(on place: (adapter: Adapter, pf: PhysicalFunction), whileStopped isStopped: Bool = false) throws
    -> [String]
  {
    guard place.adapter.givesVFsToContainers, try isStopped || !mayGiveOut(place.pf) else { return [] }
    let (host, limit) = (host, configuration.vfCountLimit)
    return try session.ask("\(place.pf): taking back what containers left on its VFs") { _ in
      try Locks(host.disk).withPF(place.pf) {
        let device = PFDevice(place.pf, on: host)
        let planned = try Planned(
          place.adapter, seenBy: PatientLook(device: device, host: host), on: .unattended, isPluginAway: true)
        // Whatever else there is to be done is not this phase's.
        guard planned.drift.isEmpty else { return [] }
        let trace = Interpreter(device: device, host: host, countLimit: limit, begin: { _, _, _ in })
          .apply(planned.plan)
        if let failure = trace.records.compactMap(\.failure).first { throw failure }
        return trace.records.map { "\(place.pf.pciAddress): \($0.words), which a container had left" }
      }
    }
  }

  /// Whether the plugin serves, and knows a network on the PF.
  private func mayGiveOut(_ pf: PhysicalFunction) throws -> Bool {
    let look = session.look
    return try session.ask("asking the network plugin for networks on \(pf)") { deadline in
      guard look.plugin.state(of: "none", until: deadline).isServing else { return false }
      let names = Netdevices(look.host.files)
      return try look.engine.networks(until: deadline).contains { network in
        guard network.driver == DockerReading.driver, let netdev = network.netdevice,
          try names.device(named: netdev)?.pf == pf.pciAddress
        else { return false }
        return try look.isKnown(network.id, until: deadline)
      }
    }
  }
}
