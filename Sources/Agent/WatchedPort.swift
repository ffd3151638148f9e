import Fabric
import HostInterface
import Model
import Storage
import Synchronization

/// A PF's port that is waited for: libibverbs' events are the wake-up, what the kernel shows is what counts.
struct WatchedPort {
  private let pf: PhysicalFunction
  private let host: Host
  private let files: PortFiles
  private let events: PortOpening
  private let start: Duration
  private var reading = PortReading.noRDMADevice
  private var settledAfter: Duration?

  init(_ pf: PhysicalFunction, on host: Host, ringing bell: any Bell) {
    self.pf = pf
    self.host = host
    files = PortFiles(of: pf.pciAddress, files: host.files)
    events = PortOpening(on: host, ringing: bell)
    start = host.tasks.now()
  }

  /// Whether waiting for it is over, well or not.
  var isSettled: Bool { reading.isReady || isGone }

  private var isGone: Bool { reading.isGone || events.isDeviceGone }

  var words: String { reading.words(of: pf.pciAddress) }

  /// Watches before it reads: so nothing that happens in between is missed.
  mutating func look() {
    if let device = try? files.rdmaDevice { events.open(device) }
    reading = files.read()
    settledAfter = isSettled ? settledAfter ?? host.tasks.now() - start : nil
  }

  func stop() { events.stop() }

  /// - Parameter isRequired: Whether a port that is not ready is a failure.
  func report(isRequired: Bool) -> RestoreNetwork.PortReport {
    let waited = settledAfter ?? host.tasks.now() - start
    return RestoreNetwork.PortReport(
      pf: pf, state: words, isReady: reading.isReady, waited: waited,
      notes: events.silence.map { ["\($0); the port was looked at now and then only"] } ?? [],
      failure: isGone ? removed : reading.isReady || !isRequired ? nil : late(waited))
  }

  private var removed: Failure {
    Failure(
      .unavailable, "\(pf): it was removed while its port was waited for: \(words)",
      remedy: "see the kernel's own words: journalctl -k -g mlx5")
  }

  private func late(_ waited: Duration) -> Failure {
    Failure(
      .unavailable, "\(words), after \(waited.components.seconds) s",
      remedy: reading.remedy(on: pf))
  }
}

extension PortReading {
  /// What to do about a port that is not ready.
  func remedy(on pf: PhysicalFunction) -> String {
    switch self {
    case .port where needsSubnetManager:
      "is a subnet manager running on this fabric? run: \(pf.commandForSubnetManager); to go on without: "
        + "\"subnetManagerSeconds\": 0 in \(Configuration.path)"
    case .port: "look at the cable and the switch: \(pf.commandForPort)"
    case .noRDMADevice: "is mlx5_ib loaded? run: modprobe mlx5_ib"
    case .noFunction, .unbound, .otherDriver, .unreadable: "see the kernel's own words: journalctl -k -g mlx5"
    }
  }
}

/// An RDMA device that is opened for its events, in a thread of its own: opening takes seconds while the device is new or
/// cannot be had.
private final class PortOpening: Sendable {
  private struct State {
    var isOpening = false
    var isStopped = false
    var lastTry: (device: String, time: Duration)?
    var watch: (any PortWatch)?
    var silence: NoPortEvents?
  }

  private let host: Host
  private let bell: any Bell
  private let state = Mutex(State())

  /// How long after a failure the same device is tried again.
  private static let patience = Duration.seconds(10)

  init(on host: Host, ringing bell: any Bell) {
    self.host = host
    self.bell = bell
  }

  var isDeviceGone: Bool { state.withLock { $0.watch?.isDeviceGone == true } }
  var silence: NoPortEvents? { state.withLock(\.silence) }

  /// Opens the device unless it is open, or being opened. Rings when it is.
  func open(_ device: String) {
    let now = host.tasks.now()
    let isDue = state.withLock { state in
      guard state.watch == nil, !state.isOpening, !state.isStopped else { return false }
      if let last = state.lastTry, last.device == device, now - last.time < Self.patience { return false }
      state.isOpening = true
      state.lastTry = (device, now)
      return true
    }
    guard isDue else { return }
    host.tasks.start { [self] in
      let result = Result { () throws(NoPortEvents) in try host.ports.watch(device, ringing: bell) }
      let isTooLate = state.withLock { state in
        state.isOpening = false
        switch result {
        case .success(let watch): (state.watch, state.silence) = (watch, nil)
        case .failure(let silence): state.silence = silence
        }
        return state.isStopped
      }
      if isTooLate { stop() }
      // What happened before it was open was not heard of.
      bell.ring()
    }
  }

  func stop() {
    let watch = state.withLock { state in
      state.isStopped = true
      return state.watch
    }
    watch?.stop()
  }
}
