import HostInterface
import Mlx5
import Model
import SystemPackage

/// Whether a snapshot is another host's, as on a clone of that host's disk: two hosts with the same GUIDs break the fabric.
extension Snapshot {
  /// Why nothing of it is this host's business but PFs that are here by who they are; nil where this host saved it.
  ///
  /// A host that was renamed has its machine-id still. Where one of the two is not known, another name and none of the cards
  /// is what tells, once all cards show who they are.
  func otherHost(than host: Host, with pfs: [PhysicalFunction]) -> Failure? {
    let name = host.name
    let isAnother =
      if let machineID, let mine = host.machineID {
        machineID != mine
      } else {
        name != self.host && !pfs.isEmpty && pfs.allSatisfy(\.isIdentified)
          && !adapters.contains { $0.pf.isHere(among: pfs) }
      }
    guard isAnother else { return nil }
    return Failure(
      .refused,
      "saved on another host, \(self.host); this host is \(name == self.host ? "called the same" : name ?? "unknown")",
      remedy: """
        on a clone, to take over what is saved with GUIDs of this host's own, run: sriov-persist adopt --from-other-host; \
        or set the VFs up, then run: sriov-persist save --accept-loss
        """)
  }
}

extension PhysicalFunction {
  /// Whether a PF of these is this very one, wherever it sits.
  func isHere(among pfs: [PhysicalFunction]) -> Bool { pfs.contains { $0.isSameByIdentity(as: self) == true } }
}

extension Host {
  /// What it is called; nil where that cannot be read.
  var name: String? { try? files.readLine("/proc/sys/kernel/hostname") }
}

extension Failure {
  /// The same, about one thing.
  func about(_ what: String) -> Failure { Failure(kind, "\(what): \(message)", remedy: remedy, errno: errno) }
}
