import HostInterface
import Model
import SystemPackage

/// NVIDIA's program that reads and sets a card's firmware: mstconfig, or mlxconfig, which speak alike (mlx5.md 11).
struct FirmwareTool: Sendable {
  /// Why it gave no settings.
  enum Failure: Error, Hashable {
    case notInstalled
    /// Its own complaint, `-E-` left out.
    case refusal(String)
    case noResult(ProgramError)
    /// What it said makes no sense.
    case unreadable

    /// Whether it would be the same for the next PF, and cost as long.
    var isTiresome: Bool {
      if case .noResult(let error) = self { error.reason == .deadline } else { self == .notInstalled }
    }
  }

  /// In this order. Never by `$PATH`: root runs it.
  static let places: [FilePath] = [
    "/usr/bin/mstconfig", "/usr/sbin/mstconfig", "/usr/bin/mlxconfig", "/usr/sbin/mlxconfig",
    "/opt/mellanox/mstflint/bin/mstconfig", "/opt/mellanox/mft/bin/mlxconfig",
  ]

  /// For one question: about a second where all is well.
  private static let limit = Duration.seconds(20)
  private static let outputLimit = 1 << 20

  let host: Host

  /// Asks for settings by their names. One that the card does not have fails them all.
  ///
  /// - Throws: What the first tool that is there failed with, where no other does better. One that hangs ends the search.
  func query(_ pf: PCIAddress, _ names: [String]) throws(Failure) -> (tool: FilePath, settings: FirmwareSettings) {
    var first: Failure?
    for place in Self.places {
      do throws(Failure) {
        return (place, try ask(place, pf, names))
      } catch .notInstalled {
        continue
      } catch {
        if error.isTiresome { throw error }
        first = first ?? error
      }
    }
    throw first ?? .notInstalled
  }

  private func ask(_ place: FilePath, _ pf: PCIAddress, _ names: [String]) throws(Failure) -> FirmwareSettings {
    let result: ProgramResult
    do throws(ProgramError) {
      result = try host.programs.run(
        place, ["-d", pf.short, "q"] + names, outputLimit: Self.outputLimit, until: host.tasks.now() + Self.limit)
    } catch {
      throw error.reason == .notThere ? .notInstalled : .noResult(error)
    }
    if let complaint = FirmwareSettings.complaint(in: result.output) { throw .refusal(complaint) }
    let settings = FirmwareSettings(output: result.output)
    guard result.status == 0, names.allSatisfy({ settings[$0] != nil }) else { throw .unreadable }
    return settings
  }
}

extension FirmwareTool.Failure: CustomStringConvertible {
  var description: String {
    switch self {
    case .notInstalled: "neither mstconfig nor mlxconfig is installed"
    case .refusal(let complaint): complaint
    case .noResult(let error): "\(error)"
    case .unreadable: "what the firmware tool says cannot be understood"
    }
  }
}

/// Settings from the next reset of the firmware on, by their names.
struct FirmwareSettings: Hashable {
  private let values: [String: String]

  /// Reads what a query prints: some lines about the device, a title, then a line for each setting: marks (`*`, `RO`), the
  /// name, one value or several; the last is the one for the next boot. Columns and their widths differ from release to
  /// release. The first of a name counts.
  init(output: String) {
    var values: [String: String] = [:]
    let lines = output.split(whereSeparator: \.isNewline)
    for line in lines.drop(while: { !$0.trimmed.hasPrefix("Configurations:") }).dropFirst() {
      var words = line.split(whereSeparator: \.isWhitespace)[...]
      while let mark = words.first, ["*", "RO", "*RO"].contains(mark) { words = words.dropFirst() }
      guard words.count > 1, let name = words.first, let value = words.last else { continue }
      let key = name.hasPrefix("*") ? name.dropFirst() : name
      if values[String(key)] == nil { values[String(key)] = String(value) }
    }
    self.values = values
  }

  subscript(name: String) -> String? { values[name] }

  /// `True(1)`, `False(0)`; nil for anything else.
  func flag(_ name: String) -> Bool? {
    switch values[name] {
    case "True(1)", "1": true
    case "False(0)", "0": false
    default: nil
    }
  }

  func number(_ name: String) -> Int? { values[name].flatMap { UInt16($0) }.map(Int.init) }

  /// `IB(1)`, `ETH(2)`.
  func linkLayer(_ name: String) -> LinkLayer? {
    switch values[name] {
    case "IB(1)", "1": .infiniBand
    case "ETH(2)", "2": .ethernet
    default: nil
    }
  }

  /// What it complains of, which it does on standard output.
  static func complaint(in output: String) -> String? {
    output.split(whereSeparator: \.isNewline).first { $0.trimmed.hasPrefix("-E-") }
      .map { $0.trimmed.dropFirst("-E-".count).trimmed }
  }
}
