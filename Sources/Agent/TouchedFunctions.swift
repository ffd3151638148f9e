import HostInterface
import Model
import Synchronization
import SystemPackage

/// Which PCI functions the kernel's events named since the last look.
final class TouchedFunctions: Sendable {
  private struct State {
    var functions: Set<PCIAddress> = []
    var areAll = true
  }

  private let state = Mutex(State())

  /// - Parameter bell: Rung by each event.
  init(on host: Host, ringing bell: any Bell) {
    host.devices.watch { [self] event in
      state.withLock { state in
        if let event { state.functions.insert(event.function) } else { state.areAll = true }
      }
      bell.ring()
    }
  }

  /// Forgets them. Nil where any may have been touched: at first, and after events were lost.
  func take() -> Set<PCIAddress>? {
    state.withLock { state in
      defer { state = State(areAll: false) }
      return state.areAll ? nil : state.functions
    }
  }
}
