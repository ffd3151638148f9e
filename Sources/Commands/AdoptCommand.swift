package import ArgumentParser
import Agent
import HostInterface
import Model

package struct AdoptCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "adopt",
    abstract: "Let a new card take the place of a saved one that was replaced, or of another host's.",
    discussion: "Changes what is saved, not the card: run restore afterwards.")

  @Argument(
    help: ArgumentHelp(
      "The saved PF; with --from-other-host all of them if left out.", valueName: "address|device|netdev|node-guid"))
  var saved: String?

  @Option(
    name: .customLong("as"),
    help: ArgumentHelp(
      "The PF that takes its place; the one in its slot if left out.", valueName: "address|device|netdev"))
  var new: String?

  @Flag(help: "Take over what another host saved, as on its clone: all but who the VFs are, and Docker's networks.")
  var fromOtherHost = false

  @Flag(help: "With --from-other-host: take over GUIDs and MACs, too. That host must be gone for good.")
  var keepIdentities = false

  package init() {}

  package func validate() throws {
    guard saved != nil || fromOtherHost && new == nil else { throw ValidationError("which saved PF?") }
    guard fromOtherHost || !keepIdentities else {
      throw ValidationError("--keep-identities: only with --from-other-host")
    }
  }

  package func run(in context: Context) throws -> ExitStatus {
    guard let saved, !fromOtherHost else { return try takeOver(in: context) }
    let result = try Adoption(on: context.host).adopt(saved, as: new)
    for note in result.notes { context.console.warn(note) }
    let new = result.new.map(words) ?? ""
    context.console.print("\(new) takes over the \(result.vfs.of("VF")) of \(words(result.old)) from now on")
    context.console.print("saved as generation \(result.generation); to make the VFs, run: sriov-persist restore")
    return .done
  }

  private func takeOver(in context: Context) throws -> ExitStatus {
    let result = try Takeover(on: context.host).run(saved, as: new, keepingIdentities: keepIdentities)
    for note in result.notes { context.console.warn(note) }
    for one in result.taken {
      context.console.print(
        "\(words(one.new)) gets the \(one.vfs.of("VF")) of \(words(one.old)) of the host \(result.savedOn)")
    }
    context.console.print("saved as generation \(result.generation); to make the VFs, run: sriov-persist restore")
    return .done
  }

  /// Both may have the same address and name.
  private func words(_ pf: PhysicalFunction) -> String {
    "\(pf), node GUID \(pf.nodeGUID?.description ?? "unknown"),"
  }
}
