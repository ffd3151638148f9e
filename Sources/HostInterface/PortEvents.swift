/// The asynchronous events of RDMA devices (libibverbs): a port came up or went down, a subnet manager came or changed.
package protocol PortEvents: Sendable {
  /// Opens the RDMA device that has this name now, and rings `bell` at each of its events until the watch is stopped.
  /// What an event says is not told: each means that the port is to be read again, and mlx5 does not raise them all
  /// (mlx5.md 10.2). What was so before is not rung for: watch first, then read.
  ///
  /// For PFs' devices only: a VF that is opened is in use. May take some seconds while the device is new.
  func watch(_ device: String, ringing bell: any Bell) throws(NoPortEvents) -> any PortWatch
}

/// An RDMA device that is open, and perhaps renamed since.
package protocol PortWatch: Sendable {
  /// Whether the device was removed, or its driver lost it (DEVICE_FATAL). No event comes after that.
  var isDeviceGone: Bool { get }
  /// Closes the device soon; a ring or none may still come.
  func stop()
}

/// Why there are no events of a device. Whoever waits goes on without, and looks by itself now and then.
package struct NoPortEvents: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// It was renamed or removed since its name was read.
    case noSuchDevice
    /// ib_uverbs is not there, or not there yet.
    case noUserAccess
    /// No library here knows this kind of device.
    case noProvider
    /// Opening it failed, with this errno.
    case failed(String)
  }

  package let device: String
  package let reason: Reason

  package init(_ device: String, _ reason: Reason) {
    self.device = device
    self.reason = reason
  }
}

extension NoPortEvents: CustomStringConvertible {
  package var description: String {
    "no events from \(device): \(cause)\(remedy.map { "; \($0)" } ?? "")"
  }

  package var cause: String {
    switch reason {
    case .noSuchDevice: "there is no such RDMA device"
    case .noUserAccess: "the kernel offers it to no program"
    case .noProvider: "libibverbs has no provider for it"
    case .failed(let errno): "cannot open it: \(errno)"
    }
  }

  package var remedy: String? {
    switch reason {
    case .noUserAccess: "is ib_uverbs loaded? run: modprobe ib_uverbs"
    case .noProvider: "install the package ibverbs-providers (it brings /etc/libibverbs.d/mlx5.driver)"
    case .noSuchDevice, .failed: nil
    }
  }
}
