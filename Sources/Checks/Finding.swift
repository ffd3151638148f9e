package import Model

/// What was found of one thing that the host needs for VFs that work, and what to do about it.
package struct Finding: Hashable, Sendable {
  package let id: ID
  package let verdict: Verdict
  /// Nil for what concerns the host as a whole.
  package let pf: PCIAddress?
  /// In one line.
  package let seen: String
  /// Nil only where all is well.
  package let remedy: String?

  package enum Verdict: String, CaseIterable, Sendable {
    case ok
    /// It works, or may work, and something is not as it should be.
    case warning
    /// It does not work.
    case problem
    /// It cannot be told.
    case unknown
  }

  /// What people call the parts of a host.
  package enum Layer: String, CaseIterable, Sendable {
    case hardware, firmware, driver, fabric
    case docker = "Docker"
    case network
    /// Our own.
    case settings
  }

  /// Stable words: scripts may rely on them. In the order in which findings are told; docs/checks.md has their table.
  package enum ID: String, CaseIterable, Sendable {
    case adapter
    case cpuVirtualization = "cpu-virtualization"
    case iommu
    case sriovResources = "sriov-resources"

    case firmwareTool = "firmware-tool"
    case firmwareSRIOV = "firmware-sriov"
    case firmwareVFs = "firmware-vfs"
    case firmwareLinkType = "firmware-link-type"

    case driver
    case rdmaDevice = "rdma-device"
    case netdev, verbs
    case vfCount = "vf-count"
    case vfPolicy = "vf-policy"
    case vfGUIDs = "vf-guids"
    case vfMACs = "vf-macs"
    case vfDrivers = "vf-drivers"
    case otherOwners = "other-owners"

    case port
    case virtEnabled = "virt-enabled"
    case openSMPorts = "opensm-ports"

    case docker
    case pluginImage = "plugin-image"
    case pluginContainer = "plugin-container"
    case pluginSocket = "plugin-socket"
    case containerTools = "container-tools"

    case network, containers
    case vfNetdevs = "vf-netdevs"

    case configuration
  }
}

extension Finding.ID {
  package var layer: Finding.Layer {
    switch self {
    case .adapter, .cpuVirtualization, .iommu, .sriovResources: .hardware
    case .firmwareTool, .firmwareSRIOV, .firmwareVFs, .firmwareLinkType: .firmware
    case .driver, .rdmaDevice, .netdev, .verbs, .vfCount, .vfPolicy, .vfGUIDs, .vfMACs, .vfDrivers, .otherOwners:
      .driver
    case .port, .virtEnabled, .openSMPorts: .fabric
    case .docker, .pluginImage, .pluginContainer, .pluginSocket, .containerTools: .docker
    case .network, .containers, .vfNetdevs: .network
    case .configuration: .settings
    }
  }

  func ok(_ pf: PCIAddress? = nil, _ seen: String) -> Finding {
    Finding(id: self, verdict: .ok, pf: pf, seen: seen, remedy: nil)
  }

  func warning(_ pf: PCIAddress? = nil, _ seen: String, remedy: String) -> Finding {
    Finding(id: self, verdict: .warning, pf: pf, seen: seen, remedy: remedy)
  }

  func problem(_ pf: PCIAddress? = nil, _ seen: String, remedy: String) -> Finding {
    Finding(id: self, verdict: .problem, pf: pf, seen: seen, remedy: remedy)
  }

  func unknown(_ pf: PCIAddress? = nil, _ seen: String, remedy: String) -> Finding {
    Finding(id: self, verdict: .unknown, pf: pf, seen: seen, remedy: remedy)
  }
}
