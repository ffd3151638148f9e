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

  /// Whether the first CPU says that it is not a real one.
  static func isInVirtualMachine(_ files: any FileTree) -> Bool {
    flags((try? files.read(file)) ?? "").contains("hypervisor")
  }

  fileprivate static func flags(_ information: String) -> [Substring] {
    (value("flags", in: information) ?? "").split(separator: " ")
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
  /// VT-x or AMD-V, which containers do without. Where the BIOS has it off, newer kernels drop the flag and older ones do
  /// not.
  static func cpuVirtualization(_ survey: Survey) -> [Finding] {
    let id = ID.cpuVirtualization
    let information: String
    do {
      information = try survey.host.files.read(Processor.file)
    } catch {
      return [id.unknown(nil, "\(error)", remedy: "run it as root")]
    }
    let flags = Processor.flags(information)
    let (name, flag): (String, Substring)
    switch Processor(information) {
    case .intel: (name, flag) = ("VT-x", "vmx")
    case .amd: (name, flag) = ("AMD-V", "svm")
    case .other(let vendor):
      return [
        id.unknown(nil, "this CPU (\(vendor)) does not tell", remedy: "see the BIOS, if virtual machines get VFs")
      ]
    }
    if flags.contains(flag) { return [id.ok(nil, "the CPU has \(name)")] }
    return [
      id.warning(
        nil, "the CPU shows no \(name): virtual machines need it, containers do not",
        remedy: "switch on \(name) \(survey.placeOfSettings)")
    ]
  }
}
