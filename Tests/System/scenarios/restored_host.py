"""The main job, and what a restored host lives through until it is shut down."""
from dataclasses import replace

from harness.docker import UNIT as DOCKER_UNIT
from harness.expect import CARDS, OTHER_PF, PF, equal, rdma_device
from harness.machine import Machine
from harness.network import network_of
from harness.product import (GATE, failed_units, invocation, is_as_saved, observe, restored, saved, saved_state, unit_of,
                             wait_for_end, wait_for_unit)

FIRMWARE = True
BEFORE = saved


def reboot(machine: Machine) -> None:
    """After a cold boot all is back by itself: early, verified, each VF probed once, with no failed unit of ours."""
    machine.boot()
    restored(machine)
    for pf in PF, OTHER_PF:
        assert "restored, 4 of 4 VFs verified" in machine.run(f"systemctl show -P StatusText {unit_of(pf)}")
    machine.wait(f"[ $(systemctl show -P ActiveState {GATE}) = active ]")
    equal(machine.run(f"systemctl show -P StatusText {GATE}"), "2 PFs with 8 VFs as in generation 1")
    equal(failed_units(machine), [])
    equal(machine.run("sriov-persist status >/dev/null; echo $?"), "0")
    # Nobody logged in: the units did it.
    entries = machine.journal("-b", "-t", "sriov-persist", "SRIOV_RESULT=restored")
    equal(sorted(entry["SRIOV_PCI"] for entry in entries), ["0000:01:00.0", "0000:02:00.0"])
    equal({entry["OBJECT_SYSTEMD_UNIT"] for entry in entries}, {unit_of(PF), unit_of(OTHER_PF)})
    for entry in entries:
        equal((entry["SRIOV_VFS_WANTED"], entry["SRIOV_VFS_FOUND"], entry["SRIOV_PHASE"]), ("4", "4", "vfs"))
    # VFs match no rule of ours: the only instances are the PFs'.
    instances = machine.run("systemctl list-units --all --plain --no-legend 'sriov-persist@*' | cut -d' ' -f1")
    equal(instances.split(), [unit_of(PF), unit_of(OTHER_PF)])
    for pf in PF, OTHER_PF:
        for vf in range(4):
            address = machine.run(f"basename $(readlink {pf}/virtfn{vf})")
            equal(machine.run(f"dmesg | grep -c 'mlx5_core {address}: firmware version'"), "1")


def renamed(machine: Machine) -> None:
    """All this although rdma-core gave the PFs' RDMA devices other names within their add event."""
    equal((rdma_device(machine, PF), rdma_device(machine, OTHER_PF)), ("ibp1s0", "ibp2s0"))


def retrigger(machine: Machine) -> None:
    """Uevents for devices that are there start nothing and write nothing."""
    units = unit_of(PF), unit_of(OTHER_PF), network_of(PF), network_of(OTHER_PF)
    for unit in units:
        wait_for_end(machine, unit)
    before = [invocation(machine, unit) for unit in units]
    entries = len(machine.journal("-b", "-t", "sriov-persist"))
    for action in "change", "add":
        machine.run(f"udevadm trigger --action={action} && udevadm settle", seconds=120)
    equal([invocation(machine, unit) for unit in units], before)
    equal(len(machine.journal("-b", "-t", "sriov-persist")), entries)
    is_as_saved(machine)


def without_docker(machine: Machine) -> None:
    """No network is saved and Docker is not installed: its unit has nothing to do, and finds nothing wrong."""
    machine.run(f"systemctl start {DOCKER_UNIT}")
    equal(machine.run(f"systemctl show -P ActiveState {DOCKER_UNIT}"), "active")
    equal(machine.journal("-b", "-t", "sriov-persist", "-p", "warning", f"OBJECT_SYSTEMD_UNIT={DOCKER_UNIT}"), [])


def replug(machine: Machine) -> None:
    """The PF's driver is taken away and comes back: the unit stops, starts and restores again."""
    before = invocation(machine, unit_of(PF))
    address = PF.rsplit("/", 1)[1]
    machine.run(f"echo {address} > /sys/bus/pci/drivers/mlx5_core/unbind")
    wait_for_unit(machine, PF, "inactive")
    machine.run(f"echo {address} > /sys/bus/pci/drivers/mlx5_core/bind")
    restored(machine)
    assert invocation(machine, unit_of(PF)) != before
    equal(failed_units(machine), [])


def behind_our_back(machine: Machine) -> None:
    """Somebody changes a policy: status tells, a typed restore writes that one attribute."""
    machine.run(f"vf {PF} 2 policy Down")
    status = machine.attempt("sriov-persist status")
    equal(status.status, 1)
    assert "VF 2: policy is Down, wanted Follow" in status.output, status.output
    assert "1 write " in machine.run("sriov-persist restore")
    is_as_saved(machine)


def swapped_cards(machine: Machine) -> None:
    """The cards have changed places: each gets what was saved of it, not what was saved of its slot."""
    for card in CARDS:
        machine.unplug(card)
    machine.wait(f"[ ! -d {PF} ] && [ ! -d {OTHER_PF} ]", seconds=60)
    for card, other in zip(CARDS, reversed(CARDS)):
        machine.plug(replace(card, properties={"guid": other.guid}))
    for pf, place in (PF, OTHER_PF), (OTHER_PF, PF):
        wait_for_unit(machine, place, "active")
        equal(observe(machine, place), saved_state(machine, pf))
    equal(failed_units(machine), [])


SCENARIOS = [reboot, renamed, retrigger, without_docker, replug, behind_our_back, swapped_cards]
