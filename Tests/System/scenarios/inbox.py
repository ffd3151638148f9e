"""The kernel's own driver: no file of MLNX_OFED, policies and GUIDs go by netlink through the PFs' IPoIB netdevs. What other files
say of a restored host, of VFs in use and of the kernel holds here as well."""
from harness.expect import OTHER_CONTROL, OTHER_PF, PF, equal
from harness.machine import Machine
from harness.product import is_as_saved, saved
from scenarios.failing_hardware import restore_other_pf
from scenarios.held_vfs import in_use, in_use_at_boot, let_go, replaced_vfs, wrong_count
from scenarios.restored_host import behind_our_back, reboot, replug
from scenarios.unsaved_host import contract

KERNEL = "mlx5_core.ofed=0"
IOMMU = True
BEFORE = saved
FAULTS = {
    "echo 4 > policy_fails; echo 8 > guid_ignored":
        ["VF 2: policy Follow: EIO", "(RTM_SETLINK)", "VF 3: port GUID of its RDMA device is b8:3f:d2:03:00:ee:01:03"],
    "echo 1 > policy_ignored; echo 2 > policy_wrong":
        ["VF 0: policy is Down, wanted Follow", "VF 1: policy is Up, wanted Follow"],
}


def without_files(machine: Machine) -> None:
    """It was netlink indeed, and what ip tells is what was restored."""
    machine.run(f"[ ! -e {PF}/sriov ] && [ ! -e {OTHER_PF}/mlx5_num_vfs ]")
    vf = machine.run("ip link show ibs22 | grep 'vf 3 '")
    for part in "NODE_GUID b8:3f:d2:03:00:02:01:03", "PORT_GUID b8:3f:d2:03:00:02:02:03", "link-state auto":
        assert part in vf, vf


def failing_writes(machine: Machine) -> None:
    """A policy write that fails; policies that are ignored or read back as another, a GUID that is ignored although the driver
    says it back: each told of its VF, and mended by the next restore."""
    machine.run(f"for vf in 0 1 2; do vf {OTHER_PF} $vf policy Down; done; vf {OTHER_PF} 3 port b8:3f:d2:03:00:ee:01:03")
    for faults, said in FAULTS.items():
        status, words = restore_other_pf(machine, faults)
        equal(status, 74)
        for part in said:
            assert part in words, (part, words)
        machine.run(f"vf {OTHER_PF} 0 policy Down")
    machine.run("sriov-persist restore vfs --pf 0000:02:00.0")
    is_as_saved(machine, OTHER_PF)


def unanswered_vf(machine: Machine) -> None:
    """The kernel leaves a VF out of its answer that the firmware does not answer for: told of this VF alone."""
    machine.run(f"echo 4 > {OTHER_CONTROL}/dead_vfs")
    status = machine.attempt("sriov-persist status")
    machine.run(f"echo 0 > {OTHER_CONTROL}/dead_vfs")
    equal(status.status, 69)
    assert "VF 2: " in status.output and "cannot be read: the kernel leaves the VF out" in status.output, status.output
    assert "VF 1:" not in status.output and "VF 3:" not in status.output, status.output


def forgotten(machine: Machine) -> None:
    """What is no longer saved is left alone, whatever becomes of the PF."""
    for pf in PF, OTHER_PF:
        machine.run(f"sriov-persist forget {pf.rsplit('/', 1)[1]}")


SCENARIOS = [reboot, without_files, replug, behind_our_back, failing_writes, unanswered_vf, in_use, in_use_at_boot, wrong_count,
             replaced_vfs, let_go, forgotten, contract]
