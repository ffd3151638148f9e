import HostInterface
import Mlx5
import Model
import SystemPackage

/// SR-IOV in the card's firmware: as it is now, which the kernel tells, and from the next boot on, which only the
/// firmware tool does.
extension Finding {
  static func firmware(_ survey: Survey) -> [Finding] {
    let pfs = survey.pfs.map { FirmwareOfPF($0) } + survey.withoutSRIOV.map { FirmwareOfPF(withoutSRIOV: $0) }
    let isInVirtualMachine = Processor.isInVirtualMachine(survey.host.files)
    var known: FirmwareTool.Failure?
    var findings: [Finding] = []
    for pf in pfs {
      let answer: Result<NextBoot, FirmwareTool.Failure>?
      if !survey.host.isPrivileged {
        answer = nil
      } else if let known {
        answer = .failure(known)
      } else {
        answer = Result { () throws(FirmwareTool.Failure) in try NextBoot(of: pf, FirmwareTool(host: survey.host)) }
      }
      if case .failure(let failure)? = answer, failure.isTiresome { known = failure }
      let next = try? answer?.get()
      findings += [
        pf.tool(answer), pf.sriov(next, isInVirtualMachine: isInVirtualMachine), pf.vfs(next), pf.linkType(next),
      ].compactMap(\.self)
    }
    return findings
  }
}

/// What the firmware is set to from the next boot on.
private struct NextBoot {
  let tool: String
  /// Nil where its own word is none that is known here.
  let hasSRIOV: Bool?
  /// As `hasSRIOV`.
  let vfs: Int?
  /// The setting that tells it.
  let nameOfVFs: String
  /// Its own word, which may be none that is known here; nil where the card has no such setting.
  let linkType: String?
  let linkLayer: LinkLayer?

  init(of pf: FirmwareOfPF, _ tool: FirmwareTool) throws(FirmwareTool.Failure) {
    let (path, counts) = try tool.query(pf.address, ["SRIOV_EN", "NUM_OF_VFS"])
    // A shell finds it by its name only there.
    self.tool = path.starts(with: "/usr") ? path.lastComponent?.string ?? path.string : path.string
    hasSRIOV = counts.flag("SRIOV_EN")
    // Not every card has these two and the next; one that is missing fails the whole query.
    let own = try Self.ifKnown(tool, pf.address, ["PF_NUM_OF_VF_VALID", "PF_NUM_OF_VF"])
    let isOwnValid = own.map { $0.flag("PF_NUM_OF_VF_VALID") } ?? false
    nameOfVFs = isOwnValid == false ? "NUM_OF_VFS" : "PF_NUM_OF_VF"
    vfs = isOwnValid.flatMap { ($0 ? own : counts)?.number($0 ? "PF_NUM_OF_VF" : "NUM_OF_VFS") }
    let settings = try Self.ifKnown(tool, pf.address, [pf.nameOfLinkType])
    linkType = settings?[pf.nameOfLinkType]
    linkLayer = settings?.linkLayer(pf.nameOfLinkType)
  }

  /// Nil where the tool refuses: it has just answered about the same card.
  private static func ifKnown(
    _ tool: FirmwareTool, _ pf: PCIAddress, _ names: [String]
  ) throws(FirmwareTool.Failure) -> FirmwareSettings? {
    do throws(FirmwareTool.Failure) {
      return try tool.query(pf, names).settings
    } catch {
      guard case .refusal = error else { throw error }
      return nil
    }
  }
}

private struct FirmwareOfPF {
  let address: PCIAddress
  let hasSRIOV: Bool
  /// What it allows now; nil where that cannot be read.
  let totalVFs: Int?
  let vfCount: Int
  let linkLayer: LinkLayer?

  init(_ surveyed: SurveyedPF) {
    address = surveyed.address
    hasSRIOV = true
    totalVFs = (try? surveyed.observation.get())?.totalVFs
    vfCount = surveyed.vfCount
    linkLayer = surveyed.pf.linkLayer
  }

  init(withoutSRIOV address: PCIAddress) {
    self.address = address
    (hasSRIOV, totalVFs, vfCount, linkLayer) = (false, nil, 0, nil)
  }

  var nameOfLinkType: String { "LINK_TYPE_P\(address.function + 1)" }

