import HostInterface
import Model
import SystemPackage

/// Whether functions are behind an IOMMU, which only vfio needs (mlx5.md 12). From /sys: the command line proves nothing.
extension Finding {
  static func iommu(_ survey: Survey) -> [Finding] {
    let files = survey.host.files
    do throws(FileError) {
      let units = try files.listIfPresent("/sys/class/iommu").sorted()
      guard !units.isEmpty, try !files.listIfPresent("/sys/kernel/iommu_groups").isEmpty else {
        return [
          ID.iommu.warning(nil, "no IOMMU is active: containers do without, vfio-pci does not", remedy: remedy(survey))
        ]
      }
      var outside: [PCIAddress] = []
      for pf in survey.pfs where try group(of: pf, files) == nil { outside.append(pf.address) }
      if outside.isEmpty { return [ID.iommu.ok(nil, "active: \(units.joined(separator: ", "))")] }
      return outside.map {
        ID.iommu.warning(
          $0, "active, but this PF is in no IOMMU group: vfio-pci takes none of its VFs",
          remedy: "is it behind an IOMMU unit that the BIOS leaves out? see: journalctl -k -g 'DMAR|AMD-Vi'")
      }
    } catch {
      return [ID.iommu.unknown(nil, "\(error)", remedy: "run it as root")]
    }
  }

  private static func group(of pf: SurveyedPF, _ files: any FileTree) throws(FileError) -> String? {
    try files.linkName(FilePath("/sys/bus/pci/devices/\(pf.address)/iommu_group"))
  }

  private static func remedy(_ survey: Survey) -> String {
    let files = survey.host.files
    let words = KernelCommandLine(of: files)
    if let option = ["intel_iommu=off", "amd_iommu=off", "iommu=off"].first(where: words.contains) {
      return "take \(option) off the kernel command line \(wayToCommandLine)"
    }
    let place = survey.placeOfSettings
    let tables = (try? files.list("/sys/firmware/acpi/tables")) ?? []
    switch (try? files.read(Processor.file)).map({ Processor($0) }) {
    case .intel? where tables.contains("DMAR"):
      return words.contains("intel_iommu=on")
        ? "VT-d and intel_iommu=on are there, and yet the kernel has none; see: journalctl -k -g DMAR"
        : "VT-d is on: add intel_iommu=on to the kernel command line \(wayToCommandLine)"
    case .intel?: return "switch on VT-d \(place); then have intel_iommu=on on the kernel command line"
    case .amd? where tables.contains("IVRS"): return "AMD-Vi is on; see: journalctl -k -g AMD-Vi"
    case .amd?: return "switch on AMD-Vi (IOMMU) \(place)"
    default: return "switch on the IOMMU \(place)"
    }
  }

  /// As distributions have it.
  private static let wayToCommandLine =
    "(/etc/default/grub), run: update-grub, or grub2-mkconfig -o /boot/grub2/grub.cfg; then reboot"
}
