import SystemPackage

/// What the agent relies on, and what it must survive. A new trap is a new row here first.
package let contract: [ContractRow] = (counts + attributes).map(\.withoutDrivers) + drivers + ports

/// What MLNX_OFED's own count file says differs from release to release (mlx5.md 3.3, 15).
///
/// - Parameter version: As /sys/module/mlx5_core/version has it, such as `24.07-0.6.0`.
package func contract(ofOFED version: String) -> [ContractRow] {
  let isOld = ["5.", "23.", "24."].contains { version.hasPrefix($0) }
  return [
    ContractRow(
      "MLNX_OFED's count above the limit", "3.3, 15",
      when: .write("{pf}/mlx5_num_vfs", "999", gives: isOld ? .invalidArgument : .outOfRange))
  ]
    + (isOld
      ? [
        ContractRow(
          "MLNX_OFED's count below zero", "3.3, 15", when: .write("{pf}/mlx5_num_vfs", "-1", gives: .invalidArgument))
      ] : [])
}

private let make4: Check = .write("{pf}/sriov_numvfs", "4")

private let counts: [ContractRow] = [
  ContractRow(
    "a count that is no number", "3.2", when: .write("{pf}/sriov_numvfs", "four", gives: .invalidArgument)),
  ContractRow(
    "more VFs than the firmware allows", "3.2", when: .write("{pf}/sriov_numvfs", "999", gives: .outOfRange),
    then: [.read("{pf}/sriov_numvfs", gives: "0")]),
  ContractRow(
    "a count over nothing makes the links", "3.1", when: make4,
    then: [.read("{pf}/sriov_numvfs", gives: "4"), .present("{pf}/virtfn3"), .missing("{pf}/virtfn4")]),
  ContractRow("the same count again", "3.2", given: [make4], when: make4),
  ContractRow(
    "another count over a count", "3.2", given: [make4],
    when: .write("{pf}/sriov_numvfs", "2", gives: .resourceBusy), then: [.read("{pf}/sriov_numvfs", gives: "4")]),
  ContractRow(
    "zero removes all", "3.2, 4.1", given: [make4], when: .write("{pf}/sriov_numvfs", "0"),
    then: [.read("{pf}/sriov_numvfs", gives: "0"), .missing("{pf}/virtfn0"), .missing("{pf}/sriov/0")]),
  ContractRow(
    "base 0, as the kernel parses", "3.3", when: .write("{pf}/sriov_numvfs", "0x2\n"),
    then: [.read("{pf}/sriov_numvfs", gives: "2")]),
  ContractRow(
    "reading the count waits for the write", "3.2", when: make4,
    meanwhile: .init(once: "{pf}/sriov/3", checks: [.readBlocks("{pf}/sriov_numvfs", gives: "4")])),
  ContractRow(
    "folders come before VFs, and cannot be read yet but for VF 0", "4.1", when: make4,
    meanwhile: .init(
      once: "{pf}/sriov/3",
      checks: [
        .readFails("{pf}/sriov/1/policy", .invalidArgument), .readFails("{pf}/sriov/3/node", .invalidArgument),
        .read("{pf}/sriov/0/policy", gives: "Down"),
      ]),
    then: [.read("{pf}/sriov/3/policy", gives: "Down")]),
  ContractRow(
    "MLNX_OFED's count is the same count", "3.3", when: .write("{pf}/mlx5_num_vfs", "4\n"),
    then: [.read("{pf}/sriov_numvfs", gives: "4"), .read("{pf}/mlx5_num_vfs", gives: "4")]),
  ContractRow(
    "MLNX_OFED's count over a count", "3.3", given: [make4],
    when: .write("{pf}/mlx5_num_vfs", "2", gives: .resourceBusy)),
  ContractRow(
    "MLNX_OFED's same count again", "3.3, 15", given: [make4], when: .write("{pf}/mlx5_num_vfs", "4"),
    then: [.read("{pf}/mlx5_num_vfs", gives: "4")]),
  ContractRow(
    "MLNX_OFED's count that is no number", "3.3", when: .write("{pf}/mlx5_num_vfs", "x", gives: .invalidArgument)),
]

