import Model
import Planning

/// One row: what is wanted, what is found, on whose word, and the plan that must come of it.
struct PlanRow: Sendable {
  let name: String
  /// The rule of DESIGN or the trap of mlx5.md 13 that it stands for.
  let source: String
  let wanted: Adapter
  let found: Observation
  let authority: Authority
  /// The steps as a person reads them.
  let steps: [String]
  /// What the refusal says; nil where nothing is refused.
  let refusal: String?

  init(
    _ name: String, _ source: String, wanted: Sketch = Sketch(), found: Sketch = Sketch(),
    on authority: Authority = .person, steps: [String] = [], refusal: String? = nil,
    given: (inout Adapter, inout Observation) -> Void = { _, _ in }
  ) {
    var (adapter, observation) = (wanted.wanted, found.found)
    given(&adapter, &observation)
    self.name = name
    self.source = source
    self.wanted = adapter
    self.found = observation
    self.authority = authority
    self.steps = steps
    self.refusal = refusal
  }
}

extension PlanRow: CustomStringConvertible {
  var description: String { "\(name) (\(source))" }
}

private let guid0 = "0c:42:a1:03:00:b1:01:00"
private let guid1 = "0c:42:a1:03:00:b1:01:01"

/// All steps that make one VF from nothing.
private let oneFromNothing = [
  "drivers autoprobe off", "create 1 VF", "VF 0: node GUID \(guid0)", "VF 0: port GUID \(guid0)",
  "VF 0: policy Follow", "drivers autoprobe on", "VF 0: bind to mlx5_core",
]

let planTable: [PlanRow] = nothingRows + countRows + identityRows + sharedRows + driverRows

private let nothingRows: [PlanRow] = [
  PlanRow("as saved", "rule 1: write only what differs"),
  PlanRow("as saved, for a unit", "rule 1", on: .unattended),
  PlanRow(
    "a GUID that was unset when saved is not taken away", "rule 3: unset is never drift",
    wanted: Sketch(guids: false), found: Sketch(guids: true)),
  PlanRow(
    "VFs that vfio-pci has, as saved, stay there", "13: no host netdev",
    given: { adapter, found in
      adapter.vfs[1].driver = "vfio-pci"
      found.vfs[1].driver = "vfio-pci"
      found.vfs[1].probed = [:]
      found.vfs[1].holder = "vfio-pci has it"
    }),
  PlanRow(
    "a VF in a container, as saved", "13: VF in another netns",
    given: { _, found in
      found.vfs[1].holder = "its netdev is in another network namespace"
      found.vfs[1].probed = [:]
    }),
]

