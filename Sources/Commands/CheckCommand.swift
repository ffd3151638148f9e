package import ArgumentParser
import Checks
import HostInterface
import Model
import Storage

package struct CheckCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Tell whether this host is set up for VFs, and what to do about what is not.",
    discussion: """
      Changes nothing, and can be asked before anything is saved. Ends with 0 when there is no problem, 1 when there is \
      one, 66 without an mlx5 adapter, 69 when it cannot tell.
      """)

  @Flag(help: "Print JSON.")
  var json = false

  package init() {}

  package func run(in context: Context) throws -> ExitStatus {
    let configuration = Configuration(context.host.disk)
    let locks = Locks(context.host.disk)
    let saved = (try? GenerationStore(context.host.disk).current())?.generation?.snapshot
    let check = Check(
      of: context.host, dockerSocket: configuration.dockerSocket, saved: saved, mistakes: configuration.mistakes
    ) { try? locks.holder(ofPF: $0) }
    if json {
      try context.console.print(Document(check))
    } else {
      printFindings(of: check, on: context.console)
    }
    return check.exitStatus
  }

  private func printFindings(of check: Check, on console: Console) {
    var table = Table(header: ["VERDICT", "WHAT", "PF"])
    for finding in check.findings {
      table.add(
        StyledText(finding.verdict.rawValue, finding.verdict.colour),
        [finding.id.rawValue, finding.pf?.description ?? "-", finding.seen])
    }
    let lines = table.lines(indentation: "  ")
    var layer: Finding.Layer?
    for (finding, line) in zip(check.findings, lines.dropFirst()) {
      if finding.id.layer != layer {
        if layer != nil { console.print("") }
        console.print(finding.id.layer.rawValue)
        layer = finding.id.layer
      }
      console.print(line)
      if let remedy = finding.remedy { console.print("           remedy: \(remedy)") }
    }
    console.print("")
    console.print(check.summary)
  }

  private struct Document: Encodable {
    let version = 1
    let findings: [FindingDocument]

    struct FindingDocument: Encodable {
      let id: String
      let layer: String
      /// ok, warning, problem or unknown.
      let verdict: String
      let pf: PCIAddress?
      let seen: String
      let remedy: String?
    }

    init(_ check: Check) {
      findings = check.findings.map {
        FindingDocument(
          id: $0.id.rawValue, layer: $0.id.layer.rawValue, verdict: $0.verdict.rawValue, pf: $0.pf, seen: $0.seen,
          remedy: $0.remedy)
      }
    }
  }
}

extension Check {
  fileprivate var exitStatus: ExitStatus {
    if hasNoAdapter { return .noAdapter }
    if findings.contains(where: { $0.verdict == .problem }) { return .drift }
    return isBlind ? .unknown : .done
  }

  /// `2 problems, 1 warning, 3 unknown, 12 ok`
  fileprivate var summary: String {
    func count(_ verdict: Finding.Verdict) -> Int { findings.count { $0.verdict == verdict } }
    return [
      count(.problem).of("problem"), count(.warning).of("warning"), "\(count(.unknown)) unknown", "\(count(.ok)) ok",
    ].joined(separator: ", ")
  }
}

extension Finding.Verdict {
  fileprivate var colour: StyledText.Colour {
    switch self {
    case .ok: .green
    case .warning, .unknown: .yellow
    case .problem: .red
    }
  }
}
