"""The kernel's own driver, unmodified, on emulated firmware: no file of MLNX_OFED, and policies and GUIDs go by netlink through
the PFs' IPoIB netdevs. What other files say of a restored host and of VFs in use holds here as well."""
import re

from harness.expect import CARDS, OTHER_PF, PF, equal, rdma_device
from harness.machine import Machine
from harness.product import GATE, failed_units, is_as_saved, observe, restored, saved, unit_of
from scenarios.held_vfs import in_use, in_use_at_boot, let_go, replaced_vfs, wrong_count
from scenarios.restored_host import behind_our_back, replug
from scenarios.unsaved_host import holds_contract

FIRMWARE = True
KERNEL = "module_blacklist=mlx5_ofed"
IOMMU = True
BEFORE = saved


def power_cut(machine: Machine) -> None:
    """The first boot ends in the middle of its restore."""
    # Far longer than it takes to see the moment.
    machine.set(CARDS[0], init_delay_ms=10000)
    machine.boot(early=True)
    machine.wait(f"[ -e {PF}/virtfn0/driver ]", seconds=90)
    equal(machine.run(f"systemctl show -P ActiveState {unit_of(PF)}"), "activating")
    machine.power_cut()
    machine.set(CARDS[0], init_delay_ms=0)


def reboot_by_netlink(machine: Machine) -> None:
    """After a cold boot all is back by itself, verified, each VF probed once, with no failed unit of ours."""
    machine.boot()
    restored(machine)
    machine.wait(f"[ $(systemctl show -P ActiveState {GATE}) = active ]")
    equal(failed_units(machine), [])
    equal(machine.run("sriov-persist status >/dev/null; echo $?"), "0")
    for pf in PF, OTHER_PF:
        assert "restored, 4 of 4 VFs verified" in machine.run(f"systemctl show -P StatusText {unit_of(pf)}")
        for vf in range(4):
            address = machine.run(f"basename $(readlink {pf}/virtfn{vf})")
            equal(machine.run(f"dmesg | grep -c 'mlx5_core {address}: firmware version'"), "1")


def without_files(machine: Machine) -> None:
    """It was netlink indeed, and what ip tells is what was restored."""
    machine.run(f"[ ! -e {PF}/sriov ] && [ ! -e {OTHER_PF}/mlx5_num_vfs ]")
    vf = machine.run("ip link show ibs22 | grep 'vf 3 '")
    for part in "NODE_GUID b8:3f:d2:03:00:02:01:03", "PORT_GUID b8:3f:d2:03:00:02:02:03", "link-state auto":
        assert part in vf, vf


def autoprobe_off(machine: Machine) -> None:
    """Saved switched off, it is off after a restore as well, and the VFs have their driver all the same."""
    machine.run(f"echo 0 > {OTHER_PF}/sriov_drivers_autoprobe; sriov-persist save")
    before = observe(machine, OTHER_PF)
    machine.run(f"cd {OTHER_PF}; echo 0 > sriov_numvfs; echo 1 > sriov_drivers_autoprobe; "
                "sriov-persist restore vfs --pf 0000:02:00.0", seconds=120)
    equal(observe(machine, OTHER_PF), before)
    machine.run(f"echo 1 > {OTHER_PF}/sriov_drivers_autoprobe; sriov-persist save")


def exclusive(machine: Machine) -> None:
    """RDMA devices belong to one network namespace each: a VF whose device another has is in use."""
    machine.run("ip netns delete box; rdma system set netns exclusive && ip netns add other")
    device = rdma_device(machine, f"{PF}/virtfn3")
    machine.run(f"rdma dev set {device} netns other && vf {PF} 3 port b8:3f:d2:03:00:ee:01:03")
    result = machine.attempt("sriov-persist restore vfs --pf 0000:01:00.0", seconds=120)
    equal(result.status, 78)
    assert re.search(r"VF 3\b.*in another network namespace", result.errors), result
    machine.run("ip netns delete other")
    machine.wait(f"[ -d {PF}/virtfn3/infiniband/{device} ]")
    machine.run("rdma system set netns shared; sriov-persist restore vfs --pf 0000:01:00.0", seconds=120)
    is_as_saved(machine, PF)


def forgotten(machine: Machine) -> None:
    """What is no longer saved is left alone, whatever becomes of the PF."""
    for pf in PF, OTHER_PF:
        machine.run(f"sriov-persist forget {pf.rsplit('/', 1)[1]}")


def contract_by_netlink(machine: Machine) -> None:
    """The kernel contract, to which `swift test` holds the simulated kernel, holds for the kernel's own driver."""
    output = holds_contract(machine)
    assert re.search(r"rtnetlink\n", output), output


SCENARIOS = [power_cut, reboot_by_netlink, without_files, replug, behind_our_back, autoprobe_off, in_use, in_use_at_boot, wrong_count,
             replaced_vfs, let_go, exclusive, forgotten, contract_by_netlink]
