import HostInterface
import Model

/// What the plugin does for Docker: docker.md 2.3, 11.
extension SimulatedPlugin {
  func create(_ body: JSONBody) throws(PluginRefusal) -> [String: Any] {
    if let refusal = now.refusal { throw PluginRefusal(refusal) }
    guard let pool = body.array("IPv4Data").first else { throw PluginRefusal("Network gateway config miss.") }
    guard var options = body.object("Options")?.object("com.docker.network.generic")?.texts else {
      throw PluginRefusal("invalid options")
    }
    let mode = options["mode"] ?? "sriov"
    guard ["sriov", "passthrough"].contains(mode) else {
      throw PluginRefusal("valid modes are: passthrough and sriov")
    }
    guard let netdevice = options["netdevice"] else { throw PluginRefusal("\(mode) mode requires netdevice") }
    if options["prefix"] == nil { options["prefix"] = "eth" }
    let id = body["NetworkID"] ?? ""
    let network = Network(netdevice: netdevice, options: options, gateway: pool["Gateway"] ?? "")
    try remember(network, as: id)
    note(network, of: id)
    return [:]
  }

  /// The VFs of a network that it is told of twice stay allocated, and its endpoints are forgotten.
  func remember(_ network: Network, as id: String) throws(PluginRefusal) {
    if !network.isPassthrough {
      try checkRanges(of: network)
      try prepare(network.netdevice)
    }
    update { state in
      if !network.isPassthrough { state.pfs[network.netdevice]?.references += 1 }
      state.networks[id] = network
    }
  }

  private func checkRanges(of network: Network) throws(PluginRefusal) {
    guard (0...4095).contains(network.vlan) else { throw PluginRefusal("Invalid vlan id given") }
    let others = now.networks.values.filter { $0.netdevice == network.netdevice && !$0.isPassthrough }
    if network.vlan != 0, others.contains(where: { $0.vlan == network.vlan }) {
      throw PluginRefusal("vlan already exist")
    }
    guard let text = network.options["rocehoplimit"] else { return }
    guard let limit = Int(text) else {
      throw PluginRefusal(
        "Invalid roceHopLimit: %!(EXTRA *strconv.NumError=strconv.Atoi: parsing \"\(text)\": invalid syntax)")
    }
    guard (0...255).contains(limit) else { throw PluginRefusal("Valid range of rocehoplimit is: [0..255]") }
  }

  /// Always a success. With the last network of a PF, SR-IOV goes.
  func delete(_ id: String) -> [String: Any] {
    forgetNote(of: id)
    guard let network = now.networks[id] else { return [:] }
    update { state in
      state.networks[id] = nil
      if !network.isPassthrough { state.pfs[network.netdevice]?.references -= 1 }
    }
    guard !network.isPassthrough, now.pfs[network.netdevice]?.references == 0 else { return [:] }
    update { $0.pfs[network.netdevice] = nil }
    if let pf = adapter(named: network.netdevice) { try? kernel.storeVFCount("0", pf: pf) }
    return [:]
  }

  // MARK: Endpoints

  func createEndpoint(_ body: JSONBody) throws(PluginRefusal) -> [String: Any] {
    let (id, endpoint) = (body["NetworkID"] ?? "", body["EndpointID"] ?? "")
    guard let network = now.networks[id] else { throw PluginRefusal("Plugin can not find network [ \(id) ].") }
    guard body.object("Interface") != nil else { throw .crash }
    let made: Endpoint
    if network.isPassthrough {
      guard network.endpoints.isEmpty else { throw PluginRefusal("supports only one device") }
      made = Endpoint(vf: nil, netdev: network.netdevice)
    } else {
      let vf = try allocate(for: network)
      made = Endpoint(vf: vf, netdev: netdev(ofVF: vf, of: network.netdevice))
    }
    update { $0.networks[id]?.endpoints[endpoint] = made }
    return ["Interface": ["Address": "", "AddressIPv6": "", "MacAddress": ""]]
  }

  func deleteEndpoint(_ body: JSONBody) throws(PluginRefusal) -> [String: Any] {
    let (network, endpoint) = try find(body)
    update { state in
      if let vf = endpoint.vf { state.pfs[network.netdevice]?.allocated.remove(vf) }
      state.networks[body["NetworkID"] ?? ""]?.endpoints[body["EndpointID"] ?? ""] = nil
    }
    return [:]
  }

  func describeEndpoint(_ body: JSONBody) throws(PluginRefusal) -> [String: Any] {
    ["Value": ["id": "", "srcName": try find(body).endpoint.netdev]]
  }

  func join(_ body: JSONBody) throws(PluginRefusal) -> [String: Any] {
    let (network, endpoint) = try find(body)
    guard endpoint.sandbox.isEmpty else {
      throw PluginRefusal("Endpoint [\(body["EndpointID"] ?? "")] has bean bind to sandbox [\(endpoint.sandbox)]")
    }
    let parts = network.gateway.split(separator: "/").map(String.init)
    guard parts.count == 2, IPv4Address(parts[0]) != nil else {
      throw PluginRefusal("Parse gateway [\(network.gateway)] error: invalid CIDR address: \(network.gateway)")
    }
    bind(body, to: body["SandboxKey"] ?? "")
    return [
      "InterfaceName": ["SrcName": endpoint.netdev, "DstPrefix": network.prefix], "Gateway": parts[0],
      "GatewayIPv6": "", "StaticRoutes": JSONBody.null, "DisableGatewayService": false,
    ]
  }

  func leave(_ body: JSONBody) throws(PluginRefusal) -> [String: Any] {
    _ = try find(body)
    bind(body, to: "")
    return [:]
  }

  private func bind(_ body: JSONBody, to sandbox: String) {
    update { $0.networks[body["NetworkID"] ?? ""]?.endpoints[body["EndpointID"] ?? ""]?.sandbox = sandbox }
  }

  private func find(_ body: JSONBody) throws(PluginRefusal) -> (network: Network, endpoint: Endpoint) {
    let (id, name) = (body["NetworkID"] ?? "", body["EndpointID"] ?? "")
    guard let network = now.networks[id] else { throw PluginRefusal("Can not find network [ \(id) ].") }
    guard let endpoint = network.endpoints[name] else {
      throw PluginRefusal("Cannot find endpoint by id: \(name)")
    }
    return (network, endpoint)
  }
}
