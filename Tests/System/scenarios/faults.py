"""Every fault that the virtual adapter can play, set while it runs."""
import time

from harness.expect import CONTROL, OTHER_CONTROL, OTHER_PF, PF, ZERO_GUID, boot, equal, refused
from harness.machine import Machine

GUID = "b8:3f:d2:03:00:00:0a:01"


def scenario(machine: Machine) -> None:
    boot(machine)
    for fault in (slow_vfs, failing_counts, short_count, dead_vf, policies, guids, interleaved_names):
        fault(machine)
        machine.run(f"echo 0 >{PF}/sriov_numvfs; echo 0 >{OTHER_PF}/sriov_numvfs")
        machine.run(f"for file in $(find {CONTROL} {OTHER_CONTROL} -maxdepth 1 -type f); do echo 0 >$file; done")


def duration(machine: Machine, command: str) -> float:
    started = time.monotonic()
    machine.run(command)
    return time.monotonic() - started


def slow_vfs(machine: Machine) -> None:
    machine.run(f"echo 0 >{PF}/sriov_drivers_autoprobe; echo 700 >{CONTROL}/vf_create_delay_ms")
    assert duration(machine, f"echo 4 >{PF}/sriov_numvfs") > 4 * 0.7
    machine.run(f"echo 0 >{PF}/sriov_numvfs; echo 1 >{PF}/sriov_drivers_autoprobe; echo 0 >{CONTROL}/vf_create_delay_ms")
    machine.run(f"echo 1500 >{CONTROL}/vf_probe_delay_ms")
    assert duration(machine, f"echo 2 >{PF}/sriov_numvfs") > 2 * 1.5


def failing_counts(machine: Machine) -> None:
    machine.run(f"cd {CONTROL}; echo 5 >count_errno; echo 1 >count_failures")
    refused(machine, f"echo 2 >{PF}/sriov_numvfs", "Input/output error")
    equal(machine.run(f"cat {PF}/sriov_numvfs; ls {PF}/sriov; cat {CONTROL}/count_failures"), "0\n0")
    machine.run(f"echo 2 >{PF}/sriov_numvfs; echo 0 >{PF}/sriov_numvfs")

    machine.run(f"cd {CONTROL}; echo 12 >count_errno; echo 2 >count_failures; echo 3 >count_fails_after; echo 300 >vf_create_delay_ms")
    assert duration(machine, f"! echo 4 >{PF}/sriov_numvfs") > 3 * 0.3
    refused(machine, f"echo 4 >{PF}/mlx5_num_vfs", "Cannot allocate memory")
    equal(machine.run(f"cat {PF}/mlx5_num_vfs; ls {PF}/sriov"), "0")
    machine.run(f"echo 1 >{PF}/sriov_numvfs")


def short_count(machine: Machine) -> None:
    machine.run(f"echo 1 >{CONTROL}/count_short; echo 4 >{PF}/sriov_numvfs")
    equal(machine.run(f"cat {PF}/sriov_numvfs; ls -d {PF}/virtfn* | wc -l"), "3\n3")


def dead_vf(machine: Machine) -> None:
    machine.run(f"echo $((1 << 1)) >{CONTROL}/dead_vfs; echo 3 >{PF}/sriov_numvfs")
    equal(machine.run(f"cd {PF}; cat sriov_numvfs; ls -d virtfn*/driver"), "3\nvirtfn0/driver\nvirtfn2/driver")
    for file in ("node", "port", "policy"):
        refused(machine, f"cat {PF}/sriov/1/{file}", "Input/output error")
    refused(machine, f"echo Follow >{PF}/sriov/1/policy", "Input/output error")
    machine.run(f"cat {PF}/sriov/0/policy {PF}/sriov/2/policy")


def policies(machine: Machine) -> None:
    machine.run(f"echo 4 >{PF}/sriov_numvfs; cd {CONTROL}")
    machine.run(f"cd {CONTROL}; echo 1 >policy_ignored; echo 2 >policy_wrong; echo 4 >policy_fails")
    machine.run(f"cd {PF}/sriov; echo Follow >0/policy; echo Follow >1/policy; echo Follow >3/policy")
    refused(machine, f"echo Follow >{PF}/sriov/2/policy", "Input/output error")
    equal(machine.run(f"cat {PF}/sriov/*/policy"), "Down\nUp\nDown\nFollow")


def guids(machine: Machine) -> None:
    machine.run(f"echo 2 >{PF}/sriov_numvfs; echo 1 >{CONTROL}/guid_ignored")
    machine.run(f"cd {PF}/sriov; echo {GUID} >0/node; echo {GUID} >0/port; echo {GUID} >1/node")
    equal(machine.run(f"cd {PF}/sriov; cat 0/node 0/port 1/node"), f"{ZERO_GUID}\n{ZERO_GUID}\n{GUID}")


def interleaved_names(machine: Machine) -> None:
    """VFs of two PFs that are bound at the same time take their kernel names in turn."""
    # Not by two count writes: where they probe VFs, this kernel lets only one of them run at a time.
    for pf in (PF, OTHER_PF):
        machine.run(f"echo 0 >{pf}/sriov_drivers_autoprobe; echo 3 >{pf}/sriov_numvfs; echo 1 >{pf}/sriov_drivers_autoprobe")
    machine.run(f"echo 1000 >{CONTROL}/vf_probe_delay_ms; echo 1000 >{OTHER_CONTROL}/vf_probe_delay_ms")
    bind = "for n in 0 1 2; do basename $(readlink $pf/virtfn$n) >/sys/bus/pci/drivers_probe; done"
    machine.run(f"for pf in {PF} {OTHER_PF}; do ({bind}) & done; wait; udevadm settle")
    names = [machine.run(f"cd {pf}; ls virtfn*/infiniband | grep mlx5_").splitlines() for pf in (PF, OTHER_PF)]
    equal(sorted(names[0] + names[1]), [f"mlx5_{n}" for n in range(6)])
    assert min(names[1]) < max(names[0]) and min(names[0]) < max(names[1]), names
