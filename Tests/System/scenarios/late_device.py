"""A PF whose driver takes 20 seconds: nothing of the boot but the gate waits for it."""
from harness.expect import equal
from harness.machine import Machine
from harness.product import GATE, failed_units, restored, saved

BEFORE = saved


def scenario(machine: Machine) -> None:
    machine.files["/etc/modprobe.d/faults.conf"] = "options mlx5_core pf_probe_delay_ms=0,20000\n"
    machine.boot()
    # multi-user.target is reached; the gate is closed.
    equal(machine.run(f"systemctl show -P ActiveState {GATE}"), "activating")
    restored(machine)
    machine.wait(f"[ $(systemctl show -P ActiveState {GATE}) = active ]")
    equal(failed_units(machine), [])
