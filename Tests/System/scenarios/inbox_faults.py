"""What firmware and the kernel's own driver do that nobody asked for: each is told of its VF, and mended."""
from harness.expect import CARDS, OTHER_PF, equal
from harness.machine import Machine
from harness.product import is_as_saved, restored, saved
from scenarios.failing_hardware import restore_other_pf

FIRMWARE = True
KERNEL = "module_blacklist=mlx5_ofed"
BEFORE = saved


def nothing_wrong(machine: Machine) -> None:
    """Yet."""
    machine.boot()
    restored(machine)


def failing_writes(machine: Machine) -> None:
    """The firmware refuses one write and ignores others, a GUID among them that the driver says back: each is told of its VF,
    and mended by the next restore."""
    machine.run(f"for vf in 0 1 2; do vf {OTHER_PF} $vf policy Down; done; vf {OTHER_PF} 3 port b8:3f:d2:03:00:ee:01:03")
    for faults, said in (
            (dict(modify_fails=4, guid_ignored=8), ["VF 2: policy Follow: EINVAL", "(RTM_SETLINK)",
                                                    "VF 3: port GUID of its RDMA device is b8:3f:d2:03:00:ee:01:03"]),
            (dict(policy_ignored=4), ["VF 2: policy is Down, wanted Follow"])):
        status, words = restore_other_pf(machine, **faults)
        equal(status, 74)
        for part in said:
            assert part in words, (part, words)
        assert "VF 1:" not in words, words
    machine.run("sriov-persist restore vfs --pf 0000:02:00.0")
    is_as_saved(machine, OTHER_PF)


def remembered(machine: Machine) -> None:
    """Over a count of zero the driver writes back by itself what it was told, so that new VFs are not blank."""
    machine.run(f"""cd {OTHER_PF}
        for vf in 0 1 2 3; do vf {OTHER_PF} $vf policy Up; done
        echo 0 > sriov_numvfs; echo 0 > sriov_drivers_autoprobe; echo 4 > sriov_numvfs""", seconds=120)
    equal(machine.run(f"vf {OTHER_PF} 3"), "b8:3f:d2:03:00:02:01:03 b8:3f:d2:03:00:02:02:03 Up")
    machine.run("sriov-persist restore vfs --pf 0000:02:00.0", seconds=120)
    is_as_saved(machine, OTHER_PF)


def ignored_guid(machine: Machine) -> None:
    """New VFs of a card whose firmware ignores a GUID: the VF is named, and the subnet manager is not blamed."""
    machine.run(f"echo 0 > {OTHER_PF}/sriov_numvfs", seconds=60)
    status, words = restore_other_pf(machine, guid_ignored=4)
    equal(status, 74)
    for words in words, machine.attempt("sriov-persist status").output, machine.attempt("sriov-persist check").output:
        assert "VF 2" in words and "subnet manager know" not in words, words
    machine.run("sriov-persist restore vfs --pf 0000:02:00.0", seconds=120)
    is_as_saved(machine, OTHER_PF)


def unanswered_vf(machine: Machine) -> None:
    """The kernel omits a VF from its answer if the firmware does not answer for it: only this VF is reported."""
    machine.set(CARDS[1], query_fails=4)
    status = machine.attempt("sriov-persist status")
    machine.set(CARDS[1], query_fails=0)
    equal(status.status, 69)
    assert "VF 2: " in status.output and "leaves the VF out" in status.output, status.output
    assert "VF 1:" not in status.output and "VF 3:" not in status.output, status.output
    is_as_saved(machine, OTHER_PF)


def killed(machine: Machine) -> None:
    """A restore is killed while it binds VFs, whose driver takes a second and more for each: the next one compares them all."""
    machine.run(f"echo 0 > {OTHER_PF}/sriov_numvfs", seconds=60)
    machine.set(CARDS[1], init_delay_ms=2000)
    machine.run(f"""setsid sriov-persist restore vfs --pf 0000:02:00.0 < /dev/null > /dev/null 2>&1 &
        for round in $(seq 600); do
            [ -e {OTHER_PF}/virtfn0/driver ] && break
            sleep 0.1
        done
        pkill -9 -x sriov-persist""", seconds=90)
    second = machine.attempt("sriov-persist restore vfs --pf 0000:02:00.0", seconds=120)
    machine.set(CARDS[1], init_delay_ms=0)
    equal(second.status, 0)
    assert "namespace" not in second.output + second.errors, second
    is_as_saved(machine, OTHER_PF)


SCENARIOS = [nothing_wrong, failing_writes, remembered, ignored_guid, unanswered_vf, killed]
