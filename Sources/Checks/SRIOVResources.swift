import HostInterface
import Model
import SystemPackage

/// Whether the BIOS left room for VFs: memory (MMIO) and bus numbers. Only making VFs proves it; memory shows in what the
/// kernel gave the PF, and what it found missing in its log, for as long as that is kept (mlx5.md 12).
extension Finding {
  static func sriovResources(_ survey: Survey) -> [Finding] {
    var log: Result<[Substring], KernelLogError>?
    return survey.pfs.flatMap { pf in
      pf.vfs(.sriovResources) { found in
        if found.vfCount > 0 { return [ID.sriovResources.ok(pf.address, "\(found.vfCount.of("VF")) fit")] }
        let known = log ?? kernelLog(survey.host)
        log = known
        return [withoutVFs(pf.address, VFMemory(of: pf.address, survey.host.files), known)]
      }
    }
  }

  private static func withoutVFs(
    _ pf: PCIAddress, _ memory: VFMemory?, _ log: Result<[Substring], KernelLogError>
  ) -> Finding {
    let id = ID.sriovResources
    let remedy =
      "switch SR-IOV and \"above 4G decoding\" on in the BIOS; or add pci=realloc to the kernel command line; "
      + "or allow fewer VFs (NUM_OF_VFS), which shrinks what they need"
    if memory == .missing {
      return id.problem(pf, "the BIOS left too little: the kernel found no memory (MMIO) for VFs", remedy: remedy)
    }
    switch log {
    case .failure(let error):
      return id.unknown(
        pf, "no VF is there, and the kernel's log cannot be read: \(error.words)", remedy: "run it as root")
    case .success(let lines):
      let own = lines.filter { $0.contains("\(pf): ") }
      if let failure = own.last(where: { $0.driverFailure != nil }), failure.driverFailure != "-12" {
        return id.problem(
          pf, "the last VFs could not be created: \(failure.trimmed)", remedy: "run: journalctl -k -g mlx5")
      }
      if let complaint = own.last(where: \.isOfFailedVFs) ?? (memory == nil ? own.complaintAboutBARs : nil) {
        return id.problem(pf, "the BIOS left too little: \(complaint.trimmed)", remedy: remedy)
      }
      guard memory == .given else {
        return id.unknown(
          pf, "nothing tells whether there is memory for VFs, and the kernel's log has no complaint",
          remedy: "make VFs: the kernel then tells")
      }
      return id.ok(pf, "memory for VFs is there, and the kernel's log has no complaint")
    }
  }

  private struct KernelLogError: Error {
    let words: String
  }

  private static func kernelLog(_ host: Host) -> Result<[Substring], KernelLogError> {
    do throws(ProgramError) {
      let result = try host.programs.run(
        "/usr/bin/dmesg", [], outputLimit: 8 << 20, until: host.tasks.now() + .seconds(5))
      guard result.status == 0 else { return .failure(KernelLogError(words: "dmesg ended with \(result.status)")) }
      return .success(result.output.split(whereSeparator: \.isNewline))
    } catch {
      return .failure(KernelLogError(words: "\(error)"))
    }
  }
}

/// The memory of all VFs that a PF may have, as the kernel shows it in the PF's `resource`: a line for each resource, with
/// start, end and flags; the VFs' are 7 to 12 (resource_show of drivers/pci/pci-sysfs.c, PCI_IOV_RESOURCES).
private enum VFMemory {
  case given, missing

  /// IORESOURCE_UNSET: it has a size, and no address.
  private static let unset: UInt64 = 0x2000_0000

  /// Nil where it cannot be told: a kernel may forget a resource for which it found no place.
  init?(of pf: PCIAddress, _ files: any FileTree) {
    let lines = (try? files.read(FilePath("/sys/bus/pci/devices/\(pf)/resource")))?.split(separator: "\n") ?? []
    let resources = lines.dropFirst(7).prefix(6).map { line in
      line.split(separator: " ").compactMap { UInt64($0.dropFirst("0x".count), radix: 16) }
    }.filter { $0.count == 3 && $0 != [0, 0, 0] }
    guard !resources.isEmpty else { return nil }
    self = resources.contains { $0[0] == 0 || $0[2] & Self.unset != 0 } ? .missing : .given
  }
}

/// The kernel's words, old and new: drivers/pci/iov.c, setup-res.c, and of mlx5_core core/sriov.c.
extension Substring {
  /// When VFs were to be made.
  fileprivate var isOfFailedVFs: Bool {
    driverFailure == "-12"
      || ["not enough MMIO resources for SR-IOV", "IOV BARS not allocated", "bus number out of range"]
        .contains { contains($0) }
      || contains("can't enable") && contains("VFs")
  }

  /// The errno of mlx5_core's `pci_enable_sriov failed : -12`, which is ENOMEM for memory and bus numbers alike.
  fileprivate var driverFailure: Substring? {
    firstRange(of: "enable_sriov failed : ").map { self[$0.upperBound...].prefix { $0 == "-" || $0.isNumber } }
  }

  /// The number of the VFs' BAR that it is about: `BAR 7: ...` of old, `VF BAR 0 [mem ...]: ...` since.
  fileprivate var vfBAR: Int? {
    (0..<6).first { bar in
      [" BAR \(bar + 7)", "VF BAR \(bar)"].contains { contains("\($0): ") || contains("\($0) [") }
    }
  }

  fileprivate var isComplaintAboutBAR: Bool {
    ["no space", "failed to assign", "can't assign"].contains { contains($0) }
  }
}

extension [Substring] {
  /// Of a BAR that was given no memory later on: at boot the kernel tries more than once.
  fileprivate var complaintAboutBARs: Substring? {
    var complaints: [Int: Substring] = [:]
    for line in self {
      guard let bar = line.vfBAR else { continue }
      if line.isComplaintAboutBAR {
        complaints[bar] = line
      } else if line.contains(": assigned") {
        complaints[bar] = nil
      }
    }
    return complaints.min { $0.key < $1.key }?.value
  }
}
