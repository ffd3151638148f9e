import Model
import Planning
import Testing

@Suite struct NetworkPlanTests {
  private static let pf = PCIAddress(domain: 0, bus: 0xb1, device: 0, function: 0)

  private var saved: ContainerNetwork {
    ContainerNetwork(
      name: "net0", id: "aa11", driver: "sriov", scope: "local",
      ipam: AddressManagement(driver: "default", options: [:], pools: [AddressPool(subnet: "10.10.1.0/24")]),
      netdevice: NetworkDevice(pf: Self.pf), options: ["prefix": "ib"], labels: [:], isInternal: false,
      isAttachable: false, hasIPv6: false, hasIPv4: nil, isConfigOnly: false, configFrom: nil)
  }

  private func plan(
    _ change: (inout ContainerNetwork) -> Void = { _ in }, _ knowledge: NetworkFindings.Knowledge = .complete,
    running: Int = 0,
    replacing: Bool = false
  ) -> NetworkPlan {
    var found = saved
    change(&found)
    return NetworkPlan(
      restoring: saved, NetworkFindings(found: [found], pluginKnows: knowledge, runningContainers: running), on: nil,
      replacing: replacing)
  }

  @Test func `what is as saved and known is left alone, also when it may be replaced`() {
    #expect(plan() == plan(replacing: true))
    #expect(plan().steps.isEmpty && plan().refusal == nil)
  }

  @Test func `with one of mode passthrough no VF goes away`() {
    var wanted = saved
    wanted.options["mode"] = "passthrough"
    var found = wanted
    found.labels = ["a": "b"]
    func plan(_ found: ContainerNetwork) -> NetworkPlan {
      NetworkPlan(
        restoring: wanted, NetworkFindings(found: [found], pluginKnows: .complete, runningContainers: 0), on: nil,
        replacing: true)
    }
    #expect(plan(found).steps == [.remove(id: "aa11"), .create])
    #expect(plan(saved).steps == [.remove(id: "aa11"), .restoreVFs, .create], "the one there is takes its VFs along")
  }

  @Test func `what the plugin forgot is told again, with the id that Docker has now`() {
    #expect(plan({ $0.id = "bb22" }, .none).steps == [.tellPlugin(id: "bb22")])
  }

  @Test func `what the plugin has from its own notes is told again, unless that does harm`() {
    #expect(plan({ _ in }, .fromNotes).steps == [.tellPlugin(id: "aa11")])
    #expect(plan({ _ in }, .fromNotes, running: 1) == plan())
    var tagged = saved
    tagged.options["vlan"] = "7"
    let findings = NetworkFindings(found: [tagged], pluginKnows: .fromNotes, runningContainers: 0)
    #expect(NetworkPlan(restoring: tagged, findings, on: nil, replacing: false) == plan())
  }

  @Test func `a plugin with VFs that are no more is restarted, if no container runs`() {
    #expect(plan({ _ in }, .withOldVFs).steps == [.restartPlugin])
    #expect(plan({ _ in }, .withOldVFs, running: 2).refusal?.message.contains("running on it: 2 containers") == true)
  }

  @Test func `what Docker writes in several ways is no difference`() {
    #expect(plan { $0.ipam.pools = [AddressPool(subnet: "10.10.1.9/24", gateway: "10.10.1.1/24")] }.refusal == nil)
    #expect(plan { $0.hasIPv4 = true }.refusal == nil)
    var wanted = saved
    wanted.ipam.pools.append(AddressPool(subnet: "fd00::/64"))
    var found = wanted
    found.ipam.pools[1].gateway = "fd00::1"
    #expect(NetworkDrift(wanted: wanted, found: found).isEmpty && NetworkDrift(wanted: found, found: wanted).isEmpty)
    wanted.ipam.pools[1].gateway = "fd00::2"
    #expect(!NetworkDrift(wanted: wanted, found: found).isEmpty)
    #expect(plan { $0.netdevice = nil }.refusal == nil, "its netdev has another name today")
  }

  @Test(
    arguments: [
      { $0.driver = "macvlan" }, { $0.ipam.pools = [AddressPool(subnet: "10.10.2.0/24")] },
      { $0.ipam.pools[0].gateway = "10.10.1.254" }, { $0.options["vlan"] = "3" }, { $0.options = [:] },
      { $0.labels = ["owner": "you"] }, { $0.isInternal = true }, { $0.isAttachable = true }, { $0.hasIPv6 = true },
      { $0.isConfigOnly = true }, { $0.configFrom = "cfg" },
      { network in
        network.id = "bb22"
        network.netdevice = NetworkDevice(pf: Self.pf, vf: 1)
      },
    ] as [@Sendable (inout ContainerNetwork) -> Void])
  func `each difference is refused, or replaced over the VFs`(change: @Sendable (inout ContainerNetwork) -> Void) {
    #expect(plan(change).refusal?.kind == .refused && plan(change).steps.isEmpty)
    var found = saved
    change(&found)
    #expect(plan(change, replacing: true).steps == [.remove(id: found.id), .restoreVFs, .create])
    #expect(plan(change, running: 1, replacing: true).refusal?.message.contains("running on it: 1 container") == true)
  }
}
