import Foundation
import HostInterface
import Model

/// Docker's containers: docker.md 3.1, 6.
extension SimulatedDocker {
  func routeContainers(
    _ method: HTTPRequest.Method, _ path: [String], _ query: String, _ body: JSONBody
  ) throws(DockerRefusal) -> HTTPReply {
    switch (method, path.count, path.last) {
    case (.get, 1, "json"):
      return Self.reply(200, list(query).map { ["Id": $0.id, "Names": ["/" + $0.name], "Image": $0.image] })
    case (.get, 2, "json"): return Self.reply(200, description(of: try find(path[0])))
    case (.post, 1, "create"): return Self.reply(201, ["Id": try create(body, query), "Warnings": [] as [String]])
    case (.post, 2, "start"):
      let container = try find(path[0])
      if container.isRunning { return Self.reply(304) }
      try start(container.id)
      return Self.reply(204)
    case (.post, 2, "stop"):
      let container = try find(path[0])
      if !container.isRunning { return Self.reply(304) }
      halt(container.id)
      change(container.id) { $0.wasStoppedByHand = true }
      return Self.reply(204)
    case (.post, 2, "restart"):
      let container = try find(path[0])
      halt(container.id)
      try start(container.id)
      return Self.reply(204)
    default: throw DockerRefusal(404, "page not found")
    }
  }

  private func find(_ name: String) throws(DockerRefusal) -> DockerContainer {
    guard let container = container(name) else { throw DockerRefusal(404, "No such container: \(name)") }
    return container
  }

  private func list(_ query: String) -> [DockerContainer] {
    let text = query.split(separator: "&").first { $0.hasPrefix("filters=") }?.dropFirst("filters=".count)
    let filters = JSONBody(Array((text.map(String.init)?.removingPercentEncoding ?? "").utf8))
    let networks = filters.list("network")
    return now.containers.filter { container in
      networks.isEmpty
        || container.endpoints.contains { name, endpoint in
          networks.contains(name) || !endpoint.networkID.isEmpty && networks.contains(endpoint.networkID)
        }
    }
  }

  private func description(of container: DockerContainer) -> [String: Any] {
    let networks = container.endpoints.mapValues { endpoint -> [String: Any] in
      // Up to API 1.44 the container's short id is added.
      let aliases = endpoint.aliases + (endpoint.networkID.isEmpty ? [] : [String(container.id.prefix(12))])
      return [
        "IPAMConfig": endpoint.ipv4.map { ["IPv4Address": $0] as Any } ?? NSNull(),
        "Aliases": aliases.isEmpty ? NSNull() : aliases as Any, "Links": NSNull(), "DriverOpts": NSNull(),
        "NetworkID": endpoint.networkID, "IPAddress": endpoint.address, "MacAddress": "",
      ]
    }
    return [
      "Id": container.id, "Name": "/" + container.name, "Image": now.images[container.image] ?? container.image,
      "State": [
        "Status": container.isRunning ? "running" : "exited", "Running": container.isRunning, "Error": container.error,
        "ExitCode": 0,
      ] as [String: Any],
      "Config": ["Image": container.image, "Cmd": container.command, "Env": ["TOKEN=secret"]] as [String: Any],
      "HostConfig": [
        "NetworkMode": container.networkMode, "Privileged": container.isPrivileged, "Binds": container.binds,
        "RestartPolicy": ["Name": container.policy, "MaximumRetryCount": 0] as [String: Any],
      ] as [String: Any],
      "NetworkSettings": ["Networks": networks],
    ]
  }

  private func create(_ body: JSONBody, _ query: String) throws(DockerRefusal) -> String {
    let name = query.dropFirst("name=".count).removingPercentEncoding ?? ""
    guard container(name) == nil else {
      throw DockerRefusal(409, "Conflict. The container name \"/\(name)\" is already in use by container \"x\".")
    }
    let image = body["Image"] ?? ""
    guard now.images.keys.contains(image) || now.images.values.contains(image) else {
      throw DockerRefusal(404, "No such image: \(image)")
    }
    let settings = body.object("HostConfig")
    var container = DockerContainer(name, on: settings?["NetworkMode"] ?? "host")
    container.image = image
    container.command = body.list("Cmd")
    container.isPrivileged = settings?.flag("Privileged") ?? false
    container.binds = settings?.list("Binds") ?? []
    container.policy = settings?.object("RestartPolicy")?["Name"] ?? "no"
    return add(container)
  }

  /// Puts a container in place as a person's `docker create` does. Gives its id.
  @discardableResult
  package func add(_ container: DockerContainer) -> String {
    var container = container
    update { state in
      container.id = state.newID()
      state.containers.append(container)
    }
    return container.id
  }

  // MARK: Starting

