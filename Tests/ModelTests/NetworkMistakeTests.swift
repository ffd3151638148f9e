import FoundationEssentials
import Model
import Testing

@Suite struct NetworkMistakeTests {
  private let pf = PCIAddress(domain: 0, bus: 0xb1, device: 0, function: 0)

  private func network(_ name: String, _ subnet: String, isConfigOnly: Bool = false) -> ContainerNetwork {
    ContainerNetwork(
      name: name, id: name, driver: "sriov", scope: "local",
      ipam: AddressManagement(driver: "default", options: [:], pools: [AddressPool(subnet: subnet)]),
      netdevice: NetworkDevice(pf: pf), options: [:], labels: [:], isInternal: false, isAttachable: false,
      hasIPv6: false, hasIPv4: nil, isConfigOnly: isConfigOnly, configFrom: nil)
  }

  private func container(_ name: String, _ addresses: [String: String?]) -> NetworkContainer {
    NetworkContainer(
      name: name, id: name, networkMode: "n", restartPolicy: RestartPolicy(name: "no"), wasRunning: true,
      endpoints: addresses.mapValues { NetworkEndpoint(ipv4Address: $0) })
  }

  @Test func `the guide's container has an address outside its network`() {
    let guide = [network("sriov_net", "10.10.1.0/24")]
    #expect(
      guide.mistakes(with: [container("lzq_ditto_0", ["sriov_net": "10.10.10.4"])], vfCounts: [pf: 4]).map(
        \.description) == [
          "container lzq_ditto_0 has the address 10.10.10.4 on sriov_net, whose subnet is 10.10.1.0/24: Docker does not "
            + "start it; give it an address of that subnet"
        ])
    #expect(guide.mistakes(with: [container("good", ["sriov_net": "10.10.1.4"])], vfCounts: [pf: 4]).isEmpty)
    #expect(guide.mistakes(with: [container("any", ["sriov_net": nil])], vfCounts: [pf: 4]).isEmpty)
    #expect(guide.mistakes(with: [container("other", ["bridge": "172.17.0.2"])], vfCounts: [pf: 4]).isEmpty)
  }

  @Test func `a network of mode passthrough needs no VF, and has one container`() {
    var network = network("p", "10.10.1.0/24")
    network.options["mode"] = "passthrough"
    #expect([network].mistakes(with: [container("a", ["p": nil])], vfCounts: [pf: 0]).isEmpty)
    let shared = [network].mistakes(with: ["a", "b"].map { container($0, ["p": nil]) }, vfCounts: [pf: 0])
    #expect(
      shared.map(\.what) == ["p has the mode passthrough, and a and b are on it: only one of them gets the PF"])
  }

  @Test func `the gateway's address and one that two have are mistakes`() {
    let mistakes = [network("n", "10.10.1.0/24")].mistakes(
      with: [
        container("a", ["n": "10.10.1.1"]), container("b", ["n": "10.10.1.4"]), container("c", ["n": "10.10.1.4"]),
      ], vfCounts: [:])
    #expect(mistakes.count == 2)
    #expect(mistakes.first?.what.contains("the gateway's") == true)
    #expect(mistakes.last?.what == "b and c have the same address 10.10.1.4 on n")
  }

  @Test func `subnets that overlap are named, but not those of a mere configuration`() {
    let networks = [network("a", "10.10.0.0/16"), network("b", "10.10.1.0/24"), network("c", "10.11.0.0/16")]
    #expect(networks.mistakes(with: [], vfCounts: [:]).count == 1)
    #expect(
      [network("a", "10.10.0.0/16", isConfigOnly: true), network("b", "10.10.1.0/24")]
        .mistakes(with: [], vfCounts: [:]).isEmpty)
  }

  @Test func `each endpoint takes a VF`() {
    let networks = [network("a", "10.10.0.0/24"), network("b", "10.10.1.0/24")]
    let containers = [container("x", ["a": nil, "b": nil]), container("y", ["a": nil, "bridge": nil])]
    #expect(networks.mistakes(with: containers, vfCounts: [pf: 3]).isEmpty)
    #expect(
      networks.mistakes(with: containers, vfCounts: [pf: 2]).map(\.what) == [
        "3 endpoints of containers on 0000:b1:00.0, which has 2 VFs: the last ones get none"
      ])
  }

  @Test(arguments: [
    (AddressPool(subnet: "10.10.1.0/24"), "10.10.1.1/24"),
    (AddressPool(subnet: "10.10.1.0/24", gateway: "10.10.1.254"), "10.10.1.254/24"),
    (AddressPool(subnet: "10.10.1.0/24", gateway: "10.10.1.254/24"), "10.10.1.254/24"),
    (AddressPool(subnet: "10.10.0.0/16", range: "10.10.5.0/24"), "10.10.5.0/16"),
    (AddressPool(subnet: "10.10.0.0/16", range: "10.10.0.0/24"), "10.10.0.1/16"),
    (AddressPool(subnet: "fd00::/64", gateway: "fd00::9"), "fd00::9/64"),
    (AddressPool(subnet: "fd00::/64"), "fd00::1/64"),
    (AddressPool(subnet: "fd00::/64", gateway: "10.10.1.1"), nil), (AddressPool(subnet: "?"), nil),
  ]) func `the gateway is there whether Docker shows it or not`(pool: AddressPool, expected: String?) {
    #expect(pool.gatewayWithPrefix == expected)
  }

  @Test func `networks and containers survive their JSON`() throws {
    let network = network("n", "10.10.1.0/24")
    let saved = container("c", ["n": "10.10.1.4"])
    let plugin = NetworkPlugin(
      container: PluginContainer(
        name: "p", image: "rdma/sriov-plugin", imageID: "sha256:1", binds: ["/a:/b"], isPrivileged: true,
        networkMode: "host", restartPolicy: RestartPolicy(name: "no"), command: []))
    let decoder = JSONDecoder()
    #expect(try decoder.decode(ContainerNetwork.self, from: JSONEncoder().encode(network)) == network)
    #expect(try decoder.decode(NetworkContainer.self, from: JSONEncoder().encode(saved)) == saved)
    #expect(try decoder.decode(NetworkPlugin.self, from: JSONEncoder().encode(plugin)) == plugin)
  }
}
