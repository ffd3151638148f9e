package import HostInterface
package import Model
import SystemPackage

/// What the journal was told last, in this boot, of what is tried again and again: so that it is told once.
package struct Outages: Sendable {
  package enum Subject: Hashable, Sendable {
    /// A PF's port.
    case port(PCIAddress)
    case docker
    case network(String)
    case container(String)

    fileprivate var fileName: String {
      switch self {
      case .port(let address): address.description
      case .docker: "docker"
      case .network(let name): "network-\(name)".asFileName
      case .container(let name): "container-\(name)".asFileName
      }
    }
  }

  private let disk: any Disk

  package init(_ disk: any Disk) { self.disk = disk }

  /// Notes why something is not as it should be; nil when it is.
  ///
  /// - Returns: Whether that was not noted already. What cannot be noted is told.
  package func update(_ subject: Subject, reason: String?) -> Bool {
    let path = StateFolders.outages.appending(subject.fileName)
    guard let reason else {
      try? disk.removeIfPresent(path)
      return true
    }
    if (try? disk.read(path))?.contents == reason { return false }
    try? disk.replace(path, with: reason)
    return true
  }
}

extension String {
  /// A name of others, which may hold anything, as the name of one file.
  var asFileName: String { String(map { $0 == "/" || $0 == "\0" ? "_" : $0 }) }
}
