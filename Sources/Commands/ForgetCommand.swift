package import ArgumentParser
import Agent
import HostInterface
import Model

package struct ForgetCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "forget", abstract: "Drop a saved PF that is gone for good.")

  @Argument(help: ArgumentHelp("The saved PF.", valueName: "address|device|netdev|node-guid"))
  var saved: String

  package init() {}

  package func run(in context: Context) throws -> ExitStatus {
    let result = try Adoption(on: context.host).forget(saved)
    for note in result.notes { context.console.warn(note) }
    context.console.print("\(result.old) with \(result.vfs.of("VF")) is not saved any more")
    context.console.print("saved as generation \(result.generation)")
    return .done
  }
}
