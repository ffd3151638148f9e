package import ArgumentParser
import Agent
import HostInterface
import Model
import Planning
import Storage
import SystemPackage

package struct StatusCommand: HostCommand {
  package static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Tell how this host differs from what is saved.",
    discussion: "Ends with 0 when nothing differs, 1 when something does or a restore failed, 69 when it cannot tell.")

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Tell the journal rather than a person: what changed, and once a day what did not. Ends with 0.")
  var log = false

  @Option(help: ArgumentHelp("Write metrics for Prometheus there, too.", valueName: "file"))
  var metrics: String?

  package init() {}

  package func validate() throws {
    guard !(log && json) else { throw ValidationError("--log: not with --json") }
    guard metrics.map({ FilePath($0).isAbsolute && FilePath($0).lastComponent != nil }) ?? true else {
      throw ValidationError("--metrics takes an absolute path")
    }
  }

  package func run(in context: Context) throws -> ExitStatus {
    // Nothing was to be restored in this boot: what differs is no news.
    if log, !KernelCommandLine(of: context.host.files).allowsRestoringState { return .done }
    let look = Result { try HealthLook(at: context.host) }
    do {
      try record(look.mapError { Failure($0) }, in: context)
    } catch let failure as Failure where log && failure.kind == .busy {
      // The other run tells what it sees, and this one saw the same.
      return .done
    }
    if log { return .done }
    let seen = try look.get()
    if json {
      try context.console.print(StatusDocument(seen))
    } else {
      context.console.print(seen)
    }
    return seen.exitStatus
  }

  /// What is to be kept of the look, one run at a time.
  private func record(_ look: Result<HealthLook, Failure>, in context: Context) throws {
    guard log || metrics != nil else { return }
    try Locks(context.host.disk).withHealth {
      if log { context.recordHealth(look) }
      if let metrics { try context.host.disk.replace(FilePath(metrics), with: Metrics(look).description) }
    }
  }
}

/// All that one look tells.
struct HealthLook: Sendable {
  let status: Status
  let networks: [NetworkStatus.Entry]

  init(at host: Host) throws {
    status = try Status(of: host)
    networks = status.networks(on: host).entries
  }

  var exitStatus: ExitStatus {
    if status.entries.contains(where: \.isUnknown) || networks.contains(where: \.isUnknown) { return .unknown }
    return isHealthy ? .done : .drift
  }

  /// Mistakes in the configuration are shown, and make nothing differ: `check` is what finds fault with them.
  var isHealthy: Bool {
    status.entries.allSatisfy(\.isHealthy) && networks.allSatisfy(\.isHealthy)
  }
}

extension Status.Entry {
  /// As saved, the last restore, if there was one, did not fail, and its port is ready where that is wanted.
  var isHealthy: Bool { problems.isEmpty && !isUnknown }

  /// Whether it cannot be told how it is.
  var isUnknown: Bool {
    holder != nil || failure?.leavesUnknown ?? false || drift.map { $0.isEmpty && !$0.isAsSaved } ?? false
  }

  /// For machines.
  var stateName: String {
    switch state {
    case .restoring: "restoring"
    case .failed: "failed"
    case .compared(let drift) where !drift.isEmpty: "drift"
    case .compared: problems.isEmpty ? "ok" : "problem"
    }
  }

  /// By VF; nil where it cannot be seen.
  var policies: [String?] {
    (found?.vfs ?? []).map { vf in
      if case .value(let value)? = vf.attributes[.policy] { value.description } else { nil }
    }
  }

  /// What a person should know of it, in one line.
  var notes: String? {
    let notes = [note].compactMap(\.self) + (drift?.notes ?? []) + [remark].compactMap(\.self)
    return notes.isEmpty ? nil : notes.joined(separator: "; ")
  }
}

extension Failure {
  /// Whether it does not tell how things are, but that nobody could look.
  var leavesUnknown: Bool { [.unavailable, .notPermitted].contains(kind) }
}
