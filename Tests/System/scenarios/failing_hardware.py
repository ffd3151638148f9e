"""One PF with a VF that is dead although it is counted, one whose count and attributes are not written as told."""
import re

from harness.expect import OTHER_CONTROL, OTHER_PF, PF, equal
from harness.machine import Machine
from harness.network import CONFIGURATION
from harness.product import GATE, failed_units, is_as_saved, restored, saved, unit_of

BEFORE = saved
FAULTS = "options mlx5_core dead_vfs=4,0 count_errno=0,5 count_failures=0,1\n"
# On an emulated CPU; what waited for the kernel would take longer than that.
AT_ONCE = 4


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
    # No network of Docker's is saved: Docker is not kept waiting for VFs.
    equal(machine.run("systemctl is-active sriov-persist-vfs.service"), "active")
    equal(failed_units(machine), [unit_of(PF)])
    equal(machine.run(f"cat {PF}/sriov_numvfs"), "4")
    entries = machine.journal("-b", "-t", "sriov-persist", "SRIOV_PCI=0000:01:00.0", "SRIOV_VF=2")
    assert entries and "policy cannot be read: EIO" in entries[0]["MESSAGE"], entries
    assert not machine.journal("-b", "-t", "sriov-persist", "SRIOV_PCI=0000:01:00.0", "SRIOV_VF=1")
    for vf in 0, 1, 3:
        machine.run(f"[ -d {PF}/virtfn{vf}/infiniband ]")
    assert machine.run(f"systemctl show -P ActiveState {GATE}") != "active"
    # Its retries held nobody up.
    equal(machine.run("systemctl is-active network-pre.target multi-user.target"), "active\nactive")


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


def writes_ignored(machine: Machine) -> None:
    """A policy and a GUID that are written with success and without effect: told of their VFs, and of no other."""
    machine.run(f"echo Down > {OTHER_PF}/sriov/1/policy; echo b8:3f:d2:03:00:ee:01:02 > {OTHER_PF}/sriov/2/port")
    status, words = restore_other_pf(machine, "echo 2 > policy_ignored; echo 4 > guid_ignored")
    equal(status, 74)
    assert "VF 1: policy is Down, wanted Follow" in words, words
    assert "VF 2: port GUID is b8:3f:d2:03:00:ee:01:02, wanted b8:3f:d2:03:00:02:02:02" in words, words
    assert "VF 0:" not in words and "VF 3:" not in words, words
    machine.run("sriov-persist restore vfs --pf 0000:02:00.0")
    is_as_saved(machine, OTHER_PF)


def stuck(machine: Machine) -> None:
    """The kernel keeps the count write: said when its deadline has passed, all else answers meanwhile, and it heals afterwards."""
    machine.put(CONFIGURATION, '{"vfCountSeconds": 8, "subnetManagerSeconds": 0}\n')
    machine.run(f"echo 0 > {OTHER_PF}/sriov_numvfs; echo 8000 > {OTHER_CONTROL}/vf_create_delay_ms")
    machine.run(f"systemctl restart --no-block {unit_of(OTHER_PF)}")
    machine.wait(f"[ -d {OTHER_PF}/sriov/3 ]")
    said = f"systemctl show -P StatusText {unit_of(OTHER_PF)}"
    words_of_seconds = machine.run(f"for second in 1 2 3; do {said}; sleep 1.2; done").splitlines()
    for command, status, words in (
            ("status", 69, "restore in progress (pid "), ("show", 0, ""), ("history", 0, ""), ("save", 75, ""),
            ("restore vfs -n --pf 0000:02:00.0", 75, ""), ("restore vfs --pf 0000:02:00.0", 75, "another run has the PF")):
        result = machine.attempt(f"sriov-persist {command}", seconds=AT_ONCE)
        assert result.status == status and words in result.output + result.errors, f"{command}: {result}"
    machine.wait(f"{said} | grep -q stuck")
    assert re.search(r"stuck.* \d+ s", machine.run(said)), machine.run(said)
    machine.run(f"[ -d {OTHER_PF}/sriov/3 ] && [ ! -e {OTHER_PF}/virtfn0 ]")
    machine.run(f"echo 0 > {OTHER_CONTROL}/vf_create_delay_ms")
    restored(machine, OTHER_PF)
    equal(len(set(words_of_seconds)), 3)


SCENARIOS = [write_fails, dead_vf, count_fails, writes_ignored, stuck]
