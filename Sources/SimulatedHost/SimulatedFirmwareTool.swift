import HostInterface
package import Model
import SystemPackage

/// mstconfig, or NVIDIA's mlxconfig, which speak alike: mlx5.md 11.
package struct SimulatedFirmwareTool: Codable, Equatable, Sendable {
  package enum Mood: String, Codable, Sendable {
    case works, hangs, crashes, floods
    case isNotExecutable = "is-not-executable"
  }

  /// Of the layout, which changed in between.
  package enum Release: String, Codable, Sendable {
    /// Debian 12's.
    case v421 = "4.21"
    /// Marks what is read-only, in wider columns.
    case v425 = "4.25"
  }

  /// Where it is installed; empty where it is not.
  package var place = "/usr/bin/mlxconfig"
  /// Where another one is, too old for the card; empty where there is none.
  package var placeOfOld = ""
  package var release = Release.v421
  package var mood = Mood.works
  /// The kernel lets nobody at the card's registers (Secure Boot).
  package var isLockedOut = false

  var path: FilePath { FilePath(place) }
}

/// What one PF's firmware is to do from the next reset on.
package struct SimulatedFirmware: Codable, Equatable, Sendable {
  package var sriovEnabled = true
  package var vfs = 8
  /// Instead of `vfs`, where it is set (`PF_NUM_OF_VF_VALID`).
  package var vfsOfPF: Int?
  /// Nil for a card that speaks one thing only.
  package var linkType: LinkLayer? = .infiniBand
  /// What is said of settings instead, by their names.
  package var words: [String: String] = [:]
}

extension Machine {
  /// What a tool says of a card that it has never heard of.
  static let unsupportedDevice = ProgramResult.complaint("Unsupported device", status: 3)

  /// `-d <PCI address> q <parameter>...`
  func configureFirmware(_ arguments: [String]) -> ProgramResult {
    guard arguments.count > 3, arguments[0] == "-d", arguments[2] == "q", let address = PCIAddress(arguments[1]) else {
      return .complaint("Failed to parse arguments.", status: 3)
    }
    guard let adapter = adapters.first(where: { $0.address == address }), !firmwareTool.isLockedOut else {
      return .complaint("Failed to open the device", status: 3)
    }
    let known = adapter.firmwareParameters
    var lines: [String] = []
    for name in arguments.dropFirst(3) {
      // One that the card does not have fails the whole query.
      guard let value = known[name] else {
        return .complaint("The Device doesn't support \(name) parameter", status: 3)
      }
      lines.append(firmwareTool.release.line(name, value))
    }
    return ProgramResult(
      status: 0,
      output: """

        Device #1:
        ----------

        Device type:    ConnectX5       
        Name:           MCX556A-ECA_Ax  
        Description:    ConnectX-5 VPI adapter card; EDR IB (100Gb/s); dual-port QSFP28; NUM_OF_VFS 127; ROHS R6
        Device:         \(arguments[1])         

        Configurations:                                      Next Boot
        \(lines.joined(separator: "\n"))

        """)
  }
}

extension SimulatedAdapter {
  fileprivate var firmwareParameters: [String: String] {
    var values = [
      "SRIOV_EN": Self.text(firmware.sriovEnabled), "NUM_OF_VFS": "\(firmware.vfs)",
      "PF_NUM_OF_VF_VALID": Self.text(firmware.vfsOfPF != nil), "PF_NUM_OF_VF": "\(firmware.vfsOfPF ?? 0)",
    ]
    values["LINK_TYPE_P\(address.function + 1)"] = firmware.linkType.map { $0 == .infiniBand ? "IB(1)" : "ETH(2)" }
    return values.merging(firmware.words) { $1 }
  }

  private static func text(_ isOn: Bool) -> String { isOn ? "True(1)" : "False(0)" }
}

extension SimulatedFirmwareTool.Release {
  /// A prefix of nine columns, then the name and the value, filled up with blanks.
  fileprivate func line(_ name: String, _ value: String) -> String {
    switch self {
    case .v421: "         " + name.filled(36) + value.filled(16)
    case .v425: (name == "NUM_OF_VFS" ? "  RO     " : "*        ") + name.filled(48) + value.filled(20)
    }
  }
}

extension String {
  fileprivate func filled(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension ProgramResult {
  /// Told on standard output.
  fileprivate static func complaint(_ words: String, status: Int32) -> ProgramResult {
    ProgramResult(status: status, output: "\n-E- \(words)\n")
  }
}
