import Fabric
import HostInterface
import Model
import Storage

/// A PF's port that is waited for: libibverbs' events are the wake-up, what the kernel shows is what counts.
struct WatchedPort {
  private let pf: PhysicalFunction
  private let host: Host
  private let bell: any Bell
  private let files: PortFiles
  private var watch: (any PortWatch)?
  private var silence: NoPortEvents?
  private var reading = PortReading.noRDMADevice

  init(_ pf: PhysicalFunction, on host: Host, ringing bell: any Bell) {
    self.pf = pf
    self.host = host
    self.bell = bell
    files = PortFiles(of: pf.pciAddress, files: host.files)
  }

  /// Whether waiting for it is over, well or not.
  var isSettled: Bool { reading.isReady || isGone }

  private var isGone: Bool { reading.isGone || watch?.isDeviceGone == true }

  var words: String { reading.words(of: pf.pciAddress) }

  /// Watches before it reads: so nothing that happens in between is missed.
  mutating func look() throws {
    if watch == nil, let device = try files.rdmaDevice {
      do {
        watch = try host.ports.watch(device, ringing: bell)
        silence = nil
      } catch {
        // Renamed since its name was read, or the device's node is not there yet: tried again at the next look.
        silence = error
      }
    }
    reading = try files.read()
  }

  func stop() { watch?.stop() }

  /// - Parameter isRequired: Whether a port that is not ready is a failure.
  func report(after waited: Duration, isRequired: Bool) -> RestoreNetwork.PortReport {
    RestoreNetwork.PortReport(
      pf: pf, state: words, isReady: reading.isReady, waited: waited,
      notes: silence.map { ["\($0); the port was looked at now and then only"] } ?? [],
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
      remedy: reading.needsSubnetManager
        ? "is a subnet manager running on this fabric? run: sminfo; to go on without: "
          + "\"subnetManagerSeconds\": 0 in \(Configuration.path)"
        : "look at the cable and the switch: ibstat \(pf.rdmaDevice ?? "")")
  }
}