private let attributes: [ContractRow] = [
  ContractRow(
    "a new VF has policy Down and no GUIDs", "4.3", when: make4,
    then: [
      .read("{pf}/sriov/0/policy", gives: "Down"), .read("{pf}/sriov/0/node", gives: "00:00:00:00:00:00:00:00"),
      .read("{pf}/sriov/3/port", gives: "00:00:00:00:00:00:00:00"),
    ]),
  ContractRow(
    "policy Follow", "4.2", given: [make4], when: .write("{pf}/sriov/1/policy", "Follow\n"),
    then: [.read("{pf}/sriov/1/policy", gives: "Follow"), .read("{pf}/sriov/2/policy", gives: "Down")]),
  ContractRow(
    "policy Up", "4.2", given: [make4], when: .write("{pf}/sriov/1/policy", "Up"),
    then: [.read("{pf}/sriov/1/policy", gives: "Up")]),
  ContractRow(
    "policy in other letters", "4.2", given: [make4],
    when: .write("{pf}/sriov/1/policy", "follow", gives: .invalidArgument),
    then: [.read("{pf}/sriov/1/policy", gives: "Down")]),
  ContractRow(
    "policy with a blank", "4.2", given: [make4],
    when: .write("{pf}/sriov/1/policy", "Follow ", gives: .invalidArgument)),
  ContractRow(
    "a GUID in any letters reads back in small ones", "4.2", given: [make4],
    when: .write("{pf}/sriov/1/node", "0C:42:a1:3:0:B1:1:1\n"),
    then: [.read("{pf}/sriov/1/node", gives: "0c:42:a1:03:00:b1:01:01")]),
  ContractRow(
    "a GUID of seven bytes", "4.2", given: [make4],
    when: .write("{pf}/sriov/1/port", "0c:42:a1:03:00:b1:01", gives: .invalidArgument)),
  ContractRow(
    "a GUID with something behind it", "4.2", given: [make4],
    when: .write("{pf}/sriov/1/port", "0c:42:a1:03:00:b1:01:02 and more"),
    then: [.read("{pf}/sriov/1/port", gives: "0c:42:a1:03:00:b1:01:02")]),
  ContractRow(
    "the driver takes a GUID of all ones", "4.2, 6", given: [make4],
    when: .write("{pf}/sriov/1/node", "ff:ff:ff:ff:ff:ff:ff:ff"),
    then: [.read("{pf}/sriov/1/node", gives: "ff:ff:ff:ff:ff:ff:ff:ff")]),
  ContractRow(
    "over a count of zero the driver keeps GUIDs and policy", "4.3",
    given: [
      make4, .write("{pf}/sriov/1/node", "0c:42:a1:03:00:b1:01:01"), .write("{pf}/sriov/1/policy", "Follow"),
      .write("{pf}/sriov_numvfs", "0"),
    ], when: make4,
    then: [
      .read("{pf}/sriov/1/node", gives: "0c:42:a1:03:00:b1:01:01"), .read("{pf}/sriov/1/policy", gives: "Follow"),
    ]),
]

