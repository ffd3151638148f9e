import HostInterface
import Mlx5
import Model

/// How many VFs there are. Counted by their links: reading `sriov_numvfs` would wait for whoever makes VFs.
extension Finding {
  static func vfCounts(_ survey: Survey) -> [Finding] {
    survey.pfs.flatMap { pf in
      pf.vfs(.vfCount) { found in
        let total = found.totalVFs
        if found.vfCount > 0 { return [ID.vfCount.ok(pf.address, "\(found.vfCount.of("VF")) of \(total)")] }
        if survey.isUnused(pf) {
          return [ID.vfCount.ok(pf.address, "none, though \(total) may be: this PF is not used for VFs")]
        }
        let takers = survey.networks(on: pf, passthrough: true)
        if !takers.isEmpty && pf.savedCount == 0 && survey.networks(on: pf).isEmpty {
          let names = takers.joined(separator: ", ")
          return [ID.vfCount.ok(pf.address, "none: \(names) of mode passthrough gives the PF itself away")]
        }
        return [withoutVFs(pf, total: total, networks: survey.networks(on: pf))]
      }
    }
  }

  private static func withoutVFs(_ pf: SurveyedPF, total: Int, networks: [String]) -> Finding {
    if pf.savedCount > 0 {
      return ID.vfCount.problem(
        pf.address, "no VFs, and \(pf.savedCount) are saved", remedy: "run: sriov-persist restore")
    }
    let use = networks.isEmpty ? "" : ", and Docker has \(networks.joined(separator: ", ")) on this PF"
    return ID.vfCount.problem(
      pf.address, "no VFs\(use)",
      remedy:
        "run: echo \(min(total, 4)) > /sys/bus/pci/devices/\(pf.address)/sriov_numvfs; or, if they were saved: "
        + "sriov-persist restore")
  }

  /// A VF without a driver is of no use to containers.
  static func vfDrivers(_ survey: Survey) -> [Finding] {
    survey.pfs.flatMap { pf in
      pf.vfs(.vfDrivers) { found in
        guard !found.vfs.isEmpty else { return [] }
        let unbound = found.vfs.filter { $0.driver == nil }
        guard unbound.isEmpty else {
          let refusal = found.driversAutoprobe ? "" : ", and sriov_drivers_autoprobe is 0: the kernel binds none"
          return [
            ID.vfDrivers.warning(
              pf.address,
              "\(unbound.map(\.index).asVFs): no driver has \(unbound.count == 1 ? "it" : "them")\(refusal)",
              remedy: found.commandToBind(unbound))
          ]
        }
        let drivers = Dictionary(grouping: found.vfs) { $0.driver ?? "" }.sorted { $0.key < $1.key }
        return [
          ID.vfDrivers.ok(
            pf.address, drivers.map { "\($0.key) has \($0.value.map(\.index).asVFs)" }.joined(separator: "; "))
        ]
      }
    }
  }
}

extension Observation {
  /// - Parameter anew: Whether they are bound now, and are to read who they are again.
  func commandToBind(_ vfs: [VirtualFunction], anew: Bool = false) -> String {
    // While it is 0 a bind by hand fails as well, with ENODEV (mlx5.md 3.4).
    let allow = driversAutoprobe ? "" : "echo 1 > /sys/bus/pci/devices/\(pf.pciAddress)/sriov_drivers_autoprobe; "
    let driver = "/sys/bus/pci/drivers/\(VirtualFunction.ownDriver)"
    let release = anew ? "echo $vf > \(driver)/unbind; " : ""
    let addresses = vfs.map(\.pciAddress.description).joined(separator: " ")
    return "run: \(allow)for vf in \(addresses); do \(release)echo $vf > \(driver)/bind; done"
  }
}
