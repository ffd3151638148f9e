package import HostInterface
import Mlx5
import Model
import Storage
import SystemPackage

/// All that a report of a mistake should have: what the product sees of the host, what it saved and said, and which versions
/// run. Only reads; a part that cannot be read says why.
package struct SupportReport: Sendable {
  package private(set) var parts: [ReportPart]
  private var hostNames: Set<String> = []
  /// Texts that are no part, and have addresses of the host.
  private let identities: [String]

  /// - Parameters:
  ///   - version: Of this program.
  ///   - observations: What its own commands tell.
  package init(of host: Host, version: String, observations: [ReportPart]) {
    parts = [ReportPart("versions.txt", Versions(host: host).text(ours: version))] + observations
    parts += Self.saved(on: host.disk)
    identities = Self.identities(host.files)
    if let name = try? host.files.readLine("/proc/sys/kernel/hostname") { hostNames.insert(name) }
    hostNames.formUnion(parts.flatMap { Self.hosts(savedIn: $0.text) })
    addLogs(of: host)
  }

  /// The same without identities, and how many of them were replaced.
  package func redacted() -> (parts: [ReportPart], summary: String) {
    var redaction = Redaction(hostNames: Array(hostNames))
    for text in identities + parts.flatMap({ [$0.name, $0.text] }) { redaction.learn(text) }
    let redacted = parts.map { part in
      ReportPart(
        redaction.redact(part.name), redaction.redact(part.text), problem: part.problem.map { redaction.redact($0) })
    }
    return (redacted, redaction.summary)
  }

  private mutating func addLogs(of host: Host) {
    let logs: [(name: String, choice: [String], isWanted: (String) -> Bool)] = [
      ("journal.json", ["--identifier=sriov-persist"], { _ in true }),
      ("journal-of-units.json", ["--unit=sriov-persist*", "--identifier=systemd"], { _ in true }),
      ("kernel.json", ["--dmesg"], { $0.contains("mlx") }),
    ]
    for log in logs {
      let part = ReportPart(log.name) {
        let journal = try JournalLog(log.choice, on: host)
        hostNames.formUnion(journal.hostNames)
        return try journal.lines(where: log.isWanted)
      }
      parts.append(part)
    }
  }

  /// Generations, outcomes and the configuration, as they are on disk.
  private static func saved(on disk: any Disk) -> [ReportPart] {
    let folders = [
      (StateFolders.generations, "generations"), (StateFolders.outcomes, "outcomes"),
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
    text.split(separator: "\"host\"").dropFirst().compactMap { rest in
      let value = rest.drop { $0.isWhitespace || $0 == ":" }
      return value.first == "\"" ? String(value.dropFirst().prefix { $0 != "\"" && !$0.isNewline }) : nil
    }
  }
}
