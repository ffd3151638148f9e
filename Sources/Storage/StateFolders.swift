package import SystemPackage

/// Where the agent keeps what it knows. Fixed by DESIGN: configuration management and the units name these paths.
package enum StateFolders {
  package static let generations: FilePath = "/var/lib/sriov-persist/generations"
  package static let outcomes: FilePath = "/var/lib/sriov-persist/outcomes"
  /// The same for this boot.
  package static let bootOutcomes: FilePath = "/run/sriov-persist/outcomes"
  static let outages: FilePath = "/run/sriov-persist/outages"
  static let health: FilePath = "/run/sriov-persist/health"
  static let toldNetworks: FilePath = "/run/sriov-persist/networks"
  static let startedContainers: FilePath = "/run/sriov-persist/containers"
  static let dockerAnswered: FilePath = "/run/sriov-persist/docker"
  package static let locks: FilePath = "/run/sriov-persist/locks"
}
