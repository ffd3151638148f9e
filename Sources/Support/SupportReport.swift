package import HostInterface
import Mlx5
package import Model
import Storage
import SystemPackage

/// All that a report of a mistake should have: what the product sees of the host, what it saved and said, and which versions
/// run. Only reads; a part that cannot be read says why. A signal ends the work on it.
package struct SupportReport: Sendable {
  package private(set) var parts: [ReportPart]
  private var hostNames: Set<String> = []
  /// Of other machines of the site, with their domains.
  private var otherNames: Set<String> = []
  /// Texts that are no part, and have addresses of the host.
  private let identities: [String]
  private let tasks: any Tasks

  /// - Parameters:
  ///   - version: Of this program.
  ///   - observations: What its own commands tell.
  package init(of host: Host, version: String, observations: [ReportPart]) throws(Failure) {
    tasks = host.tasks
    parts = [ReportPart("versions.txt", Versions(host: host).text(ours: version))] + observations
    parts += Self.saved(on: host.disk)
    identities = Self.identities(host.files)
    if let name = try? host.files.readLine("/proc/sys/kernel/hostname") { hostNames.insert(name) }
    if let id = try? host.disk.read("/etc/machine-id").contents { hostNames.insert(String(id.prefix(32))) }
    hostNames.formUnion(parts.flatMap { Self.hosts(savedIn: $0.text) })
    try addLogs(of: host)
    otherNames = SiteNames.configured(on: host.disk).union(parts.flatMap { SiteNames.mentioned(in: $0.text) })
  }

  /// The same without identities, and how many of them were replaced.
  package func redacted() throws(Failure) -> (parts: [ReportPart], summary: String) {
    var redaction = Redaction(
      learning: identities + parts.flatMap { [$0.name, $0.text] }, hostNames: Array(hostNames),
      otherNames: Array(otherNames))
    var redacted: [ReportPart] = []
    for part in parts {
      try tasks.goOn()
      let name = redaction.redact(part.name).unlike(redacted.map(\.name))
      redacted.append(
        ReportPart(name, redaction.redact(part.text), problem: part.problem.map { redaction.redact($0) }))
    }
    return (redacted, redaction.summary)
  }

  private mutating func addLogs(of host: Host) throws(Failure) {
    let logs: [(name: String, read: () throws -> JournalLog)] = [
      ("journal.json", { try JournalLog(["--identifier=sriov-persist"], on: host) }),
      ("journal-of-units.json", { try JournalLog(["--unit=sriov-persist*", "--identifier=systemd"], on: host) }),
      ("kernel.json", { try .kernel(of: host, about: "mlx") }),
    ]
    for log in logs {
      try tasks.goOn()
      var isCut = false
      var part = ReportPart(log.name) {
        let journal = try log.read()
        hostNames.formUnion(journal.hostNames)
        isCut = journal.isCut
        return try journal.lines()
      }
      if isCut { part.problem = "only its newest \(JournalLog.lineLimit) entries" }
      parts.append(part)
    }
  }

  /// Generations, outcomes and the configuration, as they are on disk.
  private static func saved(on disk: any Disk) -> [ReportPart] {
    let folders = [
      (GenerationStore(disk).folder, "generations"), (StateFolders.outcomes, "outcomes"),
      (StateFolders.bootOutcomes, "outcomes-of-this-boot"),
    ]
    let documents = folders.flatMap { folder, name in
      do throws(FileError) {
        return try disk.list(folder).sorted().map { file in
          ReportPart("\(name)/\(file)") { try text(at: folder.appending(file), on: disk) }
        }
      } catch {
        return [ReportPart("\(name).txt", "could not be read: \(error)\n", problem: error.isAbsence ? nil : "\(error)")]
      }
    }
    let configuration = ReportPart("config.json") {
      do throws(FileError) {
        _ = try disk.read(Configuration.path)
      } catch let error where error.isAbsence {
        return "there is none\n"
      } catch {}
      return try text(at: Configuration.path, on: disk)
    }
    return documents + [configuration]
  }

  /// In no text is a NUL, and in UTF-16, of which nobody could tell what is an address, there are many.
  private static func text(at path: FilePath, on disk: any Disk) throws -> String {
    let text = try disk.read(path).contents
    guard !text.utf8.contains(0) else { throw PartError("\(path) is no text") }
    return text
  }

  private static func identities(_ files: any FileTree) -> [String] {
    func read(_ folder: FilePath, _ names: [String]) -> [String] {
      ((try? files.listIfPresent(folder)) ?? []).flatMap { device in
        names.compactMap { try? files.readLine(folder.appending(device).pushing(FilePath($0))) }
      }
    }
    return read("/sys/class/net", ["address"])
      + read("/sys/class/infiniband", ["node_guid", "sys_image_guid", "ports/1/gids/0"])
  }

  /// What a generation says of where it was saved, even one that is damaged.
  private static func hosts(savedIn text: String) -> [String] {
    ["host", "machineID", "machineId"].flatMap { text.values(ofKey: $0) }
  }
}

extension Tasks {
  /// - Throws: Where a signal came.
  package func goOn() throws(Failure) {
    if isTerminating { throw Failure(.terminated, "no report was written: stopped by a signal") }
  }
}

extension String {
  /// The strings that a JSON document has for a key, even a document that is damaged.
  func values(ofKey key: String) -> [String] {
    split(separator: "\"\(key)\"").dropFirst().compactMap { rest in
      let value = rest.drop { $0.isWhitespace || $0 == ":" }
      return value.first == "\"" ? String(value.dropFirst().prefix { $0 != "\"" && !$0.isNewline }) : nil
    }
  }

  /// A name that none of the others is: what is replaced may be the same afterwards.
  fileprivate func unlike(_ others: [String]) -> String {
    var name = self
    var number = 1
    while others.contains(name) {
      number += 1
      name = "\(self)-\(number)"
    }
    return name
  }
}
