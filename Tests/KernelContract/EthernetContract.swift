import SystemPackage

/// What the agent relies on where the PF is an Ethernet one in legacy mode: MLNX_OFED's files, of which `config` says what
/// the others hold.
package let ethernetContract: [ContractRow] = [
  ContractRow(
    "config is the readable truth, the other files say how to write them", "4.2", given: [make4],
    when: .write("{pf}/sriov/1/vlan", "100:5"),
    then: [.config(1, "VLAN", gives: "100"), .config(1, "QoS", gives: "5"), .config(2, "VLAN", gives: "0")]),
  ContractRow(
    "without VLAN and QoS there is no protocol to name", "4.2", given: [make4],
    when: .write("{pf}/sriov/1/vlan", "0:5"),
    then: [.config(1, "VLAN Proto", gives: "802.1Q"), .config(2, "VLAN Proto", gives: "N/A")]),
  ContractRow(
    "in legacy mode the PF's port has a name as well", "9", when: make4,
    then: [.read("{pf}/net/*/phys_port_name", gives: "p0")]),
  ContractRow(
    "a new VF follows the PF's link", "4.3", when: make4, then: [.config(0, "LinkState", gives: "Follow")]),
  ContractRow(
    "a VLAN above 4095", "4.2", given: [make4], when: .write("{pf}/sriov/1/vlan", "4096:0", gives: .invalidArgument)),
  ContractRow(
    "a QoS above 7", "4.2", given: [make4], when: .write("{pf}/sriov/1/vlan", "1:8", gives: .invalidArgument)),
  ContractRow(
    "a MAC", "4.2", given: [make4], when: .write("{pf}/sriov/1/mac", "0c:42:a1:00:01:02"),
    then: [.config(1, "MAC", gives: "0c:42:a1:00:01:02")]),
  ContractRow(
    "a node GUID follows the MAC", "5.4", given: [make4], when: .write("{pf}/sriov/1/mac", "0c:42:a1:00:01:02"),
    then: [.read("{pf}/sriov/1/node", gives: "0c:42:a1:ff:fe:00:01:02")]),
  ContractRow(
    "a group address", "4.2, 5.4", given: [make4],
    when: .write("{pf}/sriov/1/mac", "01:00:5e:00:00:01", gives: .invalidArgument)),
  ContractRow(
    "spoof check in capitals only", "4.2", given: [make4],
    when: .write("{pf}/sriov/1/spoofcheck", "on", gives: .invalidArgument),
    then: [.config(1, "SpoofCheck", gives: "OFF")]),
  ContractRow(
    "spoof check", "4.2", given: [make4], when: .write("{pf}/sriov/1/spoofcheck", "ON"),
    then: [.config(1, "SpoofCheck", gives: "ON")]),
  ContractRow(
    "trust", "4.2", given: [make4], when: .write("{pf}/sriov/1/trust", "ON"), then: [.config(1, "Trust", gives: "ON")]),
  ContractRow(
    "link state, in the words of policy", "4.2", given: [make4], when: .write("{pf}/sriov/1/link_state", "Down"),
    then: [.config(1, "LinkState", gives: "Down")]),
  ContractRow(
    "link state in netlink's words", "4.2", given: [make4],
    when: .write("{pf}/sriov/1/link_state", "disable", gives: .invalidArgument)),
  ContractRow(
    "a rate, the greatest first", "4.2", given: [make4, .write("{pf}/sriov/1/max_tx_rate", "2000")],
    when: .write("{pf}/sriov/1/min_tx_rate", "100"),
    then: [.config(1, "MinTxRate", gives: "100"), .config(1, "MaxTxRate", gives: "2000")]),
  ContractRow(
    "over a count of zero all is lost", "4.3",
    given: [
      make4, .write("{pf}/sriov/1/vlan", "100:5"), .write("{pf}/sriov/1/mac", "0c:42:a1:00:01:02"),
      .write("{pf}/sriov_numvfs", "0"),
    ], when: make4,
    then: [.config(1, "VLAN", gives: "0"), .config(1, "MAC", gives: "00:00:00:00:00:00")]),
  ContractRow(
    "netlink says what the files were told", "2, 5.4", given: [make4],
    when: .write("{pf}/sriov/1/max_tx_rate", "2000"), then: [.vfSays(.rate(1, min: 0, max: 2000))]),
  ContractRow(
    "and the files what netlink was", "2, 5.4", given: [make4], when: .setVF([[.trust(1, 1), .state(1, 2)]]),
    then: [.config(1, "Trust", gives: "ON"), .config(1, "LinkState", gives: "Down")]),
  ContractRow(
    "a greatest rate below the least is refused by netlink", "5.4", given: [make4],
    when: .setVF([[.rate(1, min: 100, max: 50)]], gives: .invalidArgument)),
  ContractRow(
    "a GUID is not for Ethernet", "5.1", given: [make4], when: .setVF([[.nodeGUID(1, 1)]], gives: .notSupported)),
]

private let make4: Check = .write("{pf}/sriov_numvfs", "4")
