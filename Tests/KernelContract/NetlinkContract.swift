import SystemPackage

/// What the agent relies on where the driver has no `sriov` folder: an InfiniBand PF, by rtnetlink on its IPoIB netdev.
package let netlinkContract: [ContractRow] = (states + guids + refusals).map(\.withoutDrivers) + drivers

private let make4: Check = .write("{pf}/sriov_numvfs", "4")
private let auto: UInt32 = 0
private let enable: UInt32 = 1
private let disable: UInt32 = 2
private let node: UInt64 = 0x0c42_a103_00b1_0101
private let port: UInt64 = 0x0c42_a103_00b1_0102

private let states: [ContractRow] = [
  ContractRow(
    "a new VF has link state disable", "4.3, 5.2", when: make4,
    then: [.vfSays(.state(0, disable)), .vfSays(.state(3, disable)), .missing("{pf}/sriov")]),
  ContractRow(
    "link state auto, and of that VF only", "5.1", given: [make4], when: .setVF([[.state(1, auto)]]),
    then: [.vfSays(.state(1, auto)), .vfSays(.state(2, disable))]),
  ContractRow(
    "link state enable", "5.1", given: [make4], when: .setVF([[.state(1, enable)]]),
    then: [.vfSays(.state(1, enable))]),
  ContractRow(
    "a link state that there is not", "5.1", given: [make4, .setVF([[.state(1, auto)]])],
    when: .setVF([[.state(1, 3)]], gives: .invalidArgument), then: [.vfSays(.state(1, auto))]),
  ContractRow(
    "what stands before the first error stays", "5.1", given: [make4],
    when: .setVF([[.state(1, auto), .trust(1, 1)]], gives: .notSupported), then: [.vfSays(.state(1, auto))]),
  ContractRow(
    "over a count of zero the driver keeps GUIDs and link state", "4.3",
    given: [
      make4, .setVF([[.nodeGUID(1, node)]]), .setVF([[.state(1, auto)]]), .write("{pf}/sriov_numvfs", "0"),
    ],
    when: make4, then: [.vfSays(.nodeGUID(1, node)), .vfSays(.state(1, auto))]),
]

private let guids: [ContractRow] = [
  ContractRow(
    "a GUID that netlink was not told is zero there", "5.2", when: make4,
    then: [.vfSays(.nodeGUID(1, 0)), .vfSays(.portGUID(1, 0))]),
  ContractRow(
    "a node GUID", "5.1, 6", given: [make4], when: .setVF([[.nodeGUID(1, node)]]),
    then: [.vfSays(.nodeGUID(1, node)), .vfSays(.portGUID(1, 0)), .vfSays(.nodeGUID(2, 0))]),
  ContractRow(
    "a port GUID", "5.1, 6", given: [make4], when: .setVF([[.portGUID(1, port)]]),
    then: [.vfSays(.portGUID(1, port)), .vfSays(.nodeGUID(1, 0))]),
  ContractRow(
    "a port GUID behind a node GUID is lost, and no error tells", "5.1", given: [make4],
    when: .setVF([[.nodeGUID(1, node), .portGUID(1, port)]]),
    then: [.vfSays(.nodeGUID(1, node)), .vfSays(.portGUID(1, 0))]),
  ContractRow(
    "in a nest of its own it is not", "5.1", given: [make4],
    when: .setVF([[.nodeGUID(1, node)], [.portGUID(1, port)]]),
    then: [.vfSays(.nodeGUID(1, node)), .vfSays(.portGUID(1, port))]),
  ContractRow(
    "the driver takes a GUID of all ones", "6", given: [make4], when: .setVF([[.nodeGUID(1, .max)]]),
    then: [.vfSays(.nodeGUID(1, .max))]),
  ContractRow(
    "all is lost when the PF loses its driver", "4.3, 5.2",
    given: [
      make4, .setVF([[.nodeGUID(1, node)]]), .setVF([[.state(1, auto)]]),
      .write("/sys/bus/pci/drivers/mlx5_core/unbind", "{pf}"), .missing("{pf}/net"),
      .write("/sys/bus/pci/drivers/mlx5_core/bind", "{pf}"),
    ], when: make4, then: [.vfSays(.nodeGUID(1, 0)), .vfSays(.state(1, disable))]),
]

private let drivers: [ContractRow] = [
  ContractRow(
    "VFs that are made again are bound with the GUIDs that the driver remembers", "4.3, 15",
    given: [
      make4, .setVF([[.nodeGUID(1, node)], [.portGUID(1, port)]]), .write("{pf}/sriov_numvfs", "0"),
    ], when: make4,
    then: [
      .read("{vf1}/infiniband/*/node_guid", gives: "0c42:a103:00b1:0101"),
      .read("{vf1}/infiniband/*/ports/1/gids/0", gives: "fe80:0000:0000:0000:0c42:a103:00b1:0102"),
      .read("{vf2}/infiniband/*/node_guid", gives: "0000:0000:0000:0000"),
    ]),
  ContractRow(
    "the VF's own RDMA device takes its GUIDs over when it is probed", "6",
    given: [
      .write("{pf}/sriov_drivers_autoprobe", "0"), make4, .setVF([[.nodeGUID(1, node)], [.portGUID(1, port)]]),
      .write("{pf}/sriov_drivers_autoprobe", "1"),
    ],
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}"),
    then: [
      .read("{vf1}/infiniband/*/node_guid", gives: "0c42:a103:00b1:0101"),
      .read("{vf1}/infiniband/*/ports/1/gids/0", gives: "fe80:0000:0000:0000:0c42:a103:00b1:0102"),
    ]),
  ContractRow(
    "a VF's own netdev sets nothing", "5.2", given: [make4],
    when: .setVF([[.state(0, auto)]], below: "{vf1}", gives: .notSupported)),
]

private let refusals: [ContractRow] = [
  ContractRow(
    "InfiniBand VFs have no MAC", "5.2", given: [make4],
    when: .setVF([[.mac(1, [0x02, 0, 0, 0, 0, 1])]], gives: .notSupported)),
  ContractRow("nor a VLAN", "5.2", given: [make4], when: .setVF([[.vlan(1, 100)]], gives: .notSupported)),
  ContractRow("nor a rate", "5.2", given: [make4], when: .setVF([[.rate(1, min: 0, max: 100)]], gives: .notSupported)),
  ContractRow("nor a spoof check", "5.2", given: [make4], when: .setVF([[.spoofCheck(1, 1)]], gives: .notSupported)),
  ContractRow(
    "a link that is not there", "5.2", given: [make4],
    when: .setVFOfNoLink(.state(1, auto), gives: .operationNotSupportedByDevice)),
]
