import HostInterface
import Model
import SystemPackage

/// What the plugin does to the hardware: docker.md 2.3, 2.4, 11.2.
extension SimulatedPlugin {
  func adapter(named netdevice: String) -> Int? {
    kernel.machine.adapters.firstIndex { $0.netdev == netdevice && $0.isBound }
  }

  /// Switches the PF's netdev on, and SR-IOV with *all* VFs where there is none; else leaves the hardware as it is.
  func prepare(_ netdevice: String) throws(PluginRefusal) {
    guard let pf = adapter(named: netdevice) else {
      throw PluginRefusal(
        now.otherNetdevs.contains(netdevice)
          ? "Fail to enable sriov: device \(netdevice) not found"
          : "Fail to set PF link up: %!(EXTRA *errors.errorString=Fail to get link handle for \(netdevice): "
            + "%!(EXTRA netlink.LinkNotFoundError=Link not found))")
    }
    if !kernel.machine.adapters[pf].port.isNetdevUp {
      kernel.update { $0.adapters[pf].port.isNetdevUp = true }
    }
    guard now.pfs[netdevice] == nil else { return }
    if kernel.machine.adapters[pf].vfCount == 0 {
      do throws(Errno) {
        try kernel.storeVFCount("\(kernel.machine.adapters[pf].totalVFs)", pf: pf)
      } catch {
        throw PluginRefusal("Fail to enable sriov: \(error.name)")
      }
      configureVFs(of: pf)
    }
    let adapter = kernel.machine.adapters[pf]
    // In the order of a folder, which is none.
    let vfs = Array(adapter.vfs.indices.reversed())
    update { $0.pfs[netdevice] = PF(vfs: vfs, linkIndex: adapter.linkIndex(at: pf)) }
  }

  private func configureVFs(of pf: Int) {
    let adapter = kernel.machine.adapters[pf]
    for vf in adapter.vfs.indices {
      if adapter.linkLayer == .ethernet {
        let mac = adapter.macAddress.split(separator: ":").compactMap { UInt8($0, radix: 16) }
        try? kernel.setMAC(mac, pf: pf, vf: vf)
        setPrivileged(true, pf: pf, vf: vf)
      } else {
        giveGUIDs(toVF: vf, ofPF: pf)
      }
    }
    for vf in adapter.vfs.indices where adapter.vfs[vf].netdev != nil {
      let address = adapter.addressOfVF(vf).description
      try? kernel.unbind(address, from: VirtualFunction.ownDriver)
      try? kernel.bind(address, to: VirtualFunction.ownDriver)
    }
  }

  /// Random bytes, then the VF's index; netlink gets them the wrong way round. The group bit is whatever chance made it.
  private func giveGUIDs(toVF vf: Int, ofPF pf: Int) {
    var guid: UInt64 = 0
    update { state in
      state.luck = state.luck &* 0x5851_f42d_4c95_7f2d &+ 0x1405_7b7e_f767_814f
      guid = state.luck & ~0xff | UInt64(vf)
    }
    kernel.update { machine in
      let hasFiles = machine.adapters[pf].hasOFEDFiles
      var context = machine.adapters[pf].contexts[vf]
      if hasFiles {
        (context.policy, context.remembered.policy) = (.follow, .follow)
      } else {
        guid = guid.byteSwapped
        (context.remembered.netlinkNodeGUID, context.remembered.netlinkPortGUID) = (guid, guid)
      }
      (context.nodeGUID, context.portGUID) = (guid, guid)
      (context.remembered.nodeGUID, context.remembered.portGUID) = (guid, guid)
      machine.adapters[pf].contexts[vf] = context
    }
  }

  /// The first free one. What is set of it stays when it is given back.
  func allocate(for network: Network) throws(PluginRefusal) -> Int {
    guard let pf = now.pfs[network.netdevice], let vf = pf.vfs.first(where: { !pf.allocated.contains($0) }) else {
      throw PluginRefusal("Fail to allocate VF err = All Vfs for \(network.netdevice) are allocated.")
    }
    update { $0.pfs[network.netdevice]?.allocated.insert(vf) }
    let adapters = kernel.machine.adapters
    if let number = adapters.indices.first(where: { adapters[$0].linkIndex(at: $0) == pf.linkIndex }),
      adapters[number].linkLayer == .ethernet, adapters[number].contexts.indices.contains(vf)
    {
      let vlan = SimulatedVLAN(id: UInt32(network.vlan))
      if network.vlan > 0 { try? kernel.setVLAN(vlan, pf: number, vf: vf) }
      setPrivileged(network.options["privileged"] == "1", pf: number, vf: vf)
    }
    return vf
  }

  private func setPrivileged(_ isPrivileged: Bool, pf: Int, vf: Int) {
    try? kernel.setGoverned(pf: pf, vf: vf) { context, _ in
      (context.trust, context.spoofCheck) = (isPrivileged, !isPrivileged)
    }
  }

  /// Looked up when the VF is given out; empty where it has none, or is gone.
  func netdev(ofVF vf: Int, of netdevice: String) -> String {
    guard let pf = adapter(named: netdevice), kernel.machine.adapters[pf].vfs.indices.contains(vf) else { return "" }
    return kernel.machine.adapters[pf].vfs[vf].netdev ?? ""
  }
}