  private func command(_ next: NextBoot?, _ settings: String) -> String {
    "run: \(next?.tool ?? "mstconfig") -d \(address.short) set \(settings), then reboot"
  }

  func tool(_ answer: Result<NextBoot, FirmwareTool.Failure>?) -> Finding {
    let id = Finding.ID.firmwareTool
    switch answer {
    case nil:
      return id.unknown(
        address, "only root may ask the firmware what it does from the next boot on", remedy: "run it with sudo")
    case .success(let next)?: return id.ok(address, "\(next.tool) answers")
    case .failure(.notInstalled)?:
      return id.unknown(
        address, "what the firmware does from the next boot on cannot be told: \(FirmwareTool.Failure.notInstalled)",
        remedy: "install the package mstflint; or NVIDIA's MFT, as MLNX_OFED does")
    case .failure(let failure)?:
      return id.unknown(
        address, "what the firmware does from the next boot on cannot be told: \(failure)",
        remedy: "see for yourself: mstconfig -d \(address.short) q; with Secure Boot the kernel may forbid it")
    }
  }

  func sriov(_ next: NextBoot?, isInVirtualMachine: Bool) -> Finding {
    let id = Finding.ID.firmwareSRIOV
    switch (hasSRIOV, next?.hasSRIOV) {
    case (true, false?):
      return id.problem(address, "on now, and off from the next boot on", remedy: command(next, "SRIOV_EN=1"))
    case (true, true?): return id.ok(address, "on, and from the next boot on")
    case (true, nil): return next.map { unclear(id, "on now", "SRIOV_EN", $0) } ?? id.ok(address, "on")
    // Whatever the firmware is set to: who runs the machine has hidden it.
    case (false, _) where isInVirtualMachine:
      return id.problem(
        address, "none in this virtual machine",
        remedy: "make the VFs on the host of this virtual machine, and give it those")
    case (false, true?) where next?.vfs != 0:
      return id.problem(
        address, "off; switched on from the next boot on",
        remedy: "reboot; if that does not do, switch the machine off and on")
    case (false, _): return id.problem(address, "off", remedy: command(next, "SRIOV_EN=1 \(enoughVFs(next))"))
    }
  }

  private func enoughVFs(_ next: NextBoot?) -> String {
    "\(next?.nameOfVFs ?? "NUM_OF_VFS")=\(vfCount == 0 ? 4 : vfCount)"
  }

  private func unclear(_ id: Finding.ID, _ now: String, _ name: String, _ next: NextBoot) -> Finding {
    id.unknown(
      address, "\(now); what the firmware tool says of the next boot cannot be understood",
      remedy: "see for yourself: \(next.tool) -d \(address.short) q \(name)")
  }

  func vfs(_ next: NextBoot?) -> Finding? {
    let id = Finding.ID.firmwareVFs
    guard hasSRIOV else { return nil }
    guard let totalVFs else {
      return id.unknown(address, "how many it allows now cannot be read", remedy: "see: vf-count")
    }
    let now = "allows \(totalVFs.of("VF"))"
    guard let next else { return id.ok(address, now) }
    guard let vfs = next.vfs else { return unclear(id, now, next.nameOfVFs, next) }
    if vfs == totalVFs { return id.ok(address, now) }
    let words = "\(now) now, and \(vfs) from the next boot on"
    guard vfs < max(vfCount, 1) else { return id.ok(address, words) }
    return id.problem(
      address, vfCount == 0 ? words : "\(words): there are \(vfCount) now", remedy: command(next, enoughVFs(next)))
  }

  func linkType(_ next: NextBoot?) -> Finding? {
    let id = Finding.ID.firmwareLinkType
    guard let next else { return nil }
    guard let word = next.linkType else { return id.ok(address, "the card has no choice") }
    guard let set = next.linkLayer else {
      return id.unknown(
        address, "\(word) from the next boot on, which is neither InfiniBand nor Ethernet",
        remedy: "see for yourself: \(next.tool) -d \(address.short) q \(nameOfLinkType)")
    }
    guard let linkLayer, set != linkLayer else { return id.ok(address, set.rawValue) }
    let number = linkLayer == .infiniBand ? 1 : 2
    return id.warning(
      address, "\(linkLayer.rawValue) now, and \(set.rawValue) from the next boot on",
      remedy: "if that is a mistake, \(command(next, "\(nameOfLinkType)=\(number)"))")
  }
}
