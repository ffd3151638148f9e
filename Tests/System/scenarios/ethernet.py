"""Ethernet PFs without RDMA devices: MAC, VLAN, rate, spoof check, trust and link state of their VFs, with MLNX_OFED's driver and
with the kernel's own."""
from harness.expect import OTHER_PF, PF, equal
from harness.machine import Machine
from harness.product import GATE, failed_units, unit_of, wait_for_unit
from scenarios.unsaved_host import contract

KERNEL = "mlx5_core.ethernet=1"
STATE = "/root/vfs"
# MACs, link states and all as rtnetlink has them, and what the VFs' own netdevs took over.
OBSERVE = f"""cat {PF}/sriov_numvfs {OTHER_PF}/sriov_numvfs
    for pf in ens21np0 ens22np0; do ip link show $pf | sed -n 's/^ *vf/vf/p'; done
    cat {PF}/virtfn?/net/*/address {OTHER_PF}/virtfn1/net/*/address"""


def unsaved(machine: Machine) -> None:
    """Nothing is done to a PF of which nothing was saved."""
    machine.boot()
    machine.wait("[ -d /sys/class/net/ens21np0 ] && [ -d /sys/class/net/ens22np0 ]")
    machine.run(f"[ ! -d {PF}/infiniband ] && [ -d {PF}/sriov ]")
    equal(failed_units(machine), [])


def restored_files(machine: Machine) -> None:
    """Set up by hand and saved; all of it is there again after a reboot."""
    machine.run(f"""set -e
        for pf in {PF} {OTHER_PF}; do
            echo 0 > $pf/sriov_drivers_autoprobe; echo 0 > $pf/sriov_numvfs; echo 4 > $pf/sriov_numvfs; echo 1 > $pf/sriov_drivers_autoprobe
            bus=$(basename $pf | cut -d: -f2)
            for vf in 0 1 2 3; do
                [ $pf$vf = {OTHER_PF}0 ] || echo 02:00:00:$bus:00:0$vf > $pf/sriov/$vf/mac
            done
        done
        cd {PF}/sriov
        echo 100:5 > 0/vlan; echo ON > 0/spoofcheck
        echo ON > 1/trust; echo Down > 1/link_state
        echo 2000 > 2/max_tx_rate; echo 100 > 2/min_tx_rate; echo Up > 2/link_state
        for pf in {PF} {OTHER_PF}; do for vf in 0 1 2 3; do basename $(readlink $pf/virtfn$vf) > /sys/bus/pci/drivers_probe; done; done""")
    machine.run("sriov-persist save")
    machine.put(STATE, machine.run(OBSERVE))
    machine.reboot()
    as_saved(machine)
    equal(machine.run(f"grep -E '^(VLAN|QoS) ' {PF}/sriov/0/config | tr -d ' '"), "VLAN:100\nQoS:5\nVLANProto:802.1Q")


def changed_vfs(machine: Machine) -> None:
    """Somebody changes two attributes: status tells, a typed restore writes those."""
    machine.run("ip link set ens21np0 vf 3 trust on && ip link set ens21np0 vf 0 vlan 200")
    status = machine.attempt("sriov-persist status")
    equal(status.status, 1)
    assert "VF 0: VLAN" in status.output and "VF 3: trust" in status.output, status.output
    assert "2 writes " in machine.run("sriov-persist restore vfs")
    equal(machine.run(OBSERVE), machine.run(f"cat {STATE}"))


def restored_by_netlink(machine: Machine) -> None:
    """The same generation with the kernel's own driver."""
    machine.reboot(kernel="mlx5_core.ofed=0")
    as_saved(machine)
    machine.run(f"[ ! -e {PF}/sriov ]")


def as_saved(machine: Machine) -> None:
    for pf in PF, OTHER_PF:
        wait_for_unit(machine, pf, "active")
        assert "restored, 4 of 4 VFs verified" in machine.run(f"systemctl show -P StatusText {unit_of(pf)}")
    equal(machine.run(OBSERVE), machine.run(f"cat {STATE}"))
    machine.wait(f"[ $(systemctl show -P ActiveState {GATE}) = active ]")
    equal(failed_units(machine), [])


SCENARIOS = [unsaved, contract, restored_files, changed_vfs, restored_by_netlink]
