import HostInterface
import Mlx5
import Model
import Planning

/// Reads one PF until what was read can be relied on. A read that failed is repeated, a driver that is still probing a VF is
/// waited for, and what differs must differ in two looks, one after another: no VF is disturbed for less.
struct PatientLook {
  /// How often a look that failed is repeated.
  private static let attempts = 5
  private static let pause = Duration.milliseconds(100)
  /// How long an RDMA device is waited for that another network namespace may have.
  private static let hiddenLimit = Duration.seconds(10)

  let device: PFDevice
  let host: Host
  /// See `PFDevice.observe`.
  var holdingLock = true
  /// How long a driver that is probing a VF is waited for.
  var probeLimit = Duration.zero
  /// VFs that are to have a driver: the link to it may come a moment after the bind (mlx5.md 13).
  var bound: Set<Int> = []
  /// Called before it waits for a driver, with what for, and how long until the looks after it are done.
  var begin: (_ words: String, _ limit: Duration) -> Void = { _, _ in }

  /// - Returns: the last look, whole or not.
  /// - Throws: `FileError` where each look failed.
  func observe() throws -> Observation {
    var wait = ProbeWait(self)
    return try observe(lookingForUsers: false, &wait)
  }

  private func observe(lookingForUsers: Bool, _ wait: inout ProbeWait) throws -> Observation {
    var failures = 0
    while true {
      do throws(FileError) {
        let found = try device.observe(holdingLock: holdingLock, lookingForUsers: lookingForUsers)
        if found.isWhole {
          if !wait.isWorthWaiting(for: found) { return found }
          continue
        }
        failures += 1
        if failures == Self.attempts { return found }
      } catch {
        failures += 1
        if failures == Self.attempts { throw error }
      }
      host.tasks.makeBell().wait(until: host.tasks.now() + Self.pause)
      if host.tasks.isTerminating { failures = Self.attempts - 1 }
    }
  }

  /// Compares. What differs was seen twice; what failed to be read is in the drift.
  ///
  /// - Parameter takingBack: Whether what containers left on VFs is to be written as well.
  /// - Throws: `FileError` where each look failed, `Failure` where no two said the same.
  func compare(with wanted: Adapter, takingBack: Bool = false) throws -> (found: Observation, drift: Drift) {
    var before: Drift?
    var wait = ProbeWait(self)
    for _ in 0..<Self.attempts {
      // Who uses a VF matters only where something is to be done, and asking costs the kernel more than all else.
      let found = try observe(lookingForUsers: before != nil, &wait)
      let drift = Drift(wanted: wanted, found: found)
      // An identity that cannot be read needs a second look, just as one that differs does.
      let isBlind = drift.notVisible.contains { $0.attribute?.isIdentity != false }
      let isDone = drift.isEmpty && !isBlind && !(takingBack && !drift.leftByContainers.isEmpty)
      let isSame = before.map { ($0.differences, $0.leftByContainers) == (drift.differences, drift.leftByContainers) }
      if isDone || isSame == true { return (found, drift) }
      before = drift
    }
    throw Failure(
      .unavailable, "\(device.pf): its VFs read differently each time: \(before?.differences.first?.description ?? "")",
      remedy: "something else may be changing them; see: sriov-persist check; then restore again")
  }

  /// The wait for drivers that are probing VFs. They are many at once, and some drivers probe one after another.
  private struct ProbeWait {
    private let look: PatientLook
    private let start: Duration
    private let bell: any Bell
    private var isWatching = false

    init(_ look: PatientLook) {
      self.look = look
      start = look.host.tasks.now()
      bell = look.host.tasks.makeBell()
    }

    /// Waits for an event, or a second at most. False where nothing is to be waited for any more.
    mutating func isWorthWaiting(for found: Observation) -> Bool {
      let tasks = look.host.tasks
      let coming = found.vfs.filter { $0.missingDevice == .coming }.map(\.index)
      let others = found.vfs.filter { vf in
        vf.missingDevice == .comingOrHidden || vf.driver == nil && look.bound.contains(vf.index)
      }
      let limit =
        coming.isEmpty ? others.isEmpty ? .zero : min(PatientLook.hiddenLimit, look.probeLimit) : look.probeLimit
      guard tasks.now() < start + limit, !tasks.isTerminating else { return false }
      if !isWatching {
        look.host.devices.watch(ringing: bell)
        isWatching = true
        // What came before the watch began is in no event.
        return true
      }
      look.begin(
        "\(found.pf): waiting for the driver of \((coming + others.map(\.index)).sorted().asVFs)",
        start + limit - tasks.now() + .seconds(30))
      bell.wait(until: min(start + limit, tasks.now() + .seconds(1)))
      return true
    }
  }
}
