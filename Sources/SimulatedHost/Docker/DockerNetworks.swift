import HostInterface
import Model

/// Docker's networks: docker.md 3.1, 5.3, 7.
extension SimulatedDocker {
  func routeNetworks(
    _ method: HTTPRequest.Method, _ path: [String], _ body: JSONBody
  ) throws(DockerRefusal) -> HTTPReply {
    switch (method, path.count, path.last) {
    case (.get, 0, _): return Self.reply(200, now.networks.map { description(of: $0, isInspected: false) })
    case (.get, 1, _): return Self.reply(200, description(of: try find(path[0]), isInspected: true))
    case (.post, 1, "create"): return Self.reply(201, ["Id": try create(body), "Warning": ""])
    case (.delete, 1, _):
      try remove(try find(path[0]))
      return Self.reply(204)
    case (.post, 2, "connect"):
      try connect(body, to: try find(path[0]))
      return Self.reply(200)
    case (.post, 2, "disconnect"):
      try disconnect(body["Container"] ?? "", from: path[0])
      return Self.reply(200)
    default: throw DockerRefusal(404, "page not found")
    }
  }

  /// By name, id, or part of an id.
  private func find(_ text: String) throws(DockerRefusal) -> DockerNetwork {
    let named = now.networks.filter { $0.name == text }
    if named.count > 1 {
      throw DockerRefusal(400, "\(named.count) matches found based on name: network \(text) is ambiguous")
    }
    let found = named.first ?? now.networks.first { $0.id == text } ?? now.networks.first { $0.id.hasPrefix(text) }
    guard let found else { throw DockerRefusal(404, "network \(text) not found") }
    return found
  }

  private func description(of network: DockerNetwork, isInspected: Bool) -> [String: Any] {
    var config: [[String: Any]] = []
    if let subnet = network.subnet {
      var pool: [String: Any] = ["Subnet": subnet.description]
      if let range = network.range { pool["IPRange"] = range }
      if !network.hidesGateway { pool["Gateway"] = network.gateway ?? subnet.firstHost.description }
      config = [pool]
    }
    var running: [String: Any] = [:]
    for container in now.containers where isInspected && container.isRunning {
      if container.endpoints[network.name]?.networkID == network.id {
        running[container.id] = ["Name": container.name, "EndpointID": container.id]
      }
    }
    var all: [String: Any] = [
      "Id": network.id, "Name": network.name, "Driver": network.isConfigOnly ? "null" : network.driver,
      "Scope": "local", "EnableIPv6": false, "Internal": network.isInternal, "Attachable": network.isAttachable,
      "Ingress": false, "ConfigOnly": network.isConfigOnly, "ConfigFrom": ["Network": network.configFrom ?? ""],
      "IPAM": ["Driver": "default", "Options": [:] as [String: String], "Config": config] as [String: Any],
      "Options": network.options, "Labels": network.labels, "Containers": running,
    ]
    if now.release.wrapsErrors { all["EnableIPv4"] = true }
    if now.release == .v29 { all["Status"] = ["IPAM": [:] as [String: String]] }
    return all
  }

  // MARK: Making

  private func create(_ body: JSONBody) throws(DockerRefusal) -> String {
    let name = body["Name"] ?? ""
    // A second request for a network whose first one still hangs: 20.10 has taken its addresses, later ones hang too.
    while now.creating.contains(name) {
      guard now.release != .v20 else { throw overlap }
      waitForChange()
    }
    update { $0.creating.insert(name) }
    defer { update { $0.creating.remove(name) } }
    var network = try parse(body)
    if let source = network.configFrom {
      guard let origin = self.network(source) else { throw DockerRefusal(404, "network \(source) not found") }
      guard network.subnet == nil else {
        throw DockerRefusal(403, "user-specified configurations are not supported if the network depends on another")
      }
      guard network.options.isEmpty else { throw DockerRefusal(403, "network driver options are not supported") }
      (network.subnet, network.range, network.options) = (origin.subnet, origin.range, origin.options)
      (network.gateway, network.hidesGateway) = (origin.gateway, origin.hidesGateway)
    }
    if network.isConfigOnly {
      guard !network.isInternal, !network.isAttachable else {
        throw DockerRefusal(403, "configuration only networks cannot be internal or attachable")
      }
    } else {
      try checkOverlap(network)
      if network.driver == "sriov" { try tellPlugin(of: network) }
    }
    update { $0.networks.append(network) }
    tell("network", "create", network.id, ["name": network.name, "type": network.driver])
    return network.id
  }