private let countRows: [PlanRow] = [
  PlanRow(
    "from nothing", "7: identity before the driver, one probe", wanted: Sketch(vfs: 1), found: Sketch(vfs: 0),
    on: .unattended, steps: oneFromNothing),
  PlanRow(
    "autoprobe saved off stays off, and binds go by override", "3.4", wanted: Sketch(vfs: 1, autoprobe: false),
    found: Sketch(vfs: 0),
    steps: oneFromNothing.filter { $0 != "drivers autoprobe on" }),
  PlanRow(
    "another count, a unit", "13: never through 0 by itself", wanted: Sketch(vfs: 1), found: Sketch(vfs: 2),
    on: .unattended, refusal: "has 2 VFs, wanted 1: an unattended restore does not remove VFs"),
  PlanRow(
    "another count, a person, nothing held", "13: EBUSY on nonzero to nonzero, so through 0",
    wanted: Sketch(vfs: 1), found: Sketch(vfs: 2),
    steps: [oneFromNothing[0], "remove all VFs"] + oneFromNothing[1...]),
  PlanRow(
    "another count, one VF held", "13: unconditional 0 first kills VMs", wanted: Sketch(vfs: 1), found: Sketch(vfs: 2),
    refusal: "VF 1 is in use: vfio-pci has it",
    given: { _, found in found.vfs[1].holder = "vfio-pci has it" }),
  PlanRow(
    "another count, one VF held, replaced knowingly", "rule 2: --replace-vfs", wanted: Sketch(vfs: 1),
    found: Sketch(vfs: 2), on: .replacing, steps: [oneFromNothing[0], "remove all VFs"] + oneFromNothing[1...],
    given: { _, found in found.vfs[1].holder = "vfio-pci has it" }),
  PlanRow(
    "another count, made by somebody else", "13: others also write sriov_numvfs", wanted: Sketch(vfs: 1),
    found: Sketch(vfs: 2), refusal: "other software creates VFs here: systemd: 10-vf.link",
    given: { _, found in found.otherOwners = ["systemd: 10-vf.link"] }),
  PlanRow(
    "the same count, made by somebody else", "13: detect a set count", wanted: Sketch(vfs: 1),
    found: Sketch(vfs: 1, policy: .down), on: .unattended, steps: ["VF 0: policy Follow"],
    given: { _, found in found.otherOwners = ["systemd: 10-vf.link"] }),
  PlanRow(
    "no VFs wanted, a unit", "13: never through 0 by itself", wanted: Sketch(vfs: 0), found: Sketch(vfs: 2),
    on: .unattended,
    refusal: "has 2 VFs, wanted 0"),
  PlanRow(
    "no VFs wanted, a person", "rule 2", wanted: Sketch(vfs: 0), found: Sketch(vfs: 2), steps: ["remove all VFs"]),
  PlanRow(
    "a count that lies: one link fewer", "count readback is no proof", wanted: Sketch(vfs: 2), found: Sketch(vfs: 2),
    on: .unattended, refusal: "has 1 VF, wanted 2", given: { _, found in found.vfs.removeLast() }),
  PlanRow(
    "more than the firmware allows", "rule 10", wanted: Sketch(vfs: 9), found: Sketch(vfs: 0),
    refusal: """
      cannot create 9 VFs on 0000:b1:00.0 (mlx5_0): the firmware allows 8 (NUM_OF_VFS); \
      run: mstconfig -d b1:00.0 set NUM_OF_VFS=9, then reboot
      """),
  PlanRow(
    "more than an mlx5 PF has", "rule 10", wanted: Sketch(vfs: 128), found: Sketch(vfs: 0),
    refusal: """
      cannot create 128 VFs on 0000:b1:00.0 (mlx5_0): the firmware allows 8 (NUM_OF_VFS); \
      NVIDIA states 127 VFs for a port at most; make no more, then run: sriov-persist save --accept-loss
      """),
  PlanRow(
    "more than the firmware allows, knowingly", "rule 10", wanted: Sketch(vfs: 9), found: Sketch(vfs: 2),
    on: .replacing, refusal: "the firmware allows 8"),
  PlanRow(
    "a PF in a RoCE bond", "9: VFs on bonded PFs tear the bond's RDMA device down", wanted: Sketch(vfs: 1),
    found: Sketch(vfs: 0), refusal: "is in the bond bond0",
    given: { adapter, found in
      found.pf.bond = "bond0"
      (adapter.pf.linkLayer, found.pf.linkLayer) = (.ethernet, .ethernet)
    }),
  PlanRow(
    "a PF in a RoCE bond, knowingly", "9", wanted: Sketch(vfs: 1), found: Sketch(vfs: 0), on: .replacing,
    steps: oneFromNothing,
    given: { adapter, found in
      found.pf.bond = "bond0"
      (adapter.pf.linkLayer, found.pf.linkLayer) = (.ethernet, .ethernet)
    }),
  PlanRow(
    "a PF whose IPoIB netdev is in a bond", "9: only RoCE bonds have an RDMA device", wanted: Sketch(vfs: 1),
    found: Sketch(vfs: 0), steps: oneFromNothing, given: { _, found in found.pf.bond = "bond0" }),
  PlanRow(
    "a run was killed with autoprobe off", "the end of every plan is the saved value", wanted: Sketch(vfs: 1),
    found: Sketch(vfs: 1, autoprobe: false), on: .unattended, steps: ["drivers autoprobe on"]),
]

