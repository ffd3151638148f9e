import HostInterface
import Model
import SystemPackage

/// What the plugin does for Docker, and to the hardware: docker.md 2.3, 2.4.
extension SimulatedPlugin {
  func create(_ body: JSONBody) throws(PluginRefusal) {
    if let refusal = now.refusal { throw PluginRefusal(refusal) }
    let options = body.object("Options")?.object("com.docker.network.generic")?.texts ?? [:]
    guard let netdevice = options["netdevice"] else { throw PluginRefusal("Fail to find netdevice option") }
    guard let pool = body.array("IPv4Data").first, let gateway = pool["Gateway"] else {
      throw PluginRefusal("Network gateway config miss.")
    }
    guard gateway.contains("/") else { throw PluginRefusal("invalid CIDR address: \(gateway)") }
    let vlan = options["vlan"].flatMap { Int($0) } ?? 0
    let others = now.networks.values.filter { $0.netdevice == netdevice }
    if vlan != 0, others.contains(where: { $0.options["vlan"].flatMap { Int($0) } == vlan }) {
      throw PluginRefusal("vlan already exist")
    }
    let id = body["NetworkID"] ?? ""
    try remember(Network(netdevice: netdevice, options: options, gateway: gateway), as: id)
    // Without what it does not write down (docker.md 2.5).
    let noted = options.filter { !["prefix", "rocehoplimit"].contains($0.key) }
    update { $0.notes[id] = Network(netdevice: netdevice, options: noted, gateway: gateway) }
  }

  /// The VFs of a network that it is told of twice stay allocated, and its endpoints are forgotten.
  func remember(_ network: Network, as id: String) throws(PluginRefusal) {
    try prepare(network.netdevice)
    update { state in
      state.pfs[network.netdevice]?.references += 1
      state.networks[id] = network
    }
  }

  /// Switches SR-IOV on with *all* VFs where there is none; else leaves the hardware as it is (docker.md 2.3).
  private func prepare(_ netdevice: String) throws(PluginRefusal) {
    guard let pf = kernel.machine.adapters.firstIndex(where: { $0.netdev == netdevice && $0.isBound }) else {
      throw PluginRefusal("Fail to set PF link up: \(netdevice)%!(EXTRA string=Link not found)")
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
    // In the order of a folder, which is none.
    let vfs = Array(kernel.machine.adapters[pf].vfs.indices).reversed()
    update { $0.pfs[netdevice] = PF(vfs: Array(vfs)) }
  }

  private func configureVFs(of pf: Int) {
    let adapter = kernel.machine.adapters[pf]
    for vf in adapter.vfs.indices {
      var guid: UInt64 = 0
      update { state in
        state.luck = state.luck &* 0x5851_f42d_4c95_7f2d &+ 0x1405_7b7e_f767_814f
        guid = state.luck & ~0xff | UInt64(vf)
      }
      kernel.update { machine in
        machine.adapters[pf].contexts[vf] = VFContext(nodeGUID: guid, portGUID: guid, policy: .follow)
      }
      guard kernel.machine.adapters[pf].vfs[vf].netdev != nil else { continue }
      let address = adapter.addressOfVF(vf).description
      try? kernel.unbind(address, from: VirtualFunction.ownDriver)
      try? kernel.bind(address, to: VirtualFunction.ownDriver)
    }
  }

  /// Always a success. With the last network of a PF, SR-IOV goes.
  func delete(_ id: String?) {
    update { $0.notes[id ?? ""] = nil }
    guard let network = now.networks[id ?? ""] else { return }
    update { state in
      state.networks[id ?? ""] = nil
      state.pfs[network.netdevice]?.references -= 1
    }
    guard now.pfs[network.netdevice]?.references == 0 else { return }
    update { $0.pfs[network.netdevice] = nil }
    if let pf = kernel.machine.adapters.firstIndex(where: { $0.netdev == network.netdevice }) {
      try? kernel.storeVFCount("0", pf: pf)
    }
  }

  // MARK: Endpoints

  func createEndpoint(_ endpoint: String, on id: String) throws(PluginRefusal) {
    guard let network = now.networks[id], let pf = now.pfs[network.netdevice] else {
      throw PluginRefusal("Plugin can not find network [ \(id) ].")
    }
    guard let vf = pf.vfs.first(where: { !pf.allocated.contains($0) }) else {
      throw PluginRefusal("Fail to allocate VF err = All Vfs for \(network.netdevice) are allocated.")
    }
    update { state in
      state.networks[id]?.endpoints[endpoint] = vf
      state.pfs[network.netdevice]?.allocated.insert(vf)
    }
  }

  func deleteEndpoint(_ endpoint: String, on id: String) {
    update { state in
      guard let network = state.networks[id], let vf = network.endpoints[endpoint] else { return }
      state.networks[id]?.endpoints[endpoint] = nil
      state.pfs[network.netdevice]?.allocated.remove(vf)
    }
  }

  func tell(of endpoint: String, on id: String) throws(PluginRefusal) {
    guard let network = now.networks[id] else { throw PluginRefusal("Can not find network [ \(id) ].") }
    guard network.endpoints[endpoint] != nil else { throw PluginRefusal("Cannot find endpoint by id: \(endpoint)") }
  }

  /// The netdev that it hands to Docker; empty where the VF has none, or is gone (docker.md 2.4).
  func netdev(of endpoint: String, on id: String) -> String {
    guard let network = now.networks[id], let vf = network.endpoints[endpoint],
      let adapter = kernel.machine.adapters.first(where: { $0.netdev == network.netdevice }),
      adapter.vfs.indices.contains(vf)
    else { return "" }
    return adapter.vfs[vf].netdev ?? ""
  }
}
