package import ArgumentParser
import Agent
import HostInterface
import Model

package struct AdoptCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "adopt", abstract: "Let a new card take the place of a saved one that was replaced.",
    discussion: "Changes what is saved, not the card: run restore afterwards.")

  @Argument(help: ArgumentHelp("The saved PF.", valueName: "address|device|netdev|node-guid"))
  var saved: String

  @Option(
    name: .customLong("as"),
    help: ArgumentHelp(
      "The PF that takes its place; the one in its slot if left out.", valueName: "address|device|netdev"))
  var new: String?

  package init() {}

  package func run(in context: Context) throws -> ExitStatus {
    let result = try Adoption(on: context.host).adopt(saved, as: new)
    for note in result.notes { context.console.warn(note) }
    let new = result.new.map(words) ?? ""
    context.console.print("\(new) takes over the \(result.vfs.of("VF")) of \(words(result.old)) from now on")
    context.console.print("saved as generation \(result.generation); to make the VFs, run: sriov-persist restore")
    return .done
  }

  /// Both may have the same address and name.
  private func words(_ pf: PhysicalFunction) -> String {
    "\(pf), node GUID \(pf.nodeGUID?.description ?? "unknown"),"
  }
}
