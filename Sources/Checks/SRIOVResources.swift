import HostInterface
import Model
import SystemPackage

/// Whether the BIOS left room for VFs: memory (MMIO) and bus numbers. Only making VFs proves it; what the kernel found
/// missing is in its log (mlx5.md 12).
extension Finding {
  static func sriovResources(_ survey: Survey) -> [Finding] {
    var log: Result<[Substring], KernelLogError>?
    return survey.pfs.flatMap { pf in
      pf.vfs(.sriovResources) { found in
        if found.vfCount > 0 { return [ID.sriovResources.ok(pf.address, "\(found.vfCount.of("VF")) fit")] }
        let known = log ?? kernelLog(survey.host)
        log = known
        return [withoutVFs(pf.address, known)]
      }
    }
  }

  private static func withoutVFs(_ pf: PCIAddress, _ log: Result<[Substring], KernelLogError>) -> Finding {
    let id = ID.sriovResources
    switch log {
    case .failure(let error):
      return id.unknown(
        pf, "no VF is there, and the kernel's log cannot be read: \(error.words)", remedy: "run it as root")
    case .success(let lines):
      guard let complaint = lines.last(where: { isComplaint($0, about: pf) }) else {
        return id.ok(pf, "the kernel's log has no complaint about memory or bus numbers")
      }
      return id.problem(
        pf, "the BIOS left too little: \(complaint.trimmed)",
        remedy:
          "switch SR-IOV and \"above 4G decoding\" on in the BIOS; or add pci=realloc to the kernel command line; "
          + "or allow fewer VFs (NUM_OF_VFS), which shrinks what they need")
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

  /// The kernel's words, old and new: drivers/pci/iov.c, setup-res.c.
  private static func isComplaint(_ line: Substring, about pf: PCIAddress) -> Bool {
    guard line.contains("\(pf): ") else { return false }
    let isAboutVFs =
      line.contains("VF BAR") || (7...12).contains { line.contains("BAR \($0): ") || line.contains("BAR \($0) [") }
    return ["not enough MMIO resources for SR-IOV", "IOV BARS not allocated", "bus number out of range"]
      .contains { line.contains($0) } || line.contains("can't enable") && line.contains("VFs")
      || isAboutVFs && ["no space for", "failed to assign", "can't assign"].contains { line.contains($0) }
  }
}
