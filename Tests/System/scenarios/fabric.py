"""The fabric: a real subnet manager, IPoIB, libibverbs and its events, and what VF ports follow."""
from harness.expect import CARDS, OTHER_PF, PF, boot, equal
from harness.machine import Machine
from harness.network import with_subnet_manager, without_subnet_manager

FIRMWARE = True
STATES = f"cat {PF}/infiniband/*/ports/1/state {OTHER_PF}/infiniband/*/ports/1/state"


def scenario(machine: Machine) -> None:
    boot(machine)
    by_hand(machine)
    machine.run("nohup ibv_asyncwatch -d ibp1s0 >/tmp/events 2>&1 &")
    subnet_manager(machine)
    ipoib(machine)
    vf_ports(machine)
    vf_ipoib(machine)
    cable(machine)
    events(machine)


def by_hand(machine: Machine) -> None:
    """Port states without a subnet manager."""
    equal(machine.run(STATES), "2: INIT\n2: INIT")
    with_subnet_manager(machine, CARDS[0])
    equal(machine.run("cd /sys/class/infiniband/ibp1s0/ports/1; cat state lid sm_lid"), "4: ACTIVE\n0x7\n0x9")
    without_subnet_manager(machine, CARDS[0])


def subnet_manager(machine: Machine) -> None:
    devices = machine.run("ibv_devices")
    assert "ibp1s0" in devices and "ibp2s0" in devices, devices
    machine.run("systemctl start opensm")
    machine.wait(f"[ $({STATES} | grep -c ACTIVE) = 2 ]")
    equal(machine.run("cat /sys/class/infiniband/*/ports/1/sm_lid | sort -u | wc -l"), "1")
    info = machine.run("ibv_devinfo -d ibp1s0")
    assert "PORT_ACTIVE" in info, info
    assert "SMINFO_MASTER" in machine.run("sminfo")


def ipoib(machine: Machine) -> None:
    machine.run("ip netns add peer; ip link set ibs22 netns peer; ip addr add 10.0.0.1/24 dev ibs21; ip link set ibs21 up")
    machine.run("ip -n peer addr add 10.0.0.2/24 dev ibs22; ip -n peer link set ibs22 up")
    machine.wait("ip link show ibs21 | grep -q LOWER_UP && ip -n peer link show ibs22 | grep -q LOWER_UP")
    # A datagram makes the kernel resolve the other end: broadcast, then unicast, over the adapters.
    machine.run("echo >/dev/udp/10.0.0.2/9")
    machine.wait("ip neigh show 10.0.0.2 | grep -qE 'REACHABLE|DELAY|STALE'")


def vf_ports(machine: Machine) -> None:
    machine.run(f"echo 0 >{PF}/sriov_drivers_autoprobe; echo 3 >{PF}/sriov_numvfs")
    for index in (0, 1):
        machine.run(f"for kind in node port; do vf {PF} {index} $kind b8:3f:d2:03:00:00:0a:0{index + 1}; done")
    machine.run(f"vf {PF} 0 policy Follow; vf {PF} 2 policy Follow; echo 1 >{PF}/sriov_drivers_autoprobe")
    machine.run(f"for n in 0 1 2; do basename $(readlink {PF}/virtfn$n) >/sys/bus/pci/drivers_probe; done; udevadm settle", seconds=90)
    # With policy and GUID; without policy; without GUID.
    equal(machine.run(f"cat {PF}/virtfn[012]/infiniband/*/ports/1/state"), "4: ACTIVE\n1: DOWN\n1: DOWN")
    machine.run(f"vf {PF} 1 policy Follow")
    equal(machine.run(f"cat {PF}/virtfn1/infiniband/*/ports/1/state"), "4: ACTIVE")


def vf_ipoib(machine: Machine) -> None:
    """Two VFs, one of them in a container's place, and the other card's PF reach each other."""
    machine.wait("[ -d /sys/class/net/ibs21v1 ]")
    machine.run("ip netns add box; ip link set ibs21v0 netns box; ip -n box addr add 10.0.0.3/24 dev ibs21v0; ip -n box link set ibs21v0 up")
    machine.run("ip addr add 10.0.1.4/24 dev ibs21v1; ip link set ibs21v1 up; ip -n box addr add 10.0.1.3/24 dev ibs21v0")
    machine.wait("ip -n box link show ibs21v0 | grep -q LOWER_UP && ip link show ibs21v1 | grep -q LOWER_UP")
    machine.run("ip netns exec box bash -c 'echo >/dev/udp/10.0.0.2/9; echo >/dev/udp/10.0.1.4/9; echo >/dev/udp/10.0.0.1/9'")
    for address in ("10.0.0.1", "10.0.0.2", "10.0.1.4"):
        machine.wait(f"ip -n box neigh show {address} | grep -qE 'REACHABLE|DELAY|STALE'")


def cable(machine: Machine) -> None:
    machine.set(CARDS[0], cable=False)
    equal(machine.run(STATES), "1: DOWN\n1: DOWN")
    equal(machine.run(f"cat {PF}/virtfn0/infiniband/*/ports/1/state"), "1: DOWN")
    machine.set(CARDS[0], cable=True)
    machine.wait(f"[ $({STATES} | grep -c ACTIVE) = 2 ]", seconds=60)


def events(machine: Machine) -> None:
    machine.run("sleep 1; pkill ibv_asyncwatch")
    seen = machine.run("cat /tmp/events")
    for event in ("LID_CHANGE", "CLIENT_REREGISTER", "PORT_ACTIVE", "PORT_ERR"):
        assert event in seen.upper().replace(" ", "_"), seen
