package import HostInterface
import SystemPackage

/// What Docker and its network plugin do not tell, noted for this boot.
package struct DockerNotes: Sendable {
  /// What the plugin saw when it was told of a network.
  package struct Telling: Equatable, Sendable {
    /// Another text after each of its starts.
    package let plugin: String
    /// Another text once a VF of the PF was made or bound anew.
    package let vfs: String

    package init(plugin: String, vfs: String) {
      self.plugin = plugin
      self.vfs = vfs
    }
  }

  private let disk: any Disk

  package init(_ disk: any Disk) { self.disk = disk }

  /// Whether Docker ran in this boot, and we spoke with it: when it does not run now, somebody stopped it.
  package var hasAnswered: Bool { text(StateFolders.dockerAnswered) != nil }

  package func noteAnswer() { if !hasAnswered { put("", StateFolders.dockerAnswered) } }

  /// - Parameter id: The network's, Docker's own.
  package func note(_ telling: Telling, of id: String) { put("\(telling.plugin)\n\(telling.vfs)", network(id)) }

  /// Nil where it was not we who told.
  package func telling(of id: String) -> Telling? {
    guard let lines = text(network(id))?.split(separator: "\n", omittingEmptySubsequences: false), lines.count == 2
    else { return nil }
    return Telling(plugin: String(lines[0]), vfs: String(lines[1]))
  }

  /// - Parameter daemon: Another text after each start of Docker.
  package func noteStart(ofContainer id: String, daemon: String) { put(daemon, container(id)) }

  /// Whether we started the container since this start of Docker.
  package func wasStarted(container id: String, daemon: String) -> Bool { text(container(id)) == daemon }

  private func network(_ id: String) -> FilePath { StateFolders.toldNetworks.appending(fileName(id)) }

  private func container(_ id: String) -> FilePath { StateFolders.startedContainers.appending(fileName(id)) }

  private func fileName(_ id: String) -> String { String(id.filter { $0.isLetter || $0.isNumber }) }

  private func text(_ path: FilePath) -> String? { (try? disk.read(path))?.contents }

  private func put(_ text: String, _ path: FilePath) { try? disk.replace(path, with: text) }
}