private let drivers: [ContractRow] = [
  ContractRow(
    "a VF has the link to its driver before it has its RDMA device and netdev", "15",
    given: [.write("{pf}/sriov_drivers_autoprobe", "0"), make4, .write("{pf}/sriov_drivers_autoprobe", "1")],
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}"),
    meanwhile: .init(once: "{vf1}/driver", checks: [.missing("{vf1}/infiniband"), .missing("{vf1}/net/*")]),
    then: [.present("{vf1}/infiniband/*/node_guid"), .present("{vf1}/net/*")]),
  ContractRow(
    "reading a VF's driver override waits for the end of its probe", "15",
    given: [.write("{pf}/sriov_drivers_autoprobe", "0"), make4, .write("{pf}/sriov_drivers_autoprobe", "1")],
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}"),
    meanwhile: .init(once: "{vf1}/driver", checks: [.readBlocks("{vf1}/driver_override", gives: "(null)")])),
  ContractRow(
    "VFs that are made again are bound with the GUIDs that the driver remembers", "4.3, 15",
    given: [
      make4, .write("{pf}/sriov/1/node", "0c:42:a1:03:00:b1:01:01"),
      .write("{pf}/sriov/1/port", "0c:42:a1:03:00:b1:01:02"), .write("{pf}/sriov_numvfs", "0"),
    ], when: make4,
    then: [
      .read("{vf1}/infiniband/*/node_guid", gives: "0c42:a103:00b1:0101"),
      .read("{vf1}/infiniband/*/ports/1/gids/0", gives: "fe80:0000:0000:0000:0c42:a103:00b1:0102"),
      .read("{vf2}/infiniband/*/node_guid", gives: "0000:0000:0000:0000"),
    ]),
  ContractRow(
    "a new VF is bound", "3.2", when: make4,
    then: [.present("{vf0}/driver"), .present("{vf3}/infiniband/*/node_guid")]),
  ContractRow(
    "autoprobe off leaves VFs unbound", "3.4", given: [.write("{pf}/sriov_drivers_autoprobe", "0")], when: make4,
    then: [.missing("{vf0}/driver"), .missing("{vf0}/infiniband"), .read("{pf}/sriov/0/policy", gives: "Down")]),
  ContractRow(
    "autoprobe off refuses a bind by hand as well", "3.4",
    given: [.write("{pf}/sriov_drivers_autoprobe", "0"), make4],
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}", gives: .operationNotSupportedByDevice)),
  ContractRow(
    "a driver override gets past that", "3.4",
    given: [
      .write("{pf}/sriov_drivers_autoprobe", "0"), make4, .write("{vf1}/driver_override", "mlx5_core"),
    ],
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}"),
    then: [.present("{vf1}/driver"), .missing("{vf2}/driver")]),
  ContractRow(
    "autoprobe that is no truth value", "3.4",
    when: .write("{pf}/sriov_drivers_autoprobe", "maybe", gives: .invalidArgument)),
  ContractRow(
    "autoprobe on again, a bind by hand works", "3.4",
    given: [
      .write("{pf}/sriov_drivers_autoprobe", "0"), make4, .write("{pf}/sriov_drivers_autoprobe", "1"),
      .missing("{vf1}/driver"),
    ],
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}"), then: [.present("{vf1}/driver")]),
  ContractRow(
    "binding a VF that is bound", "3.4", given: [make4],
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}", gives: .resourceBusy)),
  ContractRow(
    "binding what is not there", "3.4",
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "0000:00:1e.7", gives: .operationNotSupportedByDevice)),
  ContractRow(
    "the VF's own RDMA device takes its GUIDs over when it is probed", "6",
    given: [
      .write("{pf}/sriov_drivers_autoprobe", "0"), make4, .write("{pf}/sriov/1/node", "0c:42:a1:03:00:b1:01:01"),
      .write("{pf}/sriov/1/port", "0c:42:a1:03:00:b1:01:02"), .write("{pf}/sriov_drivers_autoprobe", "1"),
    ],
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}"),
    then: [
      .read("{vf1}/infiniband/*/node_guid", gives: "0c42:a103:00b1:0101"),
      .read("{vf1}/infiniband/*/ports/1/gids/0", gives: "fe80:0000:0000:0000:0c42:a103:00b1:0102"),
    ]),
  ContractRow(
    "and at no other time", "6", given: [make4], when: .write("{pf}/sriov/1/node", "0c:42:a1:03:00:b1:01:01"),
    then: [
      .read("{pf}/sriov/1/node", gives: "0c:42:a1:03:00:b1:01:01"),
      .read("{vf1}/infiniband/*/node_guid", gives: "0000:0000:0000:0000"),
    ]),
  ContractRow(
    "until it is unbound and bound", "6",
    given: [
      make4, .write("{pf}/sriov/1/node", "0c:42:a1:03:00:b1:01:01"),
      .write("/sys/bus/pci/drivers/mlx5_core/unbind", "{vf1}"), .missing("{vf1}/infiniband"), .missing("{vf1}/driver"),
    ],
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}"),
    then: [
      .read("{vf1}/infiniband/*/node_guid", gives: "0c42:a103:00b1:0101"),
      .read("{pf}/sriov/1/node", gives: "0c:42:a1:03:00:b1:01:01"), .present("{vf0}/driver"),
    ]),
  ContractRow(
    "unbinding a VF that is unbound", "3.4",
    given: [make4, .write("/sys/bus/pci/drivers/mlx5_core/unbind", "{vf1}")],
    when: .write("/sys/bus/pci/drivers/mlx5_core/unbind", "{vf1}", gives: .operationNotSupportedByDevice)),
  ContractRow(
    "a driver override for another driver refuses the bind", "3.4",
    given: [
      make4, .write("/sys/bus/pci/drivers/mlx5_core/unbind", "{vf1}"), .write("{vf1}/driver_override", "vfio-pci"),
      .read("{vf1}/driver_override", gives: "vfio-pci"),
    ],
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}", gives: .operationNotSupportedByDevice)),
  ContractRow(
    "an empty driver override is none", "3.4",
    given: [
      make4, .write("/sys/bus/pci/drivers/mlx5_core/unbind", "{vf1}"), .write("{vf1}/driver_override", "vfio-pci"),
      .write("{vf1}/driver_override", "\n"), .read("{vf1}/driver_override", gives: "(null)"),
    ],
    when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}"), then: [.present("{vf1}/driver")]),
  ContractRow(
    "a VF's netdev is below it, and so is the way to its PF", "8", when: make4,
    then: [.present("{vf1}/net"), .present("{vf1}/physfn"), .missing("{pf}/physfn")]),
  ContractRow(
    "all is lost when the PF loses its driver", "4.3",
    given: [
      make4, .write("{pf}/sriov/1/node", "0c:42:a1:03:00:b1:01:01"), .write("{pf}/sriov/1/policy", "Follow"),
      .write("/sys/bus/pci/drivers/mlx5_core/unbind", "{pf}"), .missing("{pf}/sriov"), .missing("{pf}/virtfn0"),
      .write("/sys/bus/pci/drivers/mlx5_core/bind", "{pf}"), .read("{pf}/sriov_numvfs", gives: "0"),
    ], when: make4,
    then: [
      .read("{pf}/sriov/1/node", gives: "00:00:00:00:00:00:00:00"), .read("{pf}/sriov/1/policy", gives: "Down"),
    ]),
]

