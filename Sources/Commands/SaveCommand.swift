package import ArgumentParser
import Agent
package import Model
import SystemPackage

package struct SaveCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "save", abstract: "Write down the VFs that this host has now, and Docker's networks on them.")

  @Option(name: .customLong("pf"), help: ArgumentHelp("Only this PF (repeatable).", valueName: "address|device|netdev"))
  var pfs: [String] = []

  @Flag(help: "Save although VFs are fewer than saved before, or the last restore failed.")
  var acceptLoss = false

  @Flag(
    name: .customLong("generate-guids"),
    help: "Save GUIDs made from the PF's own for VFs that have none, or invalid ones; a restore then sets them.")
  var generateGUIDs = false

  @Flag(name: .customLong("no-docker"), help: "Do not ask Docker; its networks stay as they were saved.")
  var leavesDockerOut = false

  @Option(
    name: .customLong("start"),
    help: ArgumentHelp("Let a restore start this one, whatever its policy (repeatable).", valueName: "container"))
  var started: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  package init() {}

  package var onlyPF: PCIAddress? { pfs.onlyPF }

  package func validate() throws {
    guard started.isEmpty || !leavesDockerOut else { throw ValidationError("--start: not with --no-docker") }
  }

  package func run(in context: Context) throws -> ExitStatus {
    let mistakes = context.recordConfiguration()
    let result = try Save(on: context.host).run(
      pfs, acceptLoss: acceptLoss, generateGUIDs: generateGUIDs, withDocker: !leavesDockerOut, started: started)
    for warning in result.warnings { context.console.warn(warning) }
    if json {
      try context.console.print(Document(result, mistakes))
    } else {
      let adapters = result.snapshot.adapters.filter { result.looked.contains($0.pf.pciAddress) }
      for line in table(of: adapters).lines() { context.console.print(line) }
      for line in result.snapshot.networkTable?.lines() ?? [] { context.console.print(line) }
      let verb = result.isUnchanged ? "nothing changed since" : "saved as"
      context.console.print("\(verb) generation \(result.generation): \(result.path)")
      if result.generatedGUIDs.count > 0 {
        let count = result.generatedGUIDs.replacing
        let replacing = count > 0 ? ", \(count) of them in place of such that no VF may have" : ""
        context.console.print(
          "\(result.generatedGUIDs.count.of("GUID")) generated\(replacing), which the VFs do not have yet; "
            + "run: sriov-persist restore")
      }
    }
    return .done
  }

  private func table(of adapters: [Adapter]) -> Table {
    let identities = VFAttribute.identity.filter { identity in
      adapters.isEmpty || adapters.contains { VFAttribute.all(on: $0.pf.linkLayer).contains(identity) }
    }
    var table = Table(header: ["PF", "VFS", "POLICY"] + identities.map { "\($0.name.uppercased())S" } + ["AUTOPROBE"])
    for adapter in adapters {
      table.add(
        [
          adapter.pf.description, String(adapter.vfs.count),
          adapter.vfs.compactMap { $0.attributes[.policy]?.description }.counted,
        ]
          + identities.map(adapter.howManyHave) + [adapter.driversAutoprobe ? "on" : "off"])
    }
    return table
  }

  private struct Document: Encodable {
    let version = 1
    let generation: Int
    let path: String
    let unchanged: Bool
    let generatedGuids: Int
    let replacedGuids: Int
    let adapters: [Adapter]
    let networks: [ContainerNetwork]
    let containers: [NetworkContainer]
    let plugin: NetworkPlugin?
    let warnings: [String]

    init(_ result: Save.Result, _ mistakes: [String]) {
      generation = result.generation
      path = result.path.string
      unchanged = result.isUnchanged
      generatedGuids = result.generatedGUIDs.count
      replacedGuids = result.generatedGUIDs.replacing
      adapters = result.snapshot.adapters
      networks = result.snapshot.networks ?? []
      containers = result.snapshot.containers ?? []
      plugin = result.snapshot.plugin
      warnings = mistakes + result.warnings
    }
  }
}

extension Adapter {
  fileprivate func howManyHave(_ attribute: VFAttribute) -> String {
    let set = vfs.filter { $0.attributes[attribute] != nil }.count
    return vfs.isEmpty ? "-" : set == vfs.count ? "all set" : set == 0 ? "unset" : "\(set) of \(vfs.count) set"
  }
}
