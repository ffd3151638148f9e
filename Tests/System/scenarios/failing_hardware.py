"""One PF with a VF that is counted but dead, and one that ignores attribute writes, or whose VFs take forever to create."""
import re

from harness.expect import CARDS, OTHER_PF, PF, equal
from harness.machine import Machine
from harness.network import CONFIGURATION
from harness.product import GATE, failed_units, is_as_saved, restored, saved, unit_of

FIRMWARE = True
BEFORE = saved
# On an emulated CPU; what waited for the kernel would take longer than that.
AT_ONCE = 4


def dead_vf(machine: Machine) -> None:
    """The count reads right, and yet the unit has failed; the journal names the VF, and the other three work."""
    machine.set(CARDS[0], dead_vfs=4)
    machine.boot()
    restored(machine, OTHER_PF)
    machine.wait(f"systemctl is-failed -q {unit_of(PF)}", seconds=180)
    # No network of Docker's is saved: Docker is not kept waiting for VFs.
    equal(machine.run("systemctl is-active sriov-persist-vfs.service"), "active")
    equal(failed_units(machine), [unit_of(PF)])
    equal(machine.run(f"cat {PF}/sriov_numvfs"), "4")
    entries = machine.journal("-b", "-t", "sriov-persist", "SRIOV_PCI=0000:01:00.0", "SRIOV_VF=2")
    assert entries and "VF 2: driver is none" in entries[0]["MESSAGE"], entries
    failures = machine.journal("-b", "-t", "sriov-persist", "SRIOV_PCI=0000:01:00.0", "SRIOV_RESULT=failed")
    assert "VF 2: bind to mlx5_core: EIO" in failures[0]["MESSAGE"], failures
    assert not machine.journal("-b", "-t", "sriov-persist", "SRIOV_PCI=0000:01:00.0", "SRIOV_VF=1")
    for vf in 0, 1, 3:
        machine.run(f"[ -d {PF}/virtfn{vf}/infiniband ]")
    assert machine.run(f"systemctl show -P ActiveState {GATE}") != "active"
    # Its retries held nobody up.
    equal(machine.run("systemctl is-active network-pre.target multi-user.target"), "active\nactive")


def restore_other_pf(machine: Machine, **faults: int) -> tuple[int, str]:
    """Status and words of a typed restore while the firmware of the other card has these faults."""
    machine.set(CARDS[1], **faults)
    result = machine.attempt("sriov-persist restore vfs --pf 0000:02:00.0")
    machine.set(CARDS[1], **dict.fromkeys(faults, 0))
    return result.status, result.output + result.errors


def writes_ignored(machine: Machine) -> None:
    """A policy and a GUID that are written with success and without effect: told of their VFs, and of no other."""
    machine.run(f"echo Down > {OTHER_PF}/sriov/1/policy; echo b8:3f:d2:03:00:ee:01:02 > {OTHER_PF}/sriov/2/port")
    status, words = restore_other_pf(machine, policy_ignored=2, guid_ignored=4)
    equal(status, 74)
    assert "VF 1: policy is Down, wanted Follow" in words, words
    assert "VF 2: port GUID is b8:3f:d2:03:00:ee:01:02, wanted b8:3f:d2:03:00:02:02:02" in words, words
    assert "VF 0:" not in words and "VF 3:" not in words, words
    machine.run("sriov-persist restore vfs --pf 0000:02:00.0")
    is_as_saved(machine, OTHER_PF)


def refused_vf(machine: Machine) -> None:
    """The firmware refuses to enable a VF, and the driver reports success for all four: the VF is named."""
    machine.run(f"echo 0 > {OTHER_PF}/sriov_numvfs", seconds=60)
    status, words = restore_other_pf(machine, enable_fails=4)
    equal(machine.run(f"cat {OTHER_PF}/sriov_numvfs"), "4")
    equal(status, 74)
    assert "VF 2" in words and "VF 1" not in words and "VF 3" not in words, words
    machine.run(f"echo 0 > {OTHER_PF}/sriov_numvfs; sriov-persist restore vfs --pf 0000:02:00.0", seconds=120)
    is_as_saved(machine, OTHER_PF)


def stuck(machine: Machine) -> None:
    """The kernel keeps the count write: said when its deadline has passed, all else answers meanwhile, and it heals afterwards."""
    machine.put(CONFIGURATION, '{"vfCountSeconds": 8, "subnetManagerSeconds": 0}\n')
    machine.run(f"echo 0 > {OTHER_PF}/sriov_numvfs")
    machine.set(CARDS[1], enable_delay_ms=8000)
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
    machine.set(CARDS[1], enable_delay_ms=0)
    restored(machine, OTHER_PF)
    equal(len(set(words_of_seconds)), 3)


SCENARIOS = [dead_vf, writes_ignored, refused_vf, stuck]