private let identityRows: [PlanRow] = [
  PlanRow(
    "policy alone under a bound VF", "rule 2: policy may be written", on: .unattended, steps: ["VF 2: policy Follow"],
    given: { _, found in found.vfs[2].attributes[.policy] = .value(.policy(.down)) }),
  PlanRow(
    "policy under a held VF", "rule 2; 13: writes through the PF still work", on: .unattended,
    steps: ["VF 2: policy Follow"],
    given: { _, found in
      found.vfs[2].attributes[.policy] = .value(.policy(.down))
      found.vfs[2].holder = "vfio-pci has it"
    }),
  PlanRow(
    "a bound VF has a zero GUID", "13: VF GUID zero; rebind after change", on: .unattended,
    steps: ["VF 1: unbind from mlx5_core", "VF 1: node GUID \(guid1)", "VF 1: bind to mlx5_core"],
    given: { _, found in found.vfs[1].attributes[.nodeGUID] = .unset }),
  PlanRow(
    "an unbound VF has a zero GUID", "13: VF GUID zero", on: .unattended,
    steps: ["VF 1: port GUID \(guid1)", "VF 1: bind to mlx5_core"],
    given: { _, found in
      found.vfs[1].attributes[.portGUID] = .unset
      found.vfs[1].driver = nil
      found.vfs[1].probed = [:]
    }),
  PlanRow(
    "a VF was probed before it had its GUID", "6: taken over at probe only", on: .unattended,
    steps: ["VF 3: unbind from mlx5_core", "VF 3: bind to mlx5_core"],
    given: { _, found in found.vfs[3].probed[.nodeGUID] = .unset }),
  PlanRow(
    "the same, and its GUID cannot be given to it", "5.2: without the netdev", on: .unattended,
    refusal: "cannot be written: no folder",
    given: { _, found in
      found.hideAttributes()
      found.vfs[3].probed[.nodeGUID] = .unset
    }),
  PlanRow(
    "the same by netlink, which says back what it was told", "5.2", on: .unattended,
    steps: ["VF 3: unbind from mlx5_core", "VF 3: node GUID 0c:42:a1:03:00:b1:01:03", "VF 3: bind to mlx5_core"],
    given: { _, found in
      found.netlinkNetdev = "ibs21"
      found.vfs[3].probed[.nodeGUID] = .unset
    }),
  PlanRow(
    "a held VF has another GUID, and another VF another policy", "rule 2: the rest is repaired", on: .unattended,
    steps: ["VF 0: policy Follow", "VF 1: policy Follow"],
    refusal:
      "not as saved, and kept so: VF 1: in use, vfio-pci has it; set free what is in use",
    given: { _, found in
      found.vfs[1].attributes[.nodeGUID] = .unset
      found.vfs[1].attributes[.policy] = .value(.policy(.up))
      found.vfs[1].holder = "vfio-pci has it"
      found.vfs[0].attributes[.policy] = .value(.policy(.up))
    }),
  PlanRow(
    "a held VF has another GUID, replaced knowingly", "rule 2: --replace-vfs", on: .replacing,
    steps: ["VF 1: unbind from mlx5_core", "VF 1: node GUID \(guid1)", "VF 1: bind to mlx5_core"],
    given: { _, found in
      found.vfs[1].attributes[.nodeGUID] = .unset
      found.vfs[1].holder = "its RDMA device is used by ib_write_bw (pid 17)"
    }),
  PlanRow(
    "an attribute that cannot be read is not written", "rule 6", wanted: Sketch(vfs: 1), found: Sketch(vfs: 1),
    given: { _, found in found.vfs[0].attributes[.policy] = .unreadable("EIO") }),
  PlanRow(
    "a VF of which something cannot be read is not disturbed, and the others are mended", "rule 6", on: .unattended,
    steps: ["VF 1: policy Follow", "VF 2: unbind from mlx5_core", "VF 2: bind to mlx5_core"],
    given: { _, found in
      for vf in 1...2 { found.vfs[vf].probed[.nodeGUID] = .unset }
      found.vfs[1].attributes[.portGUID] = .unreadable("EIO")
      found.vfs[1].attributes[.policy] = .value(.policy(.down))
    }),
  PlanRow(
    "told to, a person has it disturbed for what was read", "rule 2: --replace-vfs", on: .replacing,
    steps: ["VF 1: unbind from mlx5_core", "VF 1: bind to mlx5_core"],
    given: { _, found in
      found.vfs[1].probed[.nodeGUID] = .unset
      found.vfs[1].attributes[.portGUID] = .unreadable("EIO")
    }),
  PlanRow(
    "what nothing tells of a VF that is there is not written", "rule 6", on: .unattended,
    given: { _, found in found.vfs[1].attributes = [:] }),
  PlanRow(
    "a VF that its driver is still probing is not disturbed", "15: a second and more per VF", on: .unattended,
    given: { _, found in
      found.vfs[1].probed = [:]
      found.vfs[1].missingDevice = .coming
      found.vfs[1].attributes[.nodeGUID] = .unset
    }),
  PlanRow(
    "a held VF is in another VLAN, and has another rate", "rule 2: no held VF gets a new MAC or VLAN", on: .unattended,
    steps: ["VF 1: rate 0:100", "VF 2: VLAN 7:0:802.1q"], refusal: "VF 1: in use, vfio-pci has it",
    given: { adapter, found in
      for vf in 1...2 { adapter.vfs[vf].attributes[.vlan] = VLAN("7:0").map(VFValue.vlan) }
      for vf in 1...2 { found.vfs[vf].attributes[.vlan] = VLAN("8:0").map { .value(.vlan($0)) } }
      adapter.vfs[1].attributes[.rate] = TransmitRate("0:100").map(VFValue.rate)
      found.vfs[1].attributes[.rate] = TransmitRate("0:0").map { .value(.rate($0)) }
      found.vfs[1].holder = "vfio-pci has it"
    }),
  PlanRow(
    "VFs that were saved as InfiniBand on an Ethernet PF", "mlx5.md 11: LINK_TYPE", found: Sketch(vfs: 0),
    refusal: "is Ethernet now, and its VFs were saved as InfiniBand",
    given: { _, found in found.pf.linkLayer = .ethernet }),
  PlanRow(
    "made anew in switchdev mode", "mlx5.md 9: the representor governs", wanted: Sketch(vfs: 1), found: Sketch(vfs: 0),
    steps: oneFromNothing.filter { !$0.contains("policy") },
    given: { _, found in found.eswitchMode = .switchdev }),
  PlanRow(
    "attributes that this driver cannot reach, no VF", "channel by capability", found: Sketch(vfs: 0),
    refusal: "cannot be written: no folder", given: { _, found in found.attributesHidden = "no folder" }),
  PlanRow(
    "attributes that this driver cannot reach, all VFs", "not visible is no drift",
    given: { _, found in found.hideAttributes() }),
  PlanRow(
    "attributes that this driver cannot reach, and a VF without a driver", "6: rebind after change",
    refusal: "cannot be written: no folder",
    given: { _, found in
      found.hideAttributes()
      found.vfs[1].driver = nil
    }),
]

