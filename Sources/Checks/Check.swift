package import HostInterface
import Mlx5
package import Model
package import SystemPackage

/// Whether this host is set up for VFs that work: hardware to network, each thing with its remedy. Changes nothing, and
/// never starts Docker.
package struct Check: Sendable {
  /// By layers.
  package let findings: [Finding]
  /// Whether the host has no mlx5 PF at all.
  package let hasNoAdapter: Bool
  /// Whether it could not even be told which PFs there are.
  package let isBlind: Bool

  /// Takes some seconds where firmware tools or Docker are slow; all of them have deadlines.
  ///
  /// - Parameters:
  ///   - dockerSocket: Where Docker listens.
  ///   - saved: The current generation; nil where there is none.
  ///   - mistakes: What is wrong with our configuration.
  ///   - holder: Who is at work on a PF's VFs now.
  package init(
    of host: Host, dockerSocket: FilePath, saved: Snapshot?, mistakes: [ConfigurationMistake],
    holder: (PCIAddress) -> LockHolder?
  ) {
    let survey = Survey(of: host, dockerSocket: dockerSocket, saved: saved, holder: holder)
    let found = Self.all.flatMap { $0(survey) } + Finding.configuration(mistakes)
    findings = Finding.ID.allCases.flatMap { id in found.filter { $0.id == id } }
    switch survey.discovery {
    case .success(let discovery):
      hasNoAdapter = discovery.pfs.isEmpty && discovery.withoutSRIOV.isEmpty
      isBlind = false
    case .failure: (hasNoAdapter, isBlind) = (false, true)
    }
  }

  /// One for each row of the guide, and what a guide does not think of.
  private static let all: [@Sendable (Survey) -> [Finding]] = [
    Finding.adapters, Finding.cpuVirtualization, Finding.iommu, Finding.sriovResources, Finding.firmware,
    Finding.drivers,
    Finding.verbs, Finding.vfCounts, Finding.vfAttributes, Finding.vfDrivers, Finding.otherOwners, Finding.ports,
    Finding.subnetManager, Finding.docker, Finding.images, Finding.plugin, Finding.networks, Finding.containers,
    Finding.vfNetdevs,
  ]
}
