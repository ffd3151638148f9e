package import Model

/// The cables, the subnet manager, and what they do to a PF's port.
extension SimulatedKernel {
  package func pullCable(of pf: PCIAddress) {
    change(pf) { $0.port.hasCable = false }
    dropLink(of: pf)
  }

  /// The cable is in again: the link trains for a second, and the subnet manager sees it.
  package func plugCable(of pf: PCIAddress) {
    change(pf) { $0.port.hasCable = true }
    tasks.start { [self] in trainLink(of: pf) }
  }

  /// Somebody switches the PF's netdev on or off: on Ethernet the port's link goes with it.
  package func setNetdev(of pf: PCIAddress, up isUp: Bool) {
    var isEthernet = false
    change(pf) { adapter in
      adapter.port.isNetdevUp = isUp
      isEthernet = adapter.linkLayer == .ethernet
    }
    guard isEthernet else { return }
    if isUp { tasks.start { [self] in trainLink(of: pf) } } else { dropLink(of: pf) }
  }

  /// A subnet manager begins, or the one there was begins anew, after `delay`.
  package func startSubnetManager(after delay: Duration = .zero) {
    tasks.start { [self] in
      tasks.pass(delay)
      update { $0.subnetManager.isRunning = true }
      for adapter in machine.adapters { sweep(adapter.address) }
    }
  }

  /// Ports stay as it left them: nothing on this host tells that it is gone.
  package func stopSubnetManager() { update { $0.subnetManager.isRunning = false } }

  /// The card is pulled out of its slot, or falls off the bus.
  package func remove(_ pf: PCIAddress) {
    raise(.deviceFatal, of: pf)
    update { machine in machine.adapters.removeAll { $0.address == pf } }
  }

  private func dropLink(of pf: PCIAddress) {
    change(pf) { adapter in
      adapter.port.isLinkUp = false
      adapter.port.state = .down
    }
    raise(.portError, of: pf)
  }

  /// A link that may come up does, after a second.
  func trainLink(of pf: PCIAddress) {
    tasks.pass(.seconds(1))
    var raised: PortEvent?
    change(pf) { adapter in
      let isEthernet = adapter.linkLayer == .ethernet
      guard adapter.isBound && adapter.port.hasCable && !adapter.port.isLinkUp,
        adapter.port.isNetdevUp || !isEthernet
      else { return }
      adapter.port.isLinkUp = true
      adapter.port.state = isEthernet ? .active : .initialize
      // mlx5 says the same of Init as of Down (mlx5.md 10.2).
      raised = isEthernet ? .portActive : .portError
    }
    guard let raised else { return }
    raise(raised, of: pf)
    sweep(pf)
  }

  /// What a subnet manager does with a port, step by step: each shows in the files before its event comes, and the cable
  /// may be pulled between two of them.
  private func sweep(_ pf: PCIAddress) {
    step(pf, raising: [.pkeyChange, .lidChange]) { adapter, manager in
      adapter.port.lid = adapter.lid(behind: manager)
      adapter.port.smLID = manager.lid
    }
    step(pf, raising: [.clientReregister]) { _, _ in }
    guard machine.adapters.contains(where: { $0.address == pf && $0.port.state != .active }) else { return }
    step(pf, raising: []) { adapter, _ in adapter.port.state = .armed }
    step(pf, raising: [.portActive]) { adapter, _ in adapter.port.state = .active }
  }

  private func step(
    _ pf: PCIAddress, raising events: [PortEvent],
    _ body: (inout SimulatedAdapter, SimulatedSubnetManager) -> Void
  ) {
    tasks.pass(.milliseconds(10))
    let manager = machine.subnetManager
    var isReached = false
    change(pf) { adapter in
      isReached =
        manager.isRunning && adapter.isBound && adapter.linkLayer == .infiniBand && adapter.port.state != .down
      if isReached { body(&adapter, manager) }
    }
    if isReached { for event in events { raise(event, of: pf) } }
  }

  /// Nothing where the PF is gone.
  private func change(_ pf: PCIAddress, _ body: (inout SimulatedAdapter) -> Void) {
    update { machine in
      guard let place = machine.adapters.firstIndex(where: { $0.address == pf }) else { return }
      body(&machine.adapters[place])
    }
  }
}
