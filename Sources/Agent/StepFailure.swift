import HostInterface
import Model
import Planning
import SystemPackage

extension Failure {
  /// A write that succeeded and had another effect, or whose effect cannot be read.
  init(of step: Step, on pf: PhysicalFunction, readBack reading: Reading) {
    let what =
      if case .unreadable(let reason) = reading { "was written and cannot be read back: \(reason)" } else {
        "did not read back as written: it is \(reading)"
      }
    self.init(
      .writeFailed, "\(pf): \(step): \(what)",
      remedy: "see the kernel's own words: journalctl -k -g mlx5")
  }

  init(of step: Step, on pf: PhysicalFunction, _ error: FileError) {
    self.init(of: step, on: pf, error.errno, at: error.path.string)
  }

  init(of step: Step, on pf: PhysicalFunction, _ error: NetlinkError) {
    self.init(of: step, on: pf, error.errno, at: error.request.command.name)
  }

  /// A step that the kernel refused, with what that errno means for this very write (mlx5.md 3, 4, 5).
  private init(of step: Step, on pf: PhysicalFunction, _ errno: Errno, at place: String) {
    let kernelLog = "see the kernel's own words: journalctl -k -g mlx5"
    let (kind, what, remedy): (Kind, String, String) =
      switch (step, errno) {
      case (_, .permissionDenied), (_, .notPermitted):
        (
          .notPermitted, "is not allowed",
          "run as root; on a DPU whose host is restricted, set VFs up on the DPU (mlxprivhost)"
        )
      case (.unbind, .operationNotSupportedByDevice):
        (.busy, "another driver has it by now", "see: sriov-persist status; then restore again")
      case (.setAttribute, .operationNotSupportedByDevice):
        (.unavailable, "the PF's netdev went away", "see: ip link; then restore again")
      case (.setAttribute, .notSupported):
        (.writeFailed, "the driver has no such setting", kernelLog)
      case (.setVFCount, .noMemory):
        (
          .writeFailed, "PCI memory or bus numbers are short",
          "switch on SR-IOV and above-4G decoding in the BIOS, or boot with pci=realloc"
        )
      case (.setVFCount, .resourceBusy):
        (.busy, "somebody else made VFs meanwhile", "see who: sriov-persist status; then restore again")
      case (.setVFCount, .outOfRange):
        (
          .refused, "the firmware allows fewer (NUM_OF_VFS)",
          "run: mstconfig -d \(pf.pciAddress.short) query NUM_OF_VFS"
        )
      case (.bind(_, let driver, _), .noSuchFileOrDirectory):
        (.writeFailed, "the driver or the VF is not there", "run: modprobe \(driver); then restore again")
      case (.bind(_, "vfio-pci", _), .invalidArgument):
        (
          .writeFailed, "no IOMMU has the VF in a group",
          "switch the IOMMU on in the BIOS and on the kernel's command line, then restore again"
        )
      case (.bind, .operationNotSupportedByDevice):
        (.writeFailed, "the driver does not take it", kernelLog)
      default:
        (.writeFailed, "the driver or the firmware failed", kernelLog)
      }
    self.init(
      kind, "\(pf): \(step): \(errno.name): \(what) (\(place))", remedy: remedy, errno: errno)
  }
}
