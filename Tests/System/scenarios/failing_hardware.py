"""One PF with a VF that is dead although it is counted, one whose first count write fails."""
from harness.expect import OTHER_PF, PF, equal
from harness.machine import Machine
from harness.product import GATE, failed_units, restored, saved, unit_of

BEFORE = saved
FAULTS = "options mlx5_core dead_vfs=4,0 count_errno=0,5 count_failures=0,1\n"


def write_fails(machine: Machine) -> None:
    """EIO once: the unit's own retry heals it."""
    machine.files["/etc/modprobe.d/faults.conf"] = FAULTS
    machine.boot()
    restored(machine, OTHER_PF)
    equal(machine.run(f"systemctl show -P NRestarts {unit_of(OTHER_PF)}"), "1")
    failure, = machine.journal("-b", "-t", "sriov-persist", "SRIOV_PCI=0000:02:00.0", "SRIOV_RESULT=failed")
    assert "create 4 VFs: EIO" in failure["MESSAGE"], failure["MESSAGE"]
    # The failed write was cleaned up after before the retry: only so the VFs are as they were.
    equal(machine.run(f"cat {OTHER_PF}/sriov_drivers_autoprobe"), "1")


def dead_vf(machine: Machine) -> None:
    """The count reads right, and yet the unit has failed; the journal names the VF, and the other three work."""
    machine.wait(f"systemctl is-failed -q {unit_of(PF)}", seconds=180)
    machine.wait("systemctl is-failed -q sriov-persist-vfs.service", seconds=90)
    equal(failed_units(machine), ["sriov-persist-vfs.service", unit_of(PF)])
    equal(machine.run(f"cat {PF}/sriov_numvfs"), "4")
    entries = machine.journal("-b", "-t", "sriov-persist", "SRIOV_PCI=0000:01:00.0", "SRIOV_VF=2")
    assert entries and "policy is unreadable (EIO), wanted Follow" in entries[0]["MESSAGE"], entries
    assert not machine.journal("-b", "-t", "sriov-persist", "SRIOV_PCI=0000:01:00.0", "SRIOV_VF=1")
    for vf in 0, 1, 3:
        machine.run(f"[ -d {PF}/virtfn{vf}/infiniband ]")
    assert machine.run(f"systemctl show -P ActiveState {GATE}") != "active"
    # Its retries held nobody up.
    equal(machine.run("systemctl is-active network-pre.target multi-user.target"), "active\nactive")


SCENARIOS = [write_fails, dead_vf]
