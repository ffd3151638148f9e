"""The kernel's own driver, and ib_ipoib comes ten seconds after it, or not at all; and both are loaded again by hand."""
from harness.expect import OTHER_PF, PF, equal
from harness.machine import Machine
from harness.network import CONFIGURATION
from harness.product import failed_units, restored, saved, unit_of

FIRMWARE = True
KERNEL = "module_blacklist=mlx5_ofed"
BEFORE = saved
BLACKLIST = "/etc/modprobe.d/late.conf"


def late_netdev(machine: Machine) -> None:
    """The units wait for the netdevs, and say so; once these are there, they do at once what they are for."""
    machine.files[BLACKLIST] = "blacklist ib_ipoib\n"
    machine.boot(early=True)
    for pf in PF, OTHER_PF:
        machine.wait(f"systemctl show -P StatusText {unit_of(pf)} | grep -q '^waiting for the netdev of {pf[-12:]}'", seconds=90)
    machine.run("sleep 10; modprobe ib_ipoib")
    restored(machine)
    for pf in PF, OTHER_PF:
        equal(machine.run(f"systemctl show -P NRestarts {unit_of(pf)}"), "0")
    equal(failed_units(machine), [])


def no_netdev(machine: Machine) -> None:
    """When the deadline has passed: why, and what to do; nothing is written before."""
    machine.put(CONFIGURATION, '{"netdevSeconds": 3, "subnetManagerSeconds": 0}\n')
    machine.run(f"modprobe -r ib_ipoib; echo 0 > {PF}/sriov_numvfs")
    result = machine.attempt("sriov-persist restore vfs --pf 0000:01:00.0")
    equal(result.status, 69)
    assert "modprobe ib_ipoib" in result.errors, result
    machine.run(f"systemctl restart --no-block {unit_of(PF)}")
    machine.wait(f"[ $(systemctl show -P NRestarts {unit_of(PF)}) != 0 ]")
    failure = machine.journal("-b", "-t", "sriov-persist", f"OBJECT_SYSTEMD_UNIT={unit_of(PF)}", "SRIOV_RESULT=failed")[0]
    assert "modprobe ib_ipoib" in failure["MESSAGE"], failure["MESSAGE"]
    equal(machine.run(f"cat {PF}/sriov_numvfs"), "0")
    machine.run("modprobe ib_ipoib")
    restored(machine)


def driver_is_loaded_again(machine: Machine) -> None:
    """rdma-core loads ib_ipoib once in a boot. The VFs come back all the same, without a person."""
    machine.run(f"rm {BLACKLIST}; modprobe -r ib_ipoib mlx5_ib mlx5_core")
    for pf in PF, OTHER_PF:
        machine.wait(f"[ $(systemctl show -P ActiveState {unit_of(pf)}) = inactive ]")
    machine.run("modprobe mlx5_core")
    restored(machine)
    for pf in PF, OTHER_PF:
        equal(machine.run(f"systemctl show -P NRestarts {unit_of(pf)}"), "0")
    equal(failed_units(machine), [])


SCENARIOS = [late_netdev, no_netdev, driver_is_loaded_again]
