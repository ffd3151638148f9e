package import struct FoundationEssentials.Date
package import HostInterface
import SystemPackage

/// When the network plugin was told, in this boot, of networks that Docker has: Docker itself does not know.
package struct ToldNetworks: Sendable {
  private let disk: any Disk

  package init(_ disk: any Disk) { self.disk = disk }

  /// - Parameter id: Docker's.
  package func note(_ id: String) { try? disk.replace(path(of: id), with: "") }

  /// Nil where nothing was noted.
  package func date(of id: String) -> Date? { try? disk.modified(path(of: id)) }

  private func path(of id: String) -> FilePath {
    StateFolders.toldNetworks.appending(String(id.filter { $0.isLetter || $0.isNumber }))
  }
}
