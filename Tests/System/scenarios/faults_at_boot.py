"""Faults and variants of the virtual adapter that act from the first probe at boot."""
from harness.expect import CONTROL, OTHER_PF, PF, boot, equal
from harness.machine import Machine
from harness.topology import Card

CARDS = [Card(0), Card(1), Card(2, present=False)]
LATE = "/sys/bus/pci/devices/0000:03:00.0"


def scenario(machine: Machine) -> None:
    without_ofed(machine)
    late(machine)


def without_ofed(machine: Machine) -> None:
    """As with the kernel's own driver: rtnetlink on the PF's netdev is the only way to policy and GUIDs."""
    boot(machine, kernel="mlx5_core.ofed=0 mlx5_core.node_guid=0,0xb83fd20300aa0000 mlx5_core.count_short=1")
    equal(machine.run("cat /sys/class/infiniband/ibp?s0/node_guid"), "b83f:d203:0010:0000\nb83f:d203:00aa:0000")
    machine.run(f"[ ! -e {PF}/sriov ] && [ ! -e {PF}/mlx5_num_vfs ]")
    machine.run(f"echo 3 >{PF}/sriov_numvfs")
    equal(machine.run(f"cat {PF}/sriov_numvfs"), "2")
    machine.run("ip link set ibs21 vf 1 state auto")
    machine.run("ip link set ibs21 vf 1 node_guid b8:3f:d2:03:00:00:0a:01")
    machine.run("ip link set ibs21 vf 1 port_guid b8:3f:d2:03:00:00:0b:01")
    vf = machine.run("ip link show ibs21 | grep 'vf 1 '")
    for part in ("NODE_GUID b8:3f:d2:03:00:00:0a:01", "PORT_GUID b8:3f:d2:03:00:00:0b:01", "link-state auto"):
        assert part in vf, vf
    assert "link-state disable" in machine.run("ip link show ibs21 | grep 'vf 0 '")
    machine.power_off()


def late(machine: Machine) -> None:
    """A PF whose probe takes long, and one that is plugged in later; a link that comes up late."""
    machine.files["/etc/modprobe.d/faults.conf"] = "options mlx5_core pf_probe_delay_ms=0,20000 link_up_delay_ms=15000\n"
    machine.boot()
    machine.wait(f"[ -d {PF}/infiniband ]")
    machine.run(f"[ ! -d {OTHER_PF}/infiniband ] && [ ! -d {LATE} ]")
    equal(machine.run(f"cat {CONTROL}/link_up_delay_ms; cat {PF}/infiniband/*/ports/1/state"), "15000\n1: DOWN")
    machine.plug(CARDS[2])
    machine.wait(f"[ -d {OTHER_PF}/infiniband ] && [ -d /sys/class/net/ibs22 ]", seconds=60)
    machine.wait(f"grep -q INIT {PF}/infiniband/*/ports/1/state")
    machine.wait(f"[ -d {LATE}/infiniband ] && [ -d /sys/class/net/ibs23 ]", seconds=60)
    machine.run(f"echo 8 >{LATE}/sriov_numvfs; [ -d {LATE}/virtfn7/infiniband ]")
    machine.unplug(CARDS[2])
    machine.wait(f"[ ! -d {LATE} ]", seconds=60)
