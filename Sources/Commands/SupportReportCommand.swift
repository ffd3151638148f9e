package import ArgumentParser
import FoundationEssentials
import HostInterface
import Model
import Support
import Synchronization
import SystemPackage

package struct SupportReportCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "support-report", abstract: "Pack what a report of a mistake should have into one archive.",
    discussion: """
      Changes nothing, and sends nothing. Root is not needed, and sees more. Addresses, names of hosts and people, and ids \
      are replaced consistently throughout the report.
      """)

  @Flag(help: "Keep identities as they are: addresses, serial numbers, ids, names of hosts and people.")
  var withIdentities = false

  @Option(help: ArgumentHelp("The archive; sriov-persist-report-<date>.tar.gz here if left out.", valueName: "file"))
  var output: String?

  package init() {}

  package func validate() throws {
    guard output.map({ FilePath($0).lastComponent?.kind == .regular }) ?? true else {
      throw ValidationError("--output takes the path of a file")
    }
  }

  package func run(in context: Context) throws -> ExitStatus {
    let host = context.host
    let folder = "sriov-persist-report-\(host.tasks.date().forFileName)"
    let path = FilePath(output ?? "\(folder).tar.gz")
    // From here on a signal is looked at: what is half done is cleaned up.
    host.tasks.ringOnTermination(host.tasks.makeBell())
    try host.archives.requireAbsence(of: path)
    let report = try SupportReport(
      of: host, version: SRIOVPersistCommand.configuration.version, observations: observations(on: host))
    let (parts, replaced) = withIdentities ? (report.parts, nil) : try report.redacted()
    let files = [ArchivedFile(name: "README.txt", text: readme(replaced))] + parts.map(\.file)
    try host.tasks.goOn()
    try host.archives.create(path, folder: folder, of: files, until: host.tasks.now() + .seconds(60))
    tell(of: path, files, parts, replaced, on: context.console)
    return .done
  }

  /// What the commands that only look say, and how they end.
  private func observations(on host: Host) throws -> [ReportPart] {
    var host = host
    // Neither the journal nor a manager hears of what is only looked at.
    host.journal = Nobody()
    host.notifier = Nobody()
    let commands = ["status", "check", "restore --dry-run", "history"]
    let runs = try commands.map { command in
      try host.tasks.goOn()
      let texts = Mutex((output: "", errors: ""))
      let console = Console(
        output: Console.Stream(hasColour: false) { text in texts.withLock { $0.output += text } },
        errors: Console.Stream(hasColour: false) { text in texts.withLock { $0.errors += text } })
      let status = SRIOVPersistCommand.run(
        (command + " --json").split(separator: " ").map(String.init), in: Context(host: host, console: console))
      let (output, errors) = texts.withLock(\.self)
      return (command: command, status: status, output: output, errors: errors)
    }
    let ends = runs.map { "sriov-persist \($0.command) --json: exit status \($0.status.code)\n\($0.errors)" }
    return [ReportPart("commands.txt", ends.joined())]
      + runs.filter { !$0.output.isEmpty }.map {
        ReportPart($0.command.replacing(" --", with: "-") + ".json", $0.output)
      }
  }

  private func readme(_ replaced: String?) -> String {
    """
    What `sriov-persist support-report` found on a host with mlx5 adapters.

    versions.txt                           what runs there
    commands.txt, *.json                   what sriov-persist sees, and how its commands ended
    generations/, outcomes*/, config.json  what it keeps on disk
    journal*.json, kernel.json             what it, systemd about its units, and the mlx5 driver said

    \(replaced.map(explanation) ?? "Identities are in here as they are.")

    """
  }

  private func explanation(_ replaced: String) -> String {
    """
    Identities are replaced, the same one by the same other one in all files (\(replaced)).
    A GUID became 5a:5a:5a:5a:…, in whatever notation it was, a MAC 5a:5a:5a:…, an IPv4 address one that begins with 240 or
    above and with the same octets where others do, a host host-1, a UUID or the id of a container or network 1d1d1d…, an
    e-mail address mail-1, the folder of a user /home/user-1, and what a URL has before its host xxx. What looks like an address of no known form became x's.
    Zero and all-ones are as they were. PCI addresses, and the names of devices, networks, containers and images, are kept.
    """
  }

  private func tell(
    of path: FilePath, _ files: [ArchivedFile], _ parts: [ReportPart], _ replaced: String?, on console: Console
  ) {
    var table = Table(header: ["FILE", "BYTES"])
    for file in files { table.add([file.name, String(file.text.utf8.count)]) }
    for line in table.lines() { console.print(line) }
    for part in parts { if let problem = part.problem { console.warn("\(part.name): \(problem)") } }
    if let replaced {
      console.print("replaced by stand-ins: \(replaced)")
      console.print("kept: names of networks, containers, images and devices; PCI addresses")
    } else {
      console.warn("identities are in it as they are: GUIDs, addresses, ids, names of hosts and people")
    }
    console.print("written: \(path); nothing was sent")
    console.print("look at it before you send it: tar -xzOf \(path) | less")
  }
}

/// Who is told, and keeps nothing of it.
private struct Nobody: Journal, Notifier {
  let isConnected = false

  func record(_ entry: JournalEntry) {}
  func send(_ assignments: [String]) {}
  func flush() {}
}

extension Date {
  /// `2026-11-22T17-00-00Z`: a file name with a colon is a host to some programs.
  fileprivate var forFileName: String { formatted(.iso8601).replacing(":", with: "-") }
}
