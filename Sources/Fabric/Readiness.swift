package import Model

extension Port {
  /// Whether the port can carry what runs on its VFs.
  ///
  /// InfiniBand: a subnet manager made it ACTIVE. The SM's LID alone proves nothing, it stays when the cable is pulled.
  /// Ethernet has no subnet manager, and a netdev that is switched off is not waited for: the Docker plugin may be the
  /// one to switch it on.
  package var isReady: Bool {
    switch linkLayer {
    case .infiniBand: state == .active && smLID != 0
    case .ethernet: netdev.map { !$0.isUp || $0.hasCarrier } ?? (state == .active)
    }
  }

  /// What it is, or what is missing, for people.
  package var words: String {
    switch linkLayer {
    case .infiniBand: infiniBandWords
    case .ethernet:
      switch netdev {
      case nil: state == .active ? "link up" : "no netdev yet"
      case let netdev? where !netdev.isUp: "netdev switched off"
      case let netdev?: netdev.hasCarrier ? "link up" : "no carrier"
      }
    }
  }

  private var infiniBandWords: String {
    switch (state, physicalState) {
    case (.active, _): smLID == 0 ? "active, no subnet manager seen" : "active, SM LID \(smLID)"
    case (.armed, _): "armed, not active yet"
    case (.activeDefer, _): "link lost for a moment"
    case (.initialize, _): "link up, no subnet manager yet"
    case (_, .disabled): "disabled"
    case (_, .training): "link training"
    case (_, .errorRecovery): "link in error recovery"
    case (_, .polling), (_, .sleep): "cable down"
    case (_, .linkUp): "down, though its link is up"
    default: "down"
    }
  }
}

extension PortReading {
  package var isReady: Bool {
    if case .port(let port) = self { port.isReady } else { false }
  }

  /// Whether waiting is of no use: what is missing was there when the wait was begun, and nothing here brings it back.
  package var isGone: Bool {
    switch self {
    case .noFunction, .unbound, .otherDriver: true
    case .port, .noRDMADevice, .unreadable: false
    }
  }

  /// Whether the link is up and nobody has configured it.
  package var needsSubnetManager: Bool {
    if case .port(let port) = self { port.linkLayer == .infiniBand && port.state == .initialize } else { false }
  }

  /// `port 1 of 0000:b1:00.0: cable down`
  package func words(of pf: PCIAddress) -> String {
    switch self {
    case .port, .unreadable: "port 1 of \(pf): \(words)"
    case .noFunction, .unbound, .otherDriver, .noRDMADevice: "\(pf): \(words)"
    }
  }

  /// The same where it is clear which port is meant: `cable down`.
  package var words: String {
    switch self {
    case .port(let port): port.words
    case .noFunction: "the PCI function is gone"
    case .unbound: "no driver has it"
    case .otherDriver(let driver): "\(driver) has it"
    case .noRDMADevice: "no RDMA device yet"
    case .unreadable(let why): why
    }
  }
}
