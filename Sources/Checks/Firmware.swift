import HostInterface
import Mlx5
import Model
import SystemPackage

/// SR-IOV in the card's firmware: as it is now, which the kernel tells, and from the next boot on, which only the
/// firmware tool does.
extension Finding {
  static func firmware(_ survey: Survey) -> [Finding] {
    let pfs = survey.pfs.map { FirmwareOfPF($0) } + survey.withoutSRIOV.map { FirmwareOfPF(withoutSRIOV: $0) }
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
      findings += [pf.tool(answer), pf.sriov(next), pf.vfs(next), pf.linkType(next)].compactMap(\.self)
    }
    return findings
  }
}

/// What the firmware is set to from the next boot on.
private struct NextBoot {
  let tool: String
  let hasSRIOV: Bool?
  let vfs: Int?
  /// The setting that tells it.
  let nameOfVFs: String
  /// Its own word, which may be none that is known here; nil where the card has no such setting.
  let linkType: String?
  let linkLayer: LinkLayer?

  init(of pf: FirmwareOfPF, _ tool: FirmwareTool) throws(FirmwareTool.Failure) {
    let (path, counts) = try tool.query(pf.address, ["SRIOV_EN", "NUM_OF_VFS"])
    self.tool = path.lastComponent?.string ?? "mstconfig"
    hasSRIOV = counts.flag("SRIOV_EN")
    // Not every card has these two and the next; one that is missing fails the whole query.
    let own = try Self.ifKnown(tool, pf.address, ["PF_NUM_OF_VF_VALID", "PF_NUM_OF_VF"])
    let hasOwn = own?.flag("PF_NUM_OF_VF_VALID") == true
    nameOfVFs = hasOwn ? "PF_NUM_OF_VF" : "NUM_OF_VFS"
    vfs = (hasOwn ? own : counts)?.number(nameOfVFs)
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

  func sriov(_ next: NextBoot?) -> Finding {
    let id = Finding.ID.firmwareSRIOV
    let wanted = max(vfCount, 4)
    switch (hasSRIOV, next?.hasSRIOV) {
    case (true, false?):
      return id.problem(address, "on now, and off from the next boot on", remedy: command(next, "SRIOV_EN=1"))
    case (true, let next): return id.ok(address, next == nil ? "on" : "on, and from the next boot on")
    case (false, true?) where next?.vfs != 0:
      return id.problem(
        address, "off; switched on from the next boot on",
        remedy: "reboot; if that does not do, switch the machine off and on")
    case (false, _):
      return id.problem(
        address, "off", remedy: command(next, "SRIOV_EN=1 \(next?.nameOfVFs ?? "NUM_OF_VFS")=\(wanted)"))
    }
  }

  func vfs(_ next: NextBoot?) -> Finding? {
    let id = Finding.ID.firmwareVFs
    guard hasSRIOV else { return nil }
    guard let totalVFs else {
      return id.unknown(address, "how many it allows now cannot be read", remedy: "see: vf-count")
    }
    guard let vfs = next?.vfs, vfs != totalVFs else { return id.ok(address, "allows \(totalVFs.of("VF"))") }
    let words = "allows \(totalVFs.of("VF")) now, and \(vfs) from the next boot on"
    guard vfs < vfCount else { return id.ok(address, words) }
    return id.problem(
      address, "\(words): there are \(vfCount) now",
      remedy: command(next, "\(next?.nameOfVFs ?? "NUM_OF_VFS")=\(vfCount)"))
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
