package import HostInterface
package import SystemPackage

/// A call to Docker, or to its plugin, that did not do what it was asked.
package struct DockerError: Error, Hashable, Sendable {
  package enum Cause: Hashable, Sendable {
    case transport(HTTPError)
    /// Docker's, or the plugin's, own words.
    case refusal(status: Int, message: String)
    /// The reply is not what this program understands.
    case unreadable(String)
    /// Podman has the socket, which speaks as Docker does.
    case podman(version: String)
  }

  package let method: HTTPRequest.Method
  package let target: String
  package let socket: FilePath
  package let cause: Cause

  init(_ request: HTTPRequest, _ socket: FilePath, _ cause: Cause) {
    method = request.method
    target = request.target
    self.socket = socket
    self.cause = cause
  }
}

extension DockerError: CustomStringConvertible {
  /// `POST /v1.41/networks/create: 409 network with name sriov_net already exists`
  package var description: String {
    switch cause {
    case .transport(let error): error.description
    case .refusal(let status, let message): "\(method.rawValue) \(target): \(status) \(message)"
    case .unreadable(let what): "\(method.rawValue) \(target): the answer cannot be understood: \(what)"
    case .podman(let version):
      "Podman \(version) listens on \(socket) instead of Docker, and has no network plugins of Docker's"
    }
  }
}

extension DockerError {
  package var isPodman: Bool {
    if case .podman = cause { true } else { false }
  }

  /// `/run/docker.sock: there is no such socket`; nil where somebody was reached.
  package var whyNotReached: String? {
    guard case .transport(let error) = cause, !error.mayHaveActed else { return nil }
    return "\(socket): \(error.reason)"
  }

  /// The socket may not be opened by this user.
  package var isForbidden: Bool {
    guard case .transport(let error) = cause, case .notConnected(let errno) = error.reason else { return false }
    return [.permissionDenied, .notPermitted].contains(errno)
  }

  /// The plugin's socket is root's; Docker gives its own to a group.
  package var remedyIfForbidden: String {
    socket == SRIOVPlugin.defaultSocket ? "run as root" : "run as root, or as a member of the group docker"
  }
}
