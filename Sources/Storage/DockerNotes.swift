package import struct FoundationEssentials.Date
package import HostInterface
import SystemPackage

/// What Docker itself does not tell, noted for this boot.
package struct DockerNotes: Sendable {
  private let disk: any Disk

  package init(_ disk: any Disk) { self.disk = disk }

  /// Whether Docker ran in this boot, and we spoke with it: when it does not run now, somebody stopped it.
  package var hasAnswered: Bool { (try? disk.read(StateFolders.dockerAnswered)) != nil }

  package func noteAnswer() {
    if !hasAnswered { try? disk.replace(StateFolders.dockerAnswered, with: "") }
  }

  /// The network plugin is told of a network that Docker has.
  ///
  /// - Parameter id: Docker's.
  package func noteTelling(of id: String) { try? disk.replace(path(of: id), with: "") }

  /// When it was told last; nil where that was not noted.
  package func timeOfTelling(of id: String) -> Date? { try? disk.modified(path(of: id)) }

  private func path(of id: String) -> FilePath {
    StateFolders.toldNetworks.appending(String(id.filter { $0.isLetter || $0.isNumber }))
  }
}
