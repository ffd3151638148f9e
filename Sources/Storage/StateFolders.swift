import HostInterface
package import SystemPackage

/// Where the agent keeps what it knows. Fixed by DESIGN: configuration management and the units name these paths.
package enum StateFolders {
  package static let generations: FilePath = "/var/lib/sriov-persist/generations"
  /// Instead of `generations` where this folder exists, as on hosts whose /var comes late or from the network. Nothing
  /// below /var is needed then.
  package static let earlyGenerations: FilePath = "/etc/sriov-persist/generations"
  package static let outcomes: FilePath = "/var/lib/sriov-persist/outcomes"
  /// The same for this boot.
  package static let bootOutcomes: FilePath = "/run/sriov-persist/outcomes"
  static let outages: FilePath = "/run/sriov-persist/outages"
  static let health: FilePath = "/run/sriov-persist/health"
  static let toldNetworks: FilePath = "/run/sriov-persist/networks"
  static let countsBeforeChange: FilePath = "/run/sriov-persist/counts"
  static let startedContainers: FilePath = "/run/sriov-persist/containers"
  static let dockerAnswered: FilePath = "/run/sriov-persist/docker"
  package static let locks: FilePath = "/run/sriov-persist/locks"

  /// Whether the store is the early one. What cannot be listed is there: to pass it over would be to restore something else.
  static func isEarly(on disk: any Disk) -> Bool {
    do throws(FileError) {
      _ = try disk.list(earlyGenerations)
      return true
    } catch {
      return error.errno != .noSuchFileOrDirectory
    }
  }
}
