import HostInterface
import Model
import SystemPackage

/// The PFs whose netdevs are in containers, by networks of mode `passthrough`: no name here stands for them. What is seen in
/// such a container's /sys says which PF it has; only root may look.
struct GivenPFs {
  /// By the names that Docker was given.
  private(set) var devices: [String: NetworkDevice] = [:]
  /// The containers' names.
  private(set) var owners: [PCIAddress: String] = [:]

  init(_ networks: [NetworkReply], _ containers: [ContainerReply], _ files: any FileTree) {
    for network in networks where network.options["mode"] == "passthrough" {
      guard let name = network.netdevice else { continue }
      for container in containers where container.isRunning && container.attachments[network.name] != nil {
        guard let pf = Self.pf(inNamespaceOf: container.pid, files) else { continue }
        devices[name] = NetworkDevice(pf: pf)
        owners[pf] = container.name
      }
    }
  }

  /// Nil where it has none or several, or where that cannot be seen.
  private static func pf(inNamespaceOf pid: Int, _ files: any FileTree) -> PCIAddress? {
    let folder = FilePath("/proc/\(pid)/root/sys/class/net")
    let functions = ((try? files.list(folder)) ?? []).compactMap { name in
      (try? files.linkName(folder.appending(name).appending("device"))).flatMap { PCIAddress($0) }
    }
    let pfs = Set(functions).filter { address in
      (try? files.linkName(FilePath("/sys/bus/pci/devices/\(address)/physfn"))) == .some(nil)
    }
    return pfs.count == 1 ? pfs.first : nil
  }
}
