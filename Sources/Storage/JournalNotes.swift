package import HostInterface
package import Model
import SystemPackage

/// What the journal was told last, in this boot, of what is tried or looked at again and again: so that it is told when it
/// changes, and not each time.
package struct JournalNotes: Sendable {
  package enum Subject: Hashable, Sendable {
    // What a unit tries.
    case port(PCIAddress)
    case docker
    case configuration
    case network(String)
    case container(String)

    // What a look finds.
    /// A PF, by who it is: another one may be found at the address where it was saved.
    case seenPF(PhysicalFunction)
    case seenNetwork(String)
    /// What a look compares with.
    case saved

    fileprivate var path: FilePath {
      switch self {
      case .port(let address): StateFolders.outages.appending(address.description)
      case .docker: StateFolders.outages.appending("docker")
      case .configuration: StateFolders.outages.appending("configuration")
      case .network(let name): StateFolders.outages.appending("network-\(name)".asFileName)
      case .container(let name): StateFolders.outages.appending("container-\(name)".asFileName)
      case .seenPF(let pf): StateFolders.health.appending("pf-\(pf.identity ?? pf.pciAddress.description)")
      case .seenNetwork(let name): StateFolders.health.appending("network-\(name)".asFileName)
      case .saved: StateFolders.health.appending("saved")
      }
    }
  }

  private let disk: any Disk
  private let now: Duration

  /// - Parameter now: Of `Tasks`: no clock that somebody sets.
  package init(_ disk: any Disk, at now: Duration) {
    self.disk = disk
    self.now = now
  }

  /// Notes how something is.
  ///
  /// - Parameters:
  ///   - state: The same as long as nothing changes; nil when there is nothing to tell again.
  ///   - interval: After which the same is told once more.
  /// - Returns: Whether it is to be told. What cannot be noted is told.
  package func update(_ subject: Subject, _ state: String?, repeatedAfter interval: Duration? = nil) -> Bool {
    guard let state else {
      try? disk.removeIfPresent(subject.path)
      return true
    }
    let note = (try? disk.read(subject.path)).flatMap { Note($0.contents) }
    if let note, note.state == state, note.time <= now, interval.map({ now - note.time < $0 }) ?? true { return false }
    try? disk.replace(subject.path, with: Note(state: state, time: now).text)
    return true
  }
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

extension String {
  /// A name of others, which may hold anything, as the name of one file.
  fileprivate var asFileName: String { String(map { $0 == "/" || $0 == "\0" ? "_" : $0 }) }
}
