import HostInterface
import Mlx5
import Model
import Planning

extension PFDevice {
  /// Looks at the PF and plans how it becomes what is wanted.
  func plan(
    _ wanted: Adapter, on authority: Authority, holdingLock: Bool, _ host: Host
  ) throws -> (plan: Plan, drift: Drift, found: Observation) {
    let found = try observe(holdingLock: holdingLock)
    let drift = Drift(wanted: wanted, found: found)
    return (Plan(repairing: drift, of: found, on: authority), drift, found)
  }
}
