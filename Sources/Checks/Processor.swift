import HostInterface
import SystemPackage

/// Which CPU the host has, as far as its settings differ.
enum Processor {
  case intel, amd
  case other(String)

  static let file: FilePath = "/proc/cpuinfo"

  init(_ information: String) {
    switch Self.value("vendor_id", in: information) {
    case "GenuineIntel"?: self = .intel
    case "AuthenticAMD"?, "HygonGenuine"?: self = .amd
    case let name: self = .other(name ?? "no x86")
    }
  }

  /// Of the first CPU.
  fileprivate static func value(_ key: String, in information: String) -> String? {
    for line in information.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":"), line[..<colon].trimmed == key else { continue }
      return line[line.index(after: colon)...].trimmed
    }
    return nil
  }
}

extension Finding {
  /// VT-x or AMD-V: the kernel drops the flag where the BIOS has it off. For containers it is of no use.
  static func cpuVirtualization(_ survey: Survey) -> [Finding] {
    let id = ID.cpuVirtualization
    let information: String
    do {
      information = try survey.host.files.read(Processor.file)
    } catch {
      return [id.unknown(nil, "\(error)", remedy: "run it as root")]
    }
    let flags = (Processor.value("flags", in: information) ?? "").split(separator: " ")
    let (name, flag): (String, Substring)
    switch Processor(information) {
    case .intel: (name, flag) = ("VT-x", "vmx")
    case .amd: (name, flag) = ("AMD-V", "svm")
    case .other(let vendor):
      return [
        id.unknown(nil, "this CPU (\(vendor)) does not tell", remedy: "see the BIOS, if virtual machines get VFs")
      ]
    }
    if flags.contains(flag) { return [id.ok(nil, "\(name) is on")] }
    let place = flags.contains("hypervisor") ? "on the host of this virtual machine" : "in the BIOS"
    return [
      id.warning(
        nil, "\(name) is off: virtual machines need it, containers do not", remedy: "switch on \(name) \(place)")
    ]
  }
}