  func start(_ id: String) throws(DockerRefusal) {
    guard let container = container(id), !container.isRunning else { return }
    tasks.pass(container.startTime)
    do throws(DockerRefusal) {
      try checkNetworkMode(of: container)
      for (name, endpoint) in container.endpoints.sorted(by: { $0.key < $1.key }) {
        let network = try network(of: endpoint, named: name)
        let joined = try join(container, endpoint, network)
        change(id) { container in
          container.endpoints[name]?.networkID = network.id
          container.endpoints[name]?.address = joined.address
          container.endpoints[name]?.vf = joined.vf
        }
      }
    } catch {
      change(id) { $0.error = error.message }
      throw error
    }
    change(id) { container in
      container.isRunning = true
      container.wasStoppedByHand = false
      container.error = ""
    }
    tell("container", "start", id, ["name": container.name])
    guard container.isPlugin else { return }
    let asksInVain = now.release != .v20 || now.daemon != .running
    plugin.start(keeping: asksInVain ? [] : Set(now.networks.map(\.id)))
  }

  private func checkNetworkMode(of container: DockerContainer) throws(DockerRefusal) {
    let mode = container.networkMode
    guard mode.count == 64, now.release != .v20, !now.networks.contains(where: { $0.id == mode }) else { return }
    throw DockerRefusal(404, "could not find a network matching network mode \(mode): network \(mode) not found")
  }

  /// Once started, a container is bound to the id that its network had then.
  private func network(
    of endpoint: DockerContainer.Endpoint, named name: String
  ) throws(DockerRefusal) -> DockerNetwork {
    let found = now.networks.first { endpoint.networkID.isEmpty ? $0.name == name : $0.id == endpoint.networkID }
    guard let found else {
      throw DockerRefusal(404, "network \(endpoint.networkID.isEmpty ? name : endpoint.networkID) not found")
    }
    return found
  }

  /// Attaches a container, and gives the address that it has then, and the VF whose netdev it gets.
  func join(
    _ container: DockerContainer, _ endpoint: DockerContainer.Endpoint, _ network: DockerNetwork
  ) throws(DockerRefusal) -> (address: String, vf: VFOfContainer?) {
    guard network.driver == "sriov" else { return (endpoint.ipv4 ?? "172.17.0.2", nil) }
    let prefix = now.release.wrapsErrors ? "failed to set up container networking: " : ""
    try checkAddress(endpoint.ipv4, on: network)
    if let wanted = endpoint.ipv4, isTaken(wanted, on: network) {
      throw DockerRefusal(403, prefix + "Address already in use")
    }
    let body: [String: Any] = [
      "NetworkID": network.id, "EndpointID": container.id, "SandboxKey": "/var/run/docker/netns/\(container.id)",
      "Interface": ["Address": "", "AddressIPv6": "", "MacAddress": ""],
    ]
    if case .failure(let refusal) = callPlugin("NetworkDriver.CreateEndpoint", body) {
      let how =
        refusal.status == 404
        ? "failed to add endpoint: " : "failed to create endpoint \(container.name) on network \(network.name): "
      throw DockerRefusal(500, prefix + how + refusal.message)
    }
    if case .failure(let refusal) = callPlugin("NetworkDriver.Join", body) {
      _ = callPlugin("NetworkDriver.DeleteEndpoint", body)
      throw DockerRefusal(500, prefix + refusal.message)
    }
    let made = plugin.now.networks[network.id]?.endpoints[container.id]
    guard let made, !made.netdev.isEmpty else {
      _ = callPlugin("NetworkDriver.DeleteEndpoint", body)
      let gateway = network.gateway ?? network.subnet?.firstHost.description ?? ""
      throw DockerRefusal(
        500,
        now.release.wrapsErrors
          ? prefix + "failed to add interface  to sandbox: error: Link not found"
          : "route for the gateway \(gateway) could not be found: network is unreachable")
    }
    return (endpoint.ipv4 ?? freeAddress(on: network), plugin.kernel.giveAway(made.netdev))
  }

  func checkAddress(_ address: String?, on network: DockerNetwork) throws(DockerRefusal) {
    guard let address, let value = IPv4Address(address), let subnet = network.subnet, !subnet.contains(value) else {
      return
    }
    throw now.release == .v20
      ? DockerRefusal(500, "Invalid address \(address): It does not belong to any of this network's subnets")
      : DockerRefusal(
        400,
        "invalid config for network \(network.name): invalid endpoint settings:\nno configured subnet or ip-range "
          + "contain the IP address \(address)")
  }

  private func isTaken(_ address: String, on network: DockerNetwork) -> Bool {
    address == network.gateway ?? network.subnet?.firstHost.description
      || now.containers.contains { $0.endpoints[network.name]?.address == address }
  }

  private func freeAddress(on network: DockerNetwork) -> String {
    guard let first = network.subnet?.firstHost else { return "" }
    let all = (0..<UInt32(250)).lazy.map { IPv4Address(first.value + $0).description }
    return all.first { !isTaken($0, on: network) } ?? ""
  }
}
