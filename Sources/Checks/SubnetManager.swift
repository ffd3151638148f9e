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
    let openSMs = OpenSM.all(on: survey.host)
    let found = pfs.map { virtualisation(on: $0, port: $1, survey.host) }
    let isServed = found.contains { $0.verdict == .ok }
    return openSMs.map { $0.virtualisation(isServed: isServed) } + found
      + openSMPorts(pfs.compactMap(\.port.guid), isRunning: !openSMs.isEmpty, survey.host)
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
      remedy: port.state == .active
        ? "give the VFs what they lack, then check again; where the subnet manager runs: \(OpenSM.remedy)"
        : "see: port; where the subnet manager runs: \(OpenSM.remedy)")
  }

  /// Nothing to say where there is no OpenSM of the kind that takes every port.
  private static func openSMPorts(_ guids: [GUID], isRunning: Bool, _ host: Host) -> [Finding] {
    if let remark = LocalOpenSM.remark(pfPorts: guids, on: host.disk) {
      return [ID.openSMPorts.warning(nil, remark.seen, remedy: remark.remedy)]
    }
    return !isRunning ? [] : [ID.openSMPorts.ok(nil, "OpenSM is not told to take every port")]
  }
}

/// An OpenSM, or UFM's, that runs on this host.
private struct OpenSM {
  private let disk: any Disk
  /// Whose settings it has.
  private let path: FilePath

  /// Debian's OpenSM knows nothing of virtual ports, whatever its settings say.
  private static let kind = "MLNX_OFED's or UFM's OpenSM knows virtual ports, Debian's does not"
  static let remedy = "set virt_enabled 2 in opensm.conf, then run: systemctl restart opensm; \(kind)"

  /// One for each settings file that the running processes have.
  static func all(on host: Host) -> [OpenSM] {
    let processes = ((try? host.files.list("/proc")) ?? []).filter { Int($0) != nil }.map { FilePath("/proc/\($0)") }
    let own = processes.filter { (try? host.files.readLine($0.appending("comm"))) == "opensm" }
    return Set(own.map { settings(of: $0, on: host) }).sorted { $0.string < $1.string }
      .map { OpenSM(disk: host.disk, path: $0) }
  }

  /// The file that an option names, as UFM's and RHEL's units do with several (host-setup.md, row 5), or the default.
  private static func settings(of process: FilePath, on host: Host) -> FilePath {
    let words = ((try? host.files.read(process.appending("cmdline"))) ?? "").split(separator: "\0")
    if let path = optionValue(in: words) {
      let folder = path.isAbsolute ? nil : try? host.files.link(process.appending("cwd"))
      return folder?.pushing(path) ?? path
    }
    // Where it was built to look: upstream, Debian and MLNX_OFED in the first, RHEL in the second.
    let defaults: [FilePath] = ["/etc/opensm/opensm.conf", "/etc/rdma/opensm.conf"]
    return defaults.first { isThere($0, on: host.disk) } ?? defaults[0]
  }

  private static func isThere(_ path: FilePath, on disk: any Disk) -> Bool {
    do throws(FileError) {
      _ = try disk.read(path)
      return true
    } catch {
      return !error.isAbsence
    }
  }

  /// `-F FILE`, `-FFILE`, `--config FILE`, `--config=FILE`; the last one counts.
  private static func optionValue(in words: [Substring]) -> FilePath? {
    let values = words.indices.compactMap { index -> Substring? in
      let word = words[index]
      if word == "-F" || word == "--config" { return words.dropFirst(index + 1).first }
      return ["--config=", "-F"].first { word.hasPrefix($0) }.map { word.dropFirst($0.count) }
    }
    return values.last.map { FilePath(String($0)) }
  }

  /// - Parameter isServed: Whether VFs' ports here are active, whatever the file says.
  func virtualisation(isServed: Bool) -> Finding {
    let id = Finding.ID.virtEnabled
    let remedy = "set virt_enabled 2 there, then run: systemctl restart opensm; \(Self.kind)"
    do throws(FileError) {
      switch Self.value(in: try disk.read(path).contents) {
      case "2" where isServed: return id.ok(nil, "virt_enabled 2 in \(path)")
      case "2":
        let seen = "virt_enabled 2 in \(path), and no VF's port is active yet"
        return id.unknown(nil, seen, remedy: "once VFs are there, check again: \(Self.kind)")
      case let value? where isServed:
        let seen = "virt_enabled \(value) in \(path), and yet VFs' ports are active: its next start may end that"
        return id.warning(nil, seen, remedy: remedy)
      case let value?:
        return id.problem(nil, "virt_enabled \(value) in \(path): VFs' ports are not served", remedy: remedy)
      case nil:
        let seen = "no virt_enabled in \(path): its default differs from release to release"
        return id.warning(nil, seen, remedy: remedy)
      }
    } catch let error where error.isAbsence {
      return id.warning(
        nil, "an OpenSM runs here without \(path): its defaults differ from release to release",
        remedy: "run: opensm -c \(path); then \(Self.remedy)")
    } catch {
      return id.unknown(nil, "an OpenSM runs here: \(error)", remedy: "run it as root")
    }
  }

  /// `virt_enabled 2`; the last one counts.
  private static func value(in settings: String) -> String? {
    let lines = settings.split(whereSeparator: \.isNewline).map { $0.split(whereSeparator: \.isWhitespace) }
    guard let line = lines.last(where: { $0.count > 1 && $0[0] == "virt_enabled" }) else { return nil }
    return String(line[1])
  }
}
