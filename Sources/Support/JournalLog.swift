import FoundationEssentials
import HostInterface
import SystemPackage

/// Entries of the journal, as `journalctl --output=json` prints them, a line for each.
struct JournalLog {
  private let entries: [[String: FieldText]]

  private static let program: FilePath = "/usr/bin/journalctl"
  private static let limit = Duration.seconds(30)
  /// Nothing of the host's name, its users or its command lines.
  private static let fields = [
    "MESSAGE", "MESSAGE_ID", "PRIORITY", "UNIT", "_BOOT_ID", "_PID", "_SYSTEMD_UNIT", "__MONOTONIC_TIMESTAMP",
    "__REALTIME_TIMESTAMP", "CODE_FILE", "EXIT_CODE", "EXIT_STATUS", "JOB_RESULT",
  ]
  private static let hostField = "_HOSTNAME"

  /// - Parameter choice: The arguments that say which.
  /// - Throws: `ProgramError`, or a `PartError` where there is nothing.
  init(_ choice: [String], on host: Host) throws {
    let result = try host.programs.run(
      Self.program, ["--quiet", "--no-pager", "--all", "--output=json", "--lines=5000"] + choice, outputLimit: 64 << 20,
      until: host.tasks.now() + Self.limit)
    guard result.status == 0 else {
      throw PartError("\(Self.program) ended with \(result.status); others than root may not read the system's journal")
    }
    let decoder = JSONDecoder()
    entries = try result.output.split(separator: "\n").map { line in
      do {
        return try decoder.decode([String: FieldText].self, from: Data(line.utf8))
      } catch {
        throw PartError("what \(Self.program) says cannot be understood")
      }
    }
    guard !entries.isEmpty else { throw PartError("no entries, or none that others than root may read") }
  }

  /// Who wrote them: a host may have had other names.
  var hostNames: Set<String> { Set(entries.compactMap { $0[Self.hostField]?.text }) }

  /// A JSON object in each line, of entries whose message is as wanted.
  func lines(where isWanted: (String) -> Bool = { _ in true }) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try entries.filter { isWanted($0["MESSAGE"]?.text ?? "") }.map { entry in
      let kept = entry.filter { Self.fields.contains($0.key) || $0.key.hasPrefix("SRIOV") }.mapValues(\.text)
      return String(decoding: try encoder.encode(kept), as: UTF8.self) + "\n"
    }.joined()
  }
}

/// A field's value: text; its bytes as numbers where it is no clean text; several where an entry has the field more than
/// once; null where it is too long.
private struct FieldText: Decodable {
  let text: String

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      text = "(too long)"
    } else if let string = try? container.decode(String.self) {
      text = string
    } else if let bytes = try? container.decode([UInt8].self) {
      text = String(decoding: bytes, as: UTF8.self)
    } else {
      text = try container.decode([FieldText].self).map(\.text).joined(separator: "\n")
    }
  }
}
