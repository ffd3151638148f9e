"""VFs that somebody uses: whatever is wrong with them or around them, they are left alone, and who has them is said."""
import re

from harness.expect import OTHER_PF, PF, equal
from harness.machine import Machine
from harness.product import is_as_saved, messages, observe, refused_by_unit, restored, saved, saved_state, unit_of

FIRMWARE = True
BEFORE = saved
IOMMU = True
# Up to the last byte, which is the VF's index.
STRANGE = "b8:3f:d2:03:00:ee:01:0"
HOLD = f"""set -e
    ip netns add box
    ip link set ibs21v0 netns box
    modprobe vfio-pci
    cd {PF}/virtfn1
    vf=$(basename $(pwd -P))
    echo vfio-pci > driver_override
    echo $vf > driver/unbind
    echo $vf > /sys/bus/pci/drivers_probe
    setsid bash -c "exec tail -f /dev/null 9<>/dev/vfio/$(basename $(readlink iommu_group))" < /dev/null > /dev/null 2>&1 &
    setsid ibv_asyncwatch -d $(ls {PF}/virtfn2/infiniband) < /dev/null > /dev/null 2>&1 &"""
LET_GO = f"""set -e
    ip -n box link set ibs21v0 netns 1
    pkill -x 'ibv_asyncwatch|tail'
    cd {PF}/virtfn1
    vf=$(basename $(pwd -P))
    echo > driver_override
    echo $vf > driver/unbind
    echo $vf > /sys/bus/pci/drivers_probe"""


def held(machine: Machine) -> str:
    """What must not change of the VFs in use: driver, GUIDs, what a new probe would number anew, and their users."""
    return machine.run(f"""cd {PF}
        for vf in 0 1 2; do
            echo $vf $(basename $(readlink virtfn$vf/driver)) $(vf {PF} $vf | cut -d' ' -f1,2) $(ls -i virtfn$vf/infiniband)
        done 2> /dev/null
        ip -n box -o link show ibs21v0 | cut -d: -f1,2
        cat /sys/class/net/ibs21v2/ifindex
        pgrep -x 'ibv_asyncwatch|tail'""")


def policies(machine: Machine) -> list[str]:
    return machine.run(f"for vf in 0 1 2 3; do vf {PF} $vf; done | cut -d' ' -f3").split()


def nobody_uses_them(machine: Machine) -> None:
    """Not yet."""
    machine.boot()
    restored(machine)


def in_use(machine: Machine) -> None:
    """By a network namespace, by vfio, by a program that has opened the RDMA device: only the fourth VF gets its identity back."""
    machine.wait("[ -d /sys/class/net/ibs21v0 ] && [ -d /sys/class/net/ibs21v2 ]")
    machine.run(HOLD)
    machine.wait("rdma resource show ctx | grep -q ibv_asyncwatch && pgrep -x tail")
    machine.run(f"""for vf in 0 1 2 3; do
            vf {PF} $vf node {STRANGE}$vf; vf {PF} $vf port {STRANGE}$vf; vf {PF} $vf policy Down
        done
        cd {PF}/virtfn3/driver; vf=$(basename $(readlink {PF}/virtfn3)); echo $vf > unbind; echo $vf > bind""")
    before = held(machine)
    result = machine.attempt("sriov-persist restore vfs --pf 0000:01:00.0")
    equal(result.status, 78)
    equal(held(machine), before)
    equal(policies(machine), ["Follow"] * 4)
    equal(observe(machine, PF).splitlines()[4], saved_state(machine, PF).splitlines()[4])
    watcher = machine.run("pgrep -x ibv_asyncwatch")
    for vf, holder in enumerate(["its netdev is in another network namespace", "vfio-pci has it",
                                 f"its RDMA device is used by ibv_asyncwatch (pid {watcher})"]):
        assert re.search(rf"VF {vf}\b.*{re.escape(holder)}", result.errors), f"VF {vf}, {holder}: {result.errors}"


def in_use_at_boot(machine: Machine) -> None:
    """A unit does the same, fails, and is not started again."""
    before = held(machine)
    machine.run(f"for vf in 0 1 2 3; do vf {PF} $vf policy Down; done; systemctl restart --no-block {unit_of(PF)}")
    refused_by_unit(machine, PF)
    equal(held(machine), before)
    equal(policies(machine), ["Follow"] * 4)
    for vf in range(3):
        assert re.search(rf"VF {vf}\b.* in use", messages(machine, PF)), messages(machine, PF)


def wrong_count(machine: Machine) -> None:
    """Two VFs where four were saved: nobody destroys one in use, a unit none at all, a person those that nobody uses."""
    machine.run(f"echo 0 > {OTHER_PF}/sriov_numvfs; echo 2 > {OTHER_PF}/sriov_numvfs")
    machine.wait("[ -d /sys/class/net/ibs22v0 ]")
    machine.run("ip link set ibs22v0 netns box")
    two = f"cat {OTHER_PF}/sriov_numvfs; ls -i {OTHER_PF}/virtfn?/infiniband"
    before = machine.run(two)
    result = machine.attempt("sriov-persist restore vfs --pf 0000:02:00.0")
    equal(result.status, 78)
    assert "VF 0 " in result.errors and "network namespace" in result.errors, result
    machine.run("ip -n box link set ibs22v0 netns 1")
    machine.run(f"systemctl restart --no-block {unit_of(OTHER_PF)}")
    refused_by_unit(machine, OTHER_PF)
    equal(machine.run(two), before)
    machine.run("sriov-persist restore vfs --pf 0000:02:00.0")
    is_as_saved(machine, OTHER_PF)


def replaced_vfs(machine: Machine) -> None:
    """A person may say so: then VFs in use are destroyed as well."""
    machine.run(f"echo 0 > {OTHER_PF}/sriov_numvfs; echo 2 > {OTHER_PF}/sriov_numvfs")
    machine.wait("[ -d /sys/class/net/ibs22v0 ]")
    machine.run("ip link set ibs22v0 netns box")
    machine.run("sriov-persist restore vfs --pf 0000:02:00.0 --replace-vfs")
    is_as_saved(machine, OTHER_PF)


def let_go(machine: Machine) -> None:
    """Once nobody uses them a unit rebinds those whose identity is wrong, and no other."""
    machine.run(LET_GO)
    machine.wait("[ -d /sys/class/net/ibs21v0 ]")
    fourth = f"ls -i {PF}/virtfn3/infiniband"
    before = machine.run(fourth)
    machine.run(f"systemctl restart {unit_of(PF)}")
    is_as_saved(machine)
    equal(machine.run(fourth), before)


SCENARIOS = [nobody_uses_them, in_use, in_use_at_boot, wrong_count, replaced_vfs, let_go]
