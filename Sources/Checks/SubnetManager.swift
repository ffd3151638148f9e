import Fabric
import HostInterface
import Model
import SystemPackage

/// Whether the subnet manager, here or elsewhere, serves VFs' ports; and an OpenSM here keeps off them.
extension Finding {
  static func subnetManager(_ survey: Survey) -> [Finding] {
    let pfs = survey.pfs.compactMap { pf -> (pf: SurveyedPF, port: Port)? in
      guard case .port(let port) = pf.port, port.linkLayer == .infiniBand else { return nil }
      return (pf, port)
    }
    guard !pfs.isEmpty else { return [] }
    let openSM = OpenSM(on: survey.host)
    return (openSM?.virtualisation ?? [])
      + pfs.map { virtualisation(on: $0, port: $1, survey.host) }
      + openSMPorts(pfs.compactMap(\.port.guid), openSM, survey.host)
  }

  /// Told by what the VFs' ports are: the subnet manager is usually on another host.
  private static func virtualisation(on pf: SurveyedPF, port: Port, _ host: Host) -> Finding {
    let id = ID.virtEnabled
    let manager = port.smLID == 0 ? "no subnet manager is seen" : "subnet manager at LID \(port.smLID)"
    guard case .success(let observation) = pf.observation else {
      return id.unknown(pf.address, "the VFs cannot be read", remedy: "see: vf-count")
    }
    let ports = VFPorts(of: observation, files: host.files).virtualPorts(pfPort: port)
    if !ports.lacking.isEmpty {
      return id.problem(
        pf.address, "\(ports.lacking.asVFs): not active, though the PF's port is: \(manager)",
        remedy: "on its host: \(OpenSM.remedy)")
    }
    guard ports.active.isEmpty else {
      return id.ok(pf.address, "\(ports.active.asVFs): active; \(manager)")
    }
    return id.unknown(
      pf.address, "no VF's port tells yet whether virtual ports are served: \(manager)",
      remedy: "give the VFs what they lack, then check again; where the subnet manager runs: \(OpenSM.remedy)")
  }

  /// Nothing to say where there is no OpenSM of the kind that takes every port.
  private static func openSMPorts(_ guids: [GUID], _ openSM: OpenSM?, _ host: Host) -> [Finding] {
    if let remark = LocalOpenSM.remark(pfPorts: guids, on: host.disk) {
      let parts = remark.split(separator: "; ", maxSplits: 1)
      return [ID.openSMPorts.warning(nil, String(parts[0]), remedy: parts.count > 1 ? String(parts[1]) : remark)]
    }
    return openSM == nil ? [] : [ID.openSMPorts.ok(nil, "OpenSM is not told to take every port")]
  }
}

/// An OpenSM, or UFM's, that runs on this host.
private struct OpenSM {
  private let disk: any Disk

  static let remedy = "set virt_enabled 2 in opensm.conf, then run: systemctl restart opensm"

  /// MLNX_OFED's and UFM's (host-setup.md, row 5).
  private static let files: [FilePath] = [
    "/etc/opensm/opensm.conf", "/opt/ufm/files/conf/opensm/opensm.conf",
  ]

  /// Nil where no such process is to be seen.
  init?(on host: Host) {
    let processes = ((try? host.files.list("/proc")) ?? []).filter { Int($0) != nil }
    guard processes.contains(where: { (try? host.files.readLine(FilePath("/proc/\($0)/comm"))) == "opensm" }) else {
      return nil
    }
    disk = host.disk
  }

  /// One finding for each file there is.
  var virtualisation: [Finding] {
    let id = Finding.ID.virtEnabled
    let findings = Self.files.compactMap { path -> Finding? in
      do throws(FileError) {
        let value = Self.value(in: try disk.read(path).contents)
        if value == "2" { return id.ok(nil, "virt_enabled 2 in \(path)") }
        return id.problem(
          nil, value.map { "virt_enabled \($0) in \(path): VFs' ports are not served" } ?? "no virt_enabled in \(path)",
          remedy: "set virt_enabled 2 there, then run: systemctl restart opensm")
      } catch let error where error.isAbsence {
        return nil
      } catch {
        return id.unknown(nil, "an OpenSM runs here: \(error)", remedy: "run it as root")
      }
    }
    guard findings.isEmpty else { return findings }
    return [
      id.warning(
        nil, "an OpenSM runs here without an opensm.conf: its defaults differ from release to release",
        remedy: "run: opensm -c \(Self.files[0]); then \(Self.remedy)")
    ]
  }

  /// `virt_enabled 2`; the last one counts.
  private static func value(in settings: String) -> String? {
    let lines = settings.split(whereSeparator: \.isNewline).map { $0.split(whereSeparator: \.isWhitespace) }
    guard let line = lines.last(where: { $0.count > 1 && $0[0] == "virt_enabled" }) else { return nil }
    return String(line[1])
  }
}