  private func parse(_ body: JSONBody) throws(DockerRefusal) -> DockerNetwork {
    guard let options = body.allTexts("Options") else {
      throw DockerRefusal(400, "json: cannot unmarshal number into Go struct field of type string")
    }
    let name = body["Name"] ?? ""
    // Without CheckDuplicate 20.10 makes a second one.
    if network(name) != nil, now.release != .v20 || body.flag("CheckDuplicate") {
      throw DockerRefusal(409, "network with name \(name) already exists")
    }
    var network = DockerNetwork(id: "", name: name, driver: body["Driver"] ?? "bridge")
    update { network.id = $0.newID() }
    network.options = options
    network.labels = body.object("Labels")?.texts ?? [:]
    network.isInternal = body.flag("Internal")
    network.isAttachable = body.flag("Attachable")
    network.isConfigOnly = body.flag("ConfigOnly")
    network.configFrom = body.object("ConfigFrom")?["Network"]
    if let pool = body.object("IPAM")?.array("Config").first, let text = pool["Subnet"] {
      guard let subnet = IPv4Subnet(text) else { throw DockerRefusal(400, "invalid subnet \(text)") }
      if now.release != .v20, subnet.description != text {
        throw DockerRefusal(400, "invalid network config:\ninvalid subnet \(text): it should be \(subnet)")
      }
      network.subnet = subnet
      network.range = pool["IPRange"]
      network.gateway = pool["Gateway"]
      network.hidesGateway = network.gateway == nil
    }
    return network
  }

  private func checkOverlap(_ network: DockerNetwork) throws(DockerRefusal) {
    guard let subnet = network.subnet else { return }
    guard !now.networks.contains(where: { !$0.isConfigOnly && $0.subnet?.overlaps(subnet) == true }) else {
      throw overlap
    }
  }

  private var overlap: DockerRefusal {
    let prefix = now.release.wrapsErrors ? "invalid pool request: " : ""
    return DockerRefusal(403, prefix + "Pool overlaps with other one on this address space")
  }

  private func tellPlugin(of network: DockerNetwork) throws(DockerRefusal) {
    let subnet = network.subnet?.description ?? "172.18.0.0/16"
    let length = network.subnet?.prefixLength ?? 16
    let gateway = network.gateway ?? network.subnet?.firstHost.description ?? "172.18.0.1"
    let body: [String: Any] = [
      "NetworkID": network.id,
      "Options": ["com.docker.network.generic": network.options] as [String: Any],
      "IPv4Data": [["AddressSpace": "LocalDefault", "Pool": subnet, "Gateway": "\(gateway)/\(length)"]],
      "IPv6Data": [] as [String],
    ]
    try callPlugin("NetworkDriver.CreateNetwork", body).get()
  }

  // MARK: Removing

  private func remove(_ network: DockerNetwork) throws(DockerRefusal) {
    if now.containers.contains(where: { $0.isRunning && $0.endpoints[network.name]?.networkID == network.id }) {
      throw DockerRefusal(
        403, "error while removing network: network \(network.name) id \(network.id) has active endpoints")
    }
    if now.networks.contains(where: { $0.configFrom == network.name }) {
      throw DockerRefusal(403, "configuration network \"\(network.name)\" is in use")
    }
    let wasLoaded = now.hasLoadedPlugin
    let isReal = network.driver == "sriov" && !network.isConfigOnly
    let answer = isReal ? callPlugin("NetworkDriver.DeleteNetwork", ["NetworkID": network.id]) : .success(())
    // Gone in every case, whatever is answered; what was a stopped container's is an orphan from now on.
    update { state in state.networks.removeAll { $0.id == network.id } }
    tell("network", "destroy", network.id, ["name": network.name, "type": network.driver])
    if case .failure(let refusal) = answer, !wasLoaded, !now.hasLoadedPlugin {
      throw DockerRefusal(500, "failed deleting \(now.release.wrapsErrors ? "Network" : "network"): \(refusal.message)")
    }
  }

  // MARK: Connecting

  private func connect(_ body: JSONBody, to network: DockerNetwork) throws(DockerRefusal) {
    guard let container = container(body["Container"] ?? "") else {
      throw DockerRefusal(404, "No such container: \(body["Container"] ?? "")")
    }
    let config = body.object("EndpointConfig")
    var endpoint = DockerContainer.Endpoint(
      ipv4: config?.object("IPAMConfig")?["IPv4Address"], aliases: config?.list("Aliases") ?? [])
    endpoint.networkID = network.id
    guard container.networkMode != "host" else {
      throw DockerRefusal(400, "container sharing network namespace with the host cannot be connected")
    }
    if now.release != .v20 { try checkAddress(endpoint.ipv4, on: network) }
    if container.isRunning {
      (endpoint.address, endpoint.vf) = try join(container, endpoint, network)
    } else if let old = container.endpoints[network.name], old.networkID.isEmpty || old.networkID == network.id {
      return  // A success that changes nothing (docker.md 6.2).
    }
    change(container.id) { $0.endpoints[network.name] = endpoint }
    tell("network", "connect", network.id, ["name": network.name, "type": network.driver, "container": container.id])
  }

  /// By the network's name this works even for one that is gone.
  private func disconnect(_ name: String, from network: String) throws(DockerRefusal) {
    guard let container = container(name) else { throw DockerRefusal(404, "No such container: \(name)") }
    let key = self.network(network)?.name ?? now.networks.first { $0.id == network }?.name ?? network
    guard container.endpoints[key] != nil else {
      throw DockerRefusal(500, "container \(container.id) is not connected to network \(network)")
    }
    change(container.id) { $0.endpoints[key] = nil }
    tell("network", "disconnect", network, ["name": key, "type": "sriov", "container": container.id])
  }
}
