package import HostInterface
package import Model
import SystemPackage

/// What the journal was told last, in this boot, of how things are: so that a change is told at once, and what stays as it
/// is once a day.
package struct HealthNotes: Sendable {
  package enum Subject: Hashable, Sendable {
    case pf(PCIAddress)
    case network(String)
    /// What is saved, as a whole.
    case generations

    fileprivate var fileName: String {
      switch self {
      case .pf(let address): "pf-\(address)"
      case .network(let name): "network-\(name)".asFileName
      case .generations: "generations"
      }
    }
  }

  private static let day = Duration.seconds(86_400)
  private let disk: any Disk

  package init(_ disk: any Disk) { self.disk = disk }

  /// Notes how something is.
  ///
  /// - Parameters:
  ///   - state: The same as long as nothing changes.
  ///   - now: Of `Tasks`: no clock that somebody sets.
  /// - Returns: Whether it is to be told: it was another one, or was told a day ago. What cannot be noted is told.
  package func update(_ subject: Subject, _ state: String, at now: Duration) -> Bool {
    let path = path(of: subject)
    let note = (try? disk.read(path)).flatMap { Note($0.contents) }
    if let note, note.state == state, note.time <= now, now - note.time < Self.day { return false }
    try? disk.replace(path, with: Note(state: state, time: now).text)
    return true
  }

  /// There is nothing to tell of it any more.
  package func forget(_ subject: Subject) { try? disk.removeIfPresent(path(of: subject)) }

  private func path(of subject: Subject) -> FilePath { StateFolders.health.appending(subject.fileName) }
}

/// The file: a line with the seconds since the machine started, then the state.
private struct Note {
  let state: String
  let time: Duration

  init(state: String, time: Duration) {
    self.state = state
    self.time = time
  }

  init?(_ text: String) {
    let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let seconds = Int64(parts[0]), (0..<Int64(1) << 40).contains(seconds) else { return nil }
    (state, time) = (String(parts[1]), .seconds(seconds))
  }

  var text: String { "\(time.components.seconds)\n\(state)" }
}
