package import HostInterface
package import Model
import SystemPackage

/// What the journal was told last of a PF's port in this boot, so that it is told once.
package struct Outages: Sendable {
  private let disk: any Disk

  package init(_ disk: any Disk) { self.disk = disk }

  /// Notes why a port is not ready; nil when it is.
  ///
  /// - Returns: Whether that was not noted already. What cannot be noted is told.
  package func update(_ pf: PhysicalFunction, reason: String?) -> Bool {
    let path = StateFolders.outages.appending(pf.pciAddress.description)
    guard let reason else {
      try? disk.removeIfPresent(path)
      return true
    }
    if (try? disk.read(path))?.contents == reason { return false }
    try? disk.replace(path, with: reason)
    return true
  }
}
