import HostInterface

/// What an error means for what to do next: docker.md 5.4.
package enum Trouble: Hashable, Sendable {
  /// Nobody is behind the socket: wait.
  case notThere
  /// Connected, and no answer: the daemon still starts its containers, 15 s each, or it hangs. Wait.
  case notAnswering
  /// Another program has the socket.
  case notDocker
  /// A change that may have been made or not: read again, and never repeat it.
  case outcomeUnknown
  /// Another daemon than the one that was asked for its version: make a new `DockerEngine`.
  case wrongVersion
  /// Docker does not reach the plugin: start it.
  case pluginNotServing
  /// The plugin has forgotten the network: tell it again.
  case pluginBlank
  /// The plugin could not switch SR-IOV on, or the PF's link: mend the hardware first.
  case hardwareNotReady
  case noFreeVF
  /// Another container has the PF of a network of mode `passthrough`.
  case pfTaken
  case addressInUse
  case addressOutsideSubnet
  /// The VF that the plugin gave has no netdev: it is unbound, or in use.
  case vfNotUsable
  /// A network or container of that name, or a network with that subnet: read again and compare.
  case alreadyThere
  /// Two networks have the name.
  case ambiguousName
  /// Running containers are on the network.
  case inUse
  /// The container is bound to the id of a network that is gone: disconnect and connect it.
  case orphaned
  /// As `orphaned`, but what is bound is how it was created: it has to be made anew.
  case orphanedForGood
  /// The container is not on the network: what was to be undone is undone.
  case notConnected
  case imageMissing
  case notFound
  /// Nothing that is known: to be reported.
  case other
}

extension DockerError {
  package var trouble: Trouble {
    switch cause {
    case .transport(let error) where !error.mayHaveActed: .notThere
    case .transport where method != .get, .unreadable where method != .get: .outcomeUnknown
    case .transport(let error):
      switch error.reason {
      case .deadline, .cut: .notAnswering
      default: .other
      }
    case .unreadable: .other
    case .podman: .notDocker
    case .refusal(let status, let message): Meaning.of(self, status, message)
    }
  }
}

/// One row of the table: an answer of one of these statuses that has all of these texts. The words changed between
/// 20.10 and 28, so the texts are what all of them have in common. The first row that fits counts.
private struct Meaning {
  /// For words that mean something else in another call.
  enum Call {
    case any, removeNetwork, startContainer
  }

  let trouble: Trouble
  let statuses: [Int]
  let texts: [String]
  let call: Call

  init(_ trouble: Trouble, _ statuses: [Int], _ texts: String..., to call: Call = .any) {
    self.trouble = trouble
    self.statuses = statuses
    self.texts = texts
    self.call = call
  }

  static func of(_ error: DockerError, _ status: Int, _ message: String) -> Trouble {
    let call: Call =
      error.method == .delete ? .removeNetwork : error.target.hasSuffix("/start") ? .startContainer : .any
    let row = table.first { row in
      (row.call == .any || row.call == call) && row.statuses.contains(status) && row.texts.allSatisfy(message.contains)
    }
    return row?.trouble ?? .other
  }

  static let table: [Meaning] = [
    Meaning(.wrongVersion, [400], "client version", "too old"),
    Meaning(.wrongVersion, [400], "client version", "too new"),
    // With a plugin that was never loaded the network is gone all the same (docker.md 3.1).
    Meaning(.outcomeUnknown, [500], to: .removeNetwork),
    Meaning(.inUse, [403], "has active endpoints"),
    Meaning(.pluginNotServing, [404, 500], "plugin \"", "\" not found"),
    Meaning(.pluginNotServing, [500], "legacy plugin:"),
    Meaning(.pluginNotServing, [500], "Post \"http://", "dial unix"),
    Meaning(.pluginBlank, [500], "an not find network ["),
    // `all Vfs for` and `sriov not enabled!` are those of the plugin's fork that is still maintained.
    Meaning(.noFreeVF, [500], "ll Vfs for"),
    Meaning(.noFreeVF, [500], "All devices in use"),
    Meaning(.pfTaken, [500], "supports only one device"),
    Meaning(.hardwareNotReady, [500], "Fail to enable sriov"),
    Meaning(.hardwareNotReady, [500], "Fail to configure vfs"),
    Meaning(.hardwareNotReady, [500], "PF link up"),
    Meaning(.hardwareNotReady, [500], "SRIOV is disabled ["),
    Meaning(.hardwareNotReady, [500], "sriov not enabled!"),
    Meaning(.vfNotUsable, [500], "route for the gateway", "network is unreachable"),
    Meaning(.vfNotUsable, [500], "failed to add interface", "Link not found"),
    Meaning(.addressInUse, [403, 500], "Address already in use"),
    Meaning(.addressOutsideSubnet, [500], "does not belong to any of this network's subnets"),
    Meaning(.addressOutsideSubnet, [400], "no configured subnet or ip-range contain the IP address"),
    Meaning(.alreadyThere, [403], "Pool overlaps with other one"),
    Meaning(.alreadyThere, [409], "already exists"),
    Meaning(.alreadyThere, [409], "is already in use by container"),
    Meaning(.ambiguousName, [400], "matches found based on name"),
    Meaning(.notConnected, [500], "is not connected"),
    Meaning(.orphanedForGood, [404], "could not find a network matching network mode"),
    Meaning(.orphaned, [404], "network ", " not found", to: .startContainer),
    Meaning(.imageMissing, [404], "o such image"),
    Meaning(.notFound, [404]),
  ]
}
