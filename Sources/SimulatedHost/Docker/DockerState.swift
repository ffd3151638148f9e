package import Model

/// What a simulated Docker has: its store, which outlives everything, and its running containers.
package struct DockerState: Equatable, Sendable {
  package var release: DockerRelease
  package var networks: [DockerNetwork] = []
  package var containers: [DockerContainer] = []
  /// Digests by names.
  package var images = ["rdma/sriov-plugin": "sha256:5105"]
  /// Whether systemd listens on the socket while the daemon does not run: connecting succeeds then, and starts it.
  package var isSocketActivated = true
  /// Whether the daemon is docker.service; false for a snap's, or one that was started by hand.
  package var isService = true
  /// The version of the Podman that has the socket; nil where Docker has it.
  package var podman: String?
  package var daemon = Daemon.running
  /// Whether the caller is neither root nor in the group docker.
  package var isForbidden = false
  /// Whether this daemon has reached the plugin before: its errors differ (docker.md 3.1).
  package var hasLoadedPlugin = false
  /// How often the daemon was started because somebody connected.
  package var activations = 0
  /// The names of networks that the plugin was told of and has not answered for.
  package var creating: Set<String> = []
  package var lastID = 0
  /// How often the daemon was started.
  package var starts = 0

  package enum Daemon: Equatable, Sendable {
    case stopped
    /// Starts containers, and answers nobody.
    case starting
    case running
    /// Stops containers, and answers nobody; who connects has systemd start it again.
    case stopping
  }

  var units: Machine.DockerUnits {
    var units = Machine.DockerUnits(socket: isSocketActivated ? .active : .inactive)
    guard isService else { return units }
    units.service =
      switch daemon {
      case .stopped: .inactive
      case .starting: .activating
      case .running: .active
      case .stopping: .deactivating
      }
    return units
  }

  package init(release: DockerRelease) { self.release = release }

  /// 64 hexadecimal digits.
  mutating func newID() -> String {
    lastID += 1
    let digits = String(lastID, radix: 16)
    return String(repeating: "c0ffee00", count: 8).dropLast(digits.count) + digits
  }
}

/// The releases whose answers differ in what matters: docker.md 5.1, 6.2.
package enum DockerRelease: String, CaseIterable, Sendable {
  case v20 = "20.10.24"
  case v26 = "26.1.5"
  case v28 = "28.5.2"
  case v29 = "29.0.0"

  var highestAPI: (Int, Int) {
    switch self {
    case .v20: (1, 41)
    case .v26: (1, 45)
    case .v28: (1, 51)
    case .v29: (1, 52)
    }
  }

  var lowestAPI: (Int, Int) {
    switch self {
    case .v20: (1, 12)
    case .v26, .v28: (1, 24)
    case .v29: (1, 44)
    }
  }

  /// Prefixes that came with 28.
  var wrapsErrors: Bool { self == .v28 || self == .v29 }
}

package struct DockerNetwork: Equatable, Sendable {
  package var id: String
  package var name: String
  package var driver: String
  package var subnet: IPv4Subnet?
  package var range: String?
  package var gateway: String?
  /// Whether nobody asked for the gateway: Docker shows it only after its next start (docker.md 3.2).
  package var hidesGateway = false
  package var options: [String: String] = [:]
  package var labels: [String: String] = [:]
  package var isInternal = false
  package var isAttachable = false
  package var isConfigOnly = false
  package var configFrom: String?
}

package struct DockerContainer: Equatable, Sendable {
  package var id = ""
  package var name: String
  package var image = "ditto"
  package var networkMode: String
  package var policy = "no"
  package var isPrivileged = false
  package var binds: [String] = []
  package var command: [String] = []
  package var isRunning = false
  package var wasStoppedByHand = false
  /// How long its start takes.
  package var startTime = Duration.milliseconds(300)
  package var error = ""
  /// By the networks' names.
  package var endpoints: [String: Endpoint] = [:]

  package struct Endpoint: Equatable, Sendable {
    package var ipv4: String?
    package var aliases: [String] = []
    /// Of the network on which it was last started; empty before.
    package var networkID = ""
    package var address = ""
    /// Whose netdev is in its network namespace.
    var vf: VFOfContainer?

    package init(ipv4: String? = nil, aliases: [String] = []) {
      self.ipv4 = ipv4
      self.aliases = aliases
    }
  }

  package init(_ name: String, on network: String, ipv4: String? = nil, policy: String = "no") {
    self.name = name
    self.policy = policy
    networkMode = network
    if network != "host" { endpoints = [network: Endpoint(ipv4: ipv4)] }
  }

  var isPlugin: Bool { image == "rdma/sriov-plugin" || image == "sha256:5105" }
}
