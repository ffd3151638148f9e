import Checks
import Docker
import HostInterface
import Mlx5
import Model
import Planning

/// What a look at one PF leads to.
struct Planned {
  let plan: Plan
  let drift: Drift
  let found: Observation
  /// What a person should know of it.
  let notes: [String]

  /// - Parameter isPluginAway: Whether the network plugin is known to give no VF of the PF to a container. Without its
  ///   socket it cannot.
  init(_ wanted: Adapter, seenBy look: PatientLook, on authority: Authority, isPluginAway: Bool? = nil) throws {
    let host = look.host
    let isPluginAway = isPluginAway ?? ((try? host.files.inode(SRIOVPlugin.defaultSocket)) == nil)
    let seen = try look.compare(with: wanted, takingBack: isPluginAway)
    drift = seen.drift
    var found = seen.found
    found.isPluginAway = isPluginAway
    var owners: [Owner] = []
    // Only where VFs would be removed: at a boot there are none, and it takes long to look.
    if drift.foundCount != nil, found.hasVFs {
      // One that makes as many as are wanted is no opponent.
      owners = Owner.others(of: found.pf, on: host.disk, BootWrite.all(on: host.disk))
        .filter { $0.count != wanted.vfs.count }
      found.otherOwners = owners.filter(\.isCertain).map(\.description)
    }
    plan = Plan(repairing: drift, of: found, on: authority)
    notes = drift.notes + owners.filter { !$0.isCertain }.map { "other software may create VFs here: \($0)" }
    self.found = found
  }
}
