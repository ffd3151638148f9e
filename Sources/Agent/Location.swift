import HostInterface
import Mlx5
import Model
import Planning
import SystemPackage

extension Discovery {
  /// Finds a saved PF on this host; one that is not there with the reason that the host shows for it.
  func locate(_ saved: PhysicalFunction, files: any FileTree) -> Match {
    let match = Match(saved, among: pfs)
    guard case .absent(let failure) = match, failure.kind == .notFound else { return match }
    let address = saved.pciAddress
    if withoutSRIOV.contains(address) {
      return .absent(
        Failure(
          .notFound, "the saved PF \(saved) cannot have VFs: SR-IOV is off in its firmware",
          remedy: "run: mstconfig -d \(address.withoutDomain) set SRIOV_EN=1 NUM_OF_VFS=4, then reboot"))
    }
    guard (try? files.list(FilePath("/sys/bus/pci/devices/\(address)"))) != nil else {
      return .absent(
        Failure(
          .notFound, "the saved PF \(saved) is not on this host: there is no PCI function",
          remedy: "look whether the adapter is seated and powered: lspci -d 15b3:"))
    }
    return .absent(
      Failure(
        .notFound, "the saved PF \(saved) has no driver",
        remedy: "run: modprobe mlx5_core; then look: lspci -s \(address) -k"))
  }
}
