package import ArgumentParser
import Agent
import HostInterface
import Model

package struct WaitCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "wait", abstract: "Wait until everything that is saved is in place.",
    discussion: "Writes nothing. Ends with 69 when the time is over, and tells what is missing and why.")

  @Option(help: ArgumentHelp("How long to wait.", valueName: "seconds"))
  var timeout = 300

  @Flag(help: "Only for the VFs of the PFs that Docker's networks are on; Docker is not asked.")
  var vfs = false

  @OptionGroup var requester: Requester

  package init() {}

  package func validate() throws {
    guard (0...86_400).contains(timeout) else { throw ValidationError("--timeout takes 0 to 86400 seconds") }
  }

  package func run(in context: Context) throws -> ExitStatus {
    if requester.isUnattended, context.restoresNothing() { return .done }
    do {
      let words = try Gate(vfs ? .vfsOfNetworks : .everything, on: context.host).pass(within: .seconds(timeout))
      context.announceReady(words)
      return .done
    } catch let failure as Failure where failure.kind == .notSaved && requester.isUnattended {
      context.announceNothingToDo(failure.message)
      return .done
    }
  }
}
