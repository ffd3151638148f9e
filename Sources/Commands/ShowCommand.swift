package import ArgumentParser
import Agent
import FoundationEssentials
import HostInterface
import Model
import Storage

package struct ShowCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show what is saved.")

  @Option(help: "This generation; the newest readable one if left out.")
  var generation: Int?

  @Flag(help: "Print JSON: the generation's number and its snapshot.")
  var json = false

  package init() {}

  package func run(in context: Context) throws -> ExitStatus {
    let loaded = try LoadedGeneration(GenerationStore(context.host.disk), number: generation)
    let console = context.console
    for warning in loaded.warnings { console.warn(warning) }
    let snapshot = loaded.generation.snapshot
    if json {
      try console.print(Document(generation: loaded.generation.number, snapshot: snapshot))
      return .done
    }
    console.print(
      "generation \(loaded.generation.number), saved \(snapshot.savedAt.formatted(.iso8601)) on \(snapshot.host)"
        + (snapshot.isOfOtherMachine(than: context.host) ? ", another host than this one" : ""))
    for adapter in snapshot.adapters {
      console.print("")
      for line in adapter.lines { console.print(line) }
    }
    if let table = snapshot.networkTable {
      console.print("")
      for line in table.lines() { console.print(line) }
    }
    return .done
  }

  private struct Document: Encodable {
    let version = 1
    let generation: Int
    let snapshot: Snapshot
  }
}

extension Snapshot {
  fileprivate func isOfOtherMachine(than host: Host) -> Bool {
    if let machineID, let mine = host.machineID { machineID != mine } else { false }
  }
}

extension Adapter {
  fileprivate var lines: [StyledText] {
    let facts = [
      pf.linkLayer?.rawValue, pf.netdev, pf.nodeGUID.map { "node GUID \($0)" }, pf.macAddress.map { "MAC \($0)" },
      pf.boardID.map { "board \($0)" },
      "autoprobe \(driversAutoprobe ? "on" : "off")", eswitchMode.map { "eswitch \($0.rawValue)" },
    ].compactMap(\.self)
    guard !vfs.isEmpty else { return ["\(pf): no VFs", "  \(facts.joined(separator: ", "))"] }
    let attributes = VFAttribute.all(on: pf.linkLayer)
    var table = Table(header: ["VF"] + attributes.map { $0.name.uppercased() } + ["DRIVER"])
    for vf in vfs {
      let values = attributes.map { vf.attributes[$0]?.description ?? "unset" }
      table.add([String(vf.index)] + values + [vf.driver ?? "none"])
    }
    return ["\(pf): \(vfs.count.of("VF"))", "  \(facts.joined(separator: ", "))"] + table.lines(indentation: "  ")
  }
}
