"""What was saved is in a folder that is mounted once the network is there, as diskless hosts have it."""
from harness.docker import entered
from harness.expect import OTHER_PF, PF, equal
from harness.machine import Machine
from harness.product import GATE, failed_units, restored, saved, unit_of

BEFORE = saved
STATE = "/var/lib/sriov-persist"
MOUNT = "var-lib-sriov\\x2dpersist.mount"
EARLY_FOLDER = "/etc/sriov-persist/generations"
# The units of the PFs have been started, for better or worse, when the folder is mounted.
FSTAB = f"/dev/vda / ext4 defaults 0 1\n/srv/state {STATE} none bind,_netdev,x-systemd.requires=slow-network.service 0 0\n"
SLOW_NETWORK = f"""[Unit]
DefaultDependencies=no
After=network.target
[Service]
Type=oneshot
TimeoutStartSec=90
ExecStart=/bin/sh -c 'for unit in {unit_of(PF)} {unit_of(OTHER_PF)}; do \
    until systemctl show -P ConditionTimestampMonotonic $unit | grep -qv "^0$" && \
        [ $(systemctl show -P ActiveState $unit) != activating ]; do sleep 1; done; done'
"""


def no_cycle(machine: Machine) -> None:
    words = [str(entry["MESSAGE"]) for entry in machine.journal("-b", "_PID=1")]
    equal([line for line in words if "ordering cycle" in line], [])
    equal(failed_units(machine), [])


def state_comes_late(machine: Machine) -> None:
    """The network does not wait for it, and the VFs are restored when it is there."""
    machine.boot()
    restored(machine)
    machine.run(f"mkdir /srv/state && mv {STATE}/* /srv/state")
    machine.files |= {"/etc/fstab": FSTAB, "/etc/systemd/system/slow-network.service": SLOW_NETWORK}
    machine.reboot()
    restored(machine)
    machine.wait(f"[ $(systemctl show -P ActiveState {GATE}) = active ]")
    no_cycle(machine)
    mounted, *units = entered(machine, f"'{MOUNT}'", unit_of(PF), unit_of(OTHER_PF))
    assert mounted < min(units), (mounted, units)


def generations_are_on_the_root(machine: Machine) -> None:
    """In the folder for such hosts: the VFs are restored before the state could be mounted."""
    machine.run(f"mv {STATE}/generations {EARLY_FOLDER}")
    machine.reboot()
    restored(machine)
    mounted, *units = entered(machine, f"'{MOUNT}'", unit_of(PF), unit_of(OTHER_PF))
    assert max(units) < mounted, (units, mounted)
    no_cycle(machine)
    equal(machine.run("sriov-persist status > /dev/null; echo $?"), "0")


SCENARIOS = [state_comes_late, generations_are_on_the_root]