extension Observation {
  fileprivate mutating func hideAttributes() {
    attributesHidden = "no folder"
    for index in vfs.indices {
      for attribute in VFAttribute.allCases { vfs[index].attributes[attribute] = .notVisible("no folder") }
    }
  }
}

private func guid(_ number: UInt64) -> VFValue? { (try? GUID(0x0c42_a103_00b1_0100 + number)).map(VFValue.guid) }

private let sharedRows: [PlanRow] = [
  PlanRow(
    "two VFs have each other's GUIDs, and one is held", "6: duplicates break the subnet", on: .unattended,
    refusal: "VF 0: VF 1 has its node GUID; VF 1: in use, vfio-pci has it",
    given: { _, found in
      let both = [found.vfs[0].attributes, found.vfs[1].attributes]
      (found.vfs[0].attributes, found.vfs[1].attributes) = (both[1], both[0])
      found.vfs[1].holder = "vfio-pci has it"
    }),
  PlanRow(
    "GUIDs moved by one, and the last of them is held", "6: duplicates break the subnet", wanted: Sketch(vfs: 3),
    found: Sketch(vfs: 3), on: .unattended,
    refusal: "VF 0: VF 1 has its node GUID; VF 1: VF 2 has its node GUID; VF 2: in use, vfio-pci has it; set free",
    given: { _, found in
      let all = found.vfs.map(\.attributes)
      for index in 0..<3 { found.vfs[index].attributes = all[(index + 2) % 3] }
      (found.vfs[0].attributes, found.vfs[1].attributes, found.vfs[2].attributes) = (all[2], all[0], all[1])
      found.vfs[2].holder = "vfio-pci has it"
    }),
  PlanRow(
    "two VFs have each other's GUIDs, a unit", "6: in between both would have one", wanted: Sketch(vfs: 2),
    found: Sketch(vfs: 2), on: .unattended,
    refusal: "VF 0: VF 1 has its node GUID; VF 1: VF 0 has its node GUID; to make all VFs anew: sriov-persist restore",
    given: { _, found in found.swapFirstTwo() }),
  PlanRow(
    "two VFs have each other's GUIDs, a person", "6: made anew", wanted: Sketch(vfs: 2, guids: true),
    found: Sketch(vfs: 2),
    steps: [
      "drivers autoprobe off", "remove all VFs", "create 2 VFs", "VF 0: node GUID \(guid0)", "VF 0: port GUID \(guid0)",
      "VF 0: policy Follow", "VF 1: node GUID \(guid1)", "VF 1: port GUID \(guid1)", "VF 1: policy Follow",
      "drivers autoprobe on", "VF 0: bind to mlx5_core", "VF 1: bind to mlx5_core",
    ],
    given: { _, found in found.swapFirstTwo() }),
  PlanRow(
    "a VF without a saved GUID has another's", "6: duplicates break the subnet", on: .unattended,
    refusal: "VF 0: VF 3 has its node GUID",
    given: { adapter, found in
      adapter.vfs[3].attributes = [.policy: .policy(.follow)]
      found.vfs[3].attributes[.nodeGUID] = guid(0).map(Reading.value)
      found.vfs[0].attributes[.nodeGUID] = .unset
    }),
  PlanRow(
    "a VF without a saved GUID has another's, who has it too", "6: duplicates break the subnet", on: .unattended,
    refusal: "VF 0: VF 3 has its node GUID too; VF 0: VF 3 has its port GUID too; give VF 3 its own GUIDs",
    given: { adapter, found in
      adapter.vfs[3].attributes = [.policy: .policy(.follow)]
      found.vfs[3].attributes[.nodeGUID] = guid(0).map(Reading.value)
    }),
  PlanRow(
    "a VF without a saved GUID came back with another's, and has no driver", "15: the driver remembers GUIDs",
    on: .unattended,
    refusal: "VF 3: it has the node GUID that is saved as VF 0's",
    given: { adapter, found in
      adapter.vfs[3].attributes = [.policy: .policy(.follow)]
      found.vfs[3].attributes[.nodeGUID] = guid(0).map(Reading.value)
      found.vfs[3].driver = nil
      found.vfs[3].probed = [:]
    }),
  PlanRow(
    "VFs made anew would bring another's GUID back", "4.3: re-sent by the driver", wanted: Sketch(vfs: 3),
    found: Sketch(vfs: 2), refusal: "VF 1 has the GUID \(guid0), which is saved as VF 0's",
    given: { adapter, found in
      adapter.vfs[1].attributes = [.policy: .policy(.follow)]
      found.vfs[1].attributes[.portGUID] = guid(0).map(Reading.value)
    }),
]

