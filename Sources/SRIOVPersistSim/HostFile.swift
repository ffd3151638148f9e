import FoundationEssentials
import SimulatedHost

/// The file that a simulated host is kept in between commands: `$SRIOV_SIM_HOST`, or `simulated-host.json` here.
enum HostFile {
  private struct Content: Codable {
    var machine: Machine
    var files: [String: SimulatedDisk.File]
  }

  private static var path: String {
    ProcessInfo.processInfo.environment["SRIOV_SIM_HOST"] ?? "simulated-host.json"
  }

  /// The host of the guide where there is no file yet.
  static func load() -> Simulation {
    guard let data = FileManager.default.contents(atPath: path) else { return Simulation() }
    do {
      let content = try JSONDecoder().decode(Content.self, from: data)
      return Simulation(content.machine, files: content.files)
    } catch {
      fatalError("\(path) is no simulated host; remove it to start anew: \(error)")
    }
  }

  static func store(_ simulation: Simulation) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    do {
      let content = Content(machine: simulation.kernel.machine, files: simulation.disk.files)
      try encoder.encode(content).write(to: URL(filePath: path))
    } catch {
      fatalError("cannot write \(path): \(error)")
    }
  }
}
