package import HostInterface
import SystemPackage

/// What Docker and its network plugin do not tell, noted for this boot.
package struct DockerNotes: Sendable {
  /// What the plugin saw of a PF when it was told of a network.
  package struct Telling: Equatable, Sendable {
    /// Another text after each of its starts.
    package let plugin: String
    /// Another text once what it read is no longer so.
    package let pf: String

    package init(plugin: String, pf: String) {
      self.plugin = plugin
      self.pf = pf
    }
  }

  private let disk: any Disk

  package init(_ disk: any Disk) { self.disk = disk }

  /// Whether Docker ran in this boot, and we spoke with it: when it does not run now, somebody stopped it.
  package var hasAnswered: Bool { text(StateFolders.dockerAnswered) != nil }

  package func noteAnswer() { if !hasAnswered { put("", StateFolders.dockerAnswered) } }

  /// - Parameter id: The network's, Docker's own.
  package func note(_ telling: Telling, of id: String) { put(telling, network(id)) }

  /// Nil where it was not we who told.
  package func telling(of id: String) -> Telling? { telling(in: network(id)) }

  /// Notes what the plugin may have read of a PF before we change its count: whoever told it of the networks there. The
  /// first such note counts until the plugin is started anew.
  package func noteBeforeChange(_ seen: Telling, ofPF address: String) {
    guard seenBeforeChange(ofPF: address)?.plugin != seen.plugin else { return }
    put(seen, count(address))
  }

  package func seenBeforeChange(ofPF address: String) -> Telling? { telling(in: count(address)) }

  /// - Parameter daemon: Another text after each start of Docker.
  package func noteStart(ofContainer id: String, daemon: String) { put(daemon, container(id)) }

  /// Whether we started the container since this start of Docker.
  package func wasStarted(container id: String, daemon: String) -> Bool { text(container(id)) == daemon }

  private func telling(in path: FilePath) -> Telling? {
    guard let lines = text(path)?.split(separator: "\n", omittingEmptySubsequences: false), lines.count == 2
    else { return nil }
    return Telling(plugin: String(lines[0]), pf: String(lines[1]))
  }

  private func put(_ telling: Telling, _ path: FilePath) { put("\(telling.plugin)\n\(telling.pf)", path) }

  private func count(_ address: String) -> FilePath { StateFolders.countsBeforeChange.appending(address) }

  private func network(_ id: String) -> FilePath { StateFolders.toldNetworks.appending(fileName(id)) }

  private func container(_ id: String) -> FilePath { StateFolders.startedContainers.appending(fileName(id)) }

  private func fileName(_ id: String) -> String { String(id.filter { $0.isLetter || $0.isNumber }) }

  private func text(_ path: FilePath) -> String? { (try? disk.read(path))?.contents }

  private func put(_ text: String, _ path: FilePath) { try? disk.replace(path, with: text) }
}