private let driverRows: [PlanRow] = [
  PlanRow(
    "a VF without a driver", "13: now and then one VF ends up without a driver", on: .unattended,
    steps: ["VF 2: bind to mlx5_core"],
    given: { _, found in
      found.vfs[2].driver = nil
      found.vfs[2].probed = [:]
    }),
  PlanRow(
    "a VF that was saved without a driver has one", "drivers are part of the snapshot", on: .unattended,
    steps: ["VF 2: unbind from mlx5_core"], given: { adapter, _ in adapter.vfs[2].driver = nil }),
  PlanRow(
    "a VF that was saved with vfio-pci is with mlx5_core", "drivers are part of the snapshot", on: .unattended,
    steps: ["VF 2: unbind from mlx5_core", "VF 2: bind to vfio-pci"],
    given: { adapter, _ in adapter.vfs[2].driver = "vfio-pci" }),
  PlanRow(
    "another driver has a VF", "rule 2: held by another driver",
    refusal: "VFs 1-2: in use, vfio-pci has it; VF 3: in use, its netdev",
    given: { _, found in
      for vf in 1...2 {
        found.vfs[vf].driver = "vfio-pci"
        found.vfs[vf].probed = [:]
        found.vfs[vf].holder = "vfio-pci has it"
      }
      found.vfs[3].attributes[.nodeGUID] = .unset
      found.vfs[3].holder = "its netdev is in another network namespace"
    }),
]

extension Observation {
  fileprivate mutating func swapFirstTwo() {
    let both = vfs
    (vfs[0].attributes, vfs[1].attributes) = (both[1].attributes, both[0].attributes)
    (vfs[0].probed, vfs[1].probed) = (both[1].probed, both[0].probed)
  }
}
