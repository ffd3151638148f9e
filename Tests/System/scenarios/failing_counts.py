"""Count writes that fail. Emulated firmware cannot make them: the driver that we wrote does."""
from harness.expect import OTHER_CONTROL, OTHER_PF, equal
from harness.machine import Machine
from harness.product import is_as_saved, restored, saved, unit_of

BEFORE = saved
FAULTS = "options mlx5_core count_errno=0,5 count_failures=0,1\n"


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


def restore_other_pf(machine: Machine, faults: str) -> tuple[int, str]:
    """Status and words of a typed restore while the other PF has these faults."""
    machine.run(f"cd {OTHER_CONTROL}; {faults}")
    result = machine.attempt("sriov-persist restore vfs --pf 0000:02:00.0")
    machine.run(f"for file in $(find {OTHER_CONTROL} -maxdepth 1 -type f); do echo 0 > $file; done")
    return result.status, result.output + result.errors


def count_fails(machine: Machine) -> None:
    """EBUSY at once, ENOMEM once two VFs are made: said with the errno, and nothing of the attempt is left."""
    for number, name, vfs in (16, "EBUSY", 0), (12, "ENOMEM", 2):
        machine.run(f"echo 0 > {OTHER_PF}/sriov_numvfs")
        faults = f"echo {number} > count_errno; echo {vfs} > count_fails_after; echo 9 > count_failures"
        status, words = restore_other_pf(machine, faults)
        assert status in (74, 75) and f"create 4 VFs: {name}" in words, (status, words)
        equal(machine.run(f"cat {OTHER_PF}/sriov_numvfs {OTHER_PF}/sriov_drivers_autoprobe; ls {OTHER_PF}/sriov"), "0\n1")
    machine.run("sriov-persist restore vfs --pf 0000:02:00.0")
    is_as_saved(machine, OTHER_PF)


SCENARIOS = [write_fails, count_fails]
