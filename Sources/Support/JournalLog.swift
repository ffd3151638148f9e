import FoundationEssentials
import HostInterface
import SystemPackage

/// Entries of the journal, as `journalctl --output=json` prints them, a line for each.
struct JournalLog {
  private var entries: [[String: FieldText]]
  /// Whether there may be older ones.
  let isCut: Bool

  private static let program: FilePath = "/usr/bin/journalctl"
  private static let limit = Duration.seconds(30)
  /// How many of the newest entries are asked for.
  static let lineLimit = 5000
  /// Nothing of the host's name, its users or its command lines.
  private static let fields = [
    "MESSAGE", "MESSAGE_ID", "PRIORITY", "UNIT", "_BOOT_ID", "_PID", "_SYSTEMD_UNIT", "__MONOTONIC_TIMESTAMP",
    "__REALTIME_TIMESTAMP", "CODE_FILE", "EXIT_CODE", "EXIT_STATUS", "JOB_RESULT",
  ]
  private static let hostField = "_HOSTNAME"

  /// - Parameters:
  ///   - choice: The arguments that say which.
  ///   - isWhole: Whether all of them are asked for, rather than the newest.
  /// - Throws: `ProgramError`, or a `PartError` where there is nothing.
  init(_ choice: [String], isWhole: Bool = false, on host: Host) throws {
    let arguments =
      ["--quiet", "--no-pager", "--all", "--output=json"] + (isWhole ? [] : ["--lines=\(Self.lineLimit)"])
    let result = try host.programs.run(
      Self.program, arguments + choice, outputLimit: 64 << 20, until: host.tasks.now() + Self.limit)
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
    isCut = !isWhole && entries.count >= Self.lineLimit
  }

  /// What the kernel said since it was started whose text has the word: what a driver says when it comes up is older than
  /// what others say all day. A journalctl that cannot look for patterns tells all; and where that is too much, the newest.
  static func kernel(of host: Host, about word: String) throws -> JournalLog {
    if let log = try? JournalLog(["--dmesg", "--grep=\(word)"], isWhole: true, on: host) { return log }
    var log: JournalLog
    do {
      log = try JournalLog(["--dmesg"], isWhole: true, on: host)
    } catch let error as ProgramError where error.reason == .tooLarge {
      log = try JournalLog(["--dmesg"], on: host)
    }
    log.entries.removeAll { $0["MESSAGE"]?.text.contains(word) != true }
    return log
  }

  /// Who wrote them: a host may have had other names.
  var hostNames: Set<String> { Set(entries.compactMap { $0[Self.hostField]?.text }) }

  /// A JSON object in each line.
  func lines() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try entries.map { entry in
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