private let ports: [ContractRow] = [
  ContractRow(
    "a port that is down shows its GUID all the same", "15",
    given: [
      .write("{pf}/sriov_drivers_autoprobe", "0"), make4, .write("{pf}/sriov/1/port", "0c:42:a1:03:00:b1:01:02"),
      .write("{pf}/sriov_drivers_autoprobe", "1"),
    ], when: .write("/sys/bus/pci/drivers/mlx5_core/bind", "{vf1}"),
    then: [
      .read("{vf1}/infiniband/*/ports/1/state", gives: "1: DOWN"),
      .read("{vf1}/infiniband/*/ports/1/gids/0", gives: "fe80:0000:0000:0000:0c42:a103:00b1:0102"),
    ]),
  ContractRow(
    "a port tells its link layer, and that of a new VF is down", "4.3, 10.1", when: make4,
    then: [
      .read("{pf}/infiniband/*/ports/1/link_layer", gives: "InfiniBand"),
      .read("{vf1}/infiniband/*/ports/1/link_layer", gives: "InfiniBand"),
      .read("{vf1}/infiniband/*/ports/1/state", gives: "1: DOWN"),
    ]),
  ContractRow(
    "policy Follow without a GUID leaves a VF's port down", "4.3, 10.1", given: [make4],
    when: .write("{pf}/sriov/1/policy", "Follow"), then: [.read("{vf1}/infiniband/*/ports/1/state", gives: "1: DOWN")]),
  ContractRow(
    "so does a GUID with policy Down", "4.3, 10.1", given: [make4],
    when: .write("{pf}/sriov/1/port", "0c:42:a1:03:00:b1:01:02"),
    then: [.read("{vf1}/infiniband/*/ports/1/state", gives: "1: DOWN")]),
  ContractRow(
    "a VF that is not bound shows no port", "10.1", given: [.write("{pf}/sriov_drivers_autoprobe", "0")], when: make4,
    then: [.missing("{vf1}/infiniband")]),
]
