import Docker
import HostInterface
package import Model
import Storage
import SystemPackage

extension Failure {
  /// An error as it reaches a person. What no room has told in its own words is told with the errno's name.
  package init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as FileError:
      let isReading = [.read, .list, .link].contains(error.operation)
      let kind: Kind =
        switch error.errno {
        case .permissionDenied, .notPermitted: .notPermitted
        case _ where isReading && error.isAbsence: .notFound
        default: isReading ? .unavailable : .writeFailed
        }
      self.init(kind, "\(error)", remedy: kind == .notPermitted ? "run as root" : nil, errno: error.errno)
    case let error as NetlinkError:
      let isForbidden = [.permissionDenied, .notPermitted].contains(error.errno)
      self.init(
        isForbidden ? .notPermitted : .unavailable, "\(error)", remedy: isForbidden ? "run as root" : nil,
        errno: error.errno)
    case let error as DockerError where error.isForbidden:
      self.init(.notPermitted, "\(error)", remedy: error.remedyIfForbidden)
    case let error as DockerError where error.isPodman:
      self.init(.unavailable, "\(error)", remedy: Self.remedyForSocket)
    case let error as DockerError where error.socket != SRIOVPlugin.defaultSocket && error.whyNotReached != nil:
      self.init(
        .unavailable, "Docker is not running (\(error.whyNotReached ?? ""))",
        remedy: "start Docker; or \(Self.remedyForSocket)")
    case let error as DockerError:
      let kind: Kind = error.trouble == .inUse ? .refused : error.trouble == .other ? .writeFailed : .unavailable
      let isPlugins = error.socket == SRIOVPlugin.defaultSocket
      self.init(kind, "\(error)", remedy: isPlugins ? "see: sriov-persist check" : "see: journalctl -u docker")
    default: self.init(.internalError, "\(error)", remedy: "this is a mistake of sriov-persist; please report it")
    }
  }

  private static let remedyForSocket = "set \"dockerSocket\" in \(Configuration.path) to the socket of Docker"
}
