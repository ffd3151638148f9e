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
          ID.iommu.warning(nil, "no IOMMU is active: containers do without, vfio-pci does not", remedy: remedy(files))
        ]
      }
      let outside = survey.pfs.filter { groupOf($0, files) == nil }
      if outside.isEmpty { return [ID.iommu.ok(nil, "active: \(units.joined(separator: ", "))")] }
      return outside.map {
        ID.iommu.warning(
          $0.address, "active, but this PF is in no IOMMU group: vfio-pci takes none of its VFs",
          remedy: "is it behind an IOMMU unit that the BIOS leaves out? see: journalctl -k -g 'DMAR|AMD-Vi'")
      }
    } catch {
      return [ID.iommu.unknown(nil, "\(error)", remedy: "run it as root")]
    }
  }

  private static func groupOf(_ pf: SurveyedPF, _ files: any FileTree) -> String? {
    try? files.linkName(FilePath("/sys/bus/pci/devices/\(pf.address)/iommu_group"))
  }

  private static func remedy(_ files: any FileTree) -> String {
    let words = Set(((try? files.readLine("/proc/cmdline")) ?? "").split(whereSeparator: \.isWhitespace))
    if let option = ["intel_iommu=off", "amd_iommu=off", "iommu=off"].first(where: { words.contains(Substring($0)) }) {
      return "take \(option) off the kernel command line (/etc/default/grub), run: update-grub, then reboot"
    }
    let tables = (try? files.list("/sys/firmware/acpi/tables")) ?? []
    switch (try? files.read(Processor.file)).map({ Processor($0) }) {
    case .intel? where tables.contains("DMAR"):
      return
        "the BIOS has VT-d on: add intel_iommu=on to the kernel command line (/etc/default/grub), run: update-grub, "
        + "then reboot"
    case .intel?: return "switch VT-d on in the BIOS; then add intel_iommu=on to the kernel command line"
    case .amd? where tables.contains("IVRS"): return "the BIOS has AMD-Vi on; see: journalctl -k -g AMD-Vi"
    case .amd?: return "switch AMD-Vi (IOMMU) on in the BIOS"
    default: return "switch the IOMMU on in the BIOS"
    }
  }
}
