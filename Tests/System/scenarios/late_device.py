"""A PF whose driver takes 20 seconds: nothing of the boot but the gate waits for it."""
from harness.expect import CARDS, equal
from harness.machine import Machine
from harness.product import GATE, failed_units, restored, saved

FIRMWARE = True
BEFORE = saved


def scenario(machine: Machine) -> None:
    machine.set(CARDS[1], pf_init_delay_ms=20000)
    machine.boot()
    # multi-user.target is reached; the gate is closed.
    equal(machine.run(f"systemctl show -P ActiveState {GATE}"), "activating")
    restored(machine)
    machine.wait(f"[ $(systemctl show -P ActiveState {GATE}) = active ]")
    equal(failed_units(machine), [])
