"""The plug is pulled: the store is whole, and the next boot restores."""
import time

from harness.expect import CARDS, OTHER_PF, PF, equal
from harness.machine import Machine
from harness.product import failed_units, saved, unit_of, wait_for_unit

FIRMWARE = True
BEFORE = saved
# Another policy each time, so that each save is a new generation.
SAVE_FOR_EVER = f"""while true; do
    for policy in Up Follow; do echo $policy > {PF}/sriov/0/policy; sriov-persist save; done
done > /dev/null 2>&1"""


def power_cut_during_save(machine: Machine) -> None:
    machine.boot()
    wait_for_units(machine)
    for seconds in 0.1, 0.4, 0.7:
        before = generation(machine)
        machine.run(f"setsid sh -c '{SAVE_FOR_EVER}' < /dev/null > /dev/null 2>&1 &")
        # At another point of a save each time, once one has come to its end.
        machine.wait(f"[ -e /var/lib/sriov-persist/generations/{before + 1:06}.json ]")
        time.sleep(seconds)
        machine.power_cut()
        machine.boot()
        # What the units restored is a generation that can be read, the last one before the cut or a newer one.
        wait_for_units(machine)
        result = machine.attempt("sriov-persist status")
        equal((result.status, result.errors), (0, ""))
        assert generation(machine) > before, "nothing was saved before the cut"


def power_cut_during_restore(machine: Machine) -> None:
    machine.power_cut()
    # Far longer than it takes to see the moment: the cut ends it.
    for create, probe, moment in (20000, 0, "create 4 VFs"), (0, 40000, "binding VFs"):
        machine.set(CARDS[0], enable_delay_ms=create, init_delay_ms=probe)
        machine.boot(early=True)
        machine.wait(f"systemctl show -P StatusText {unit_of(PF)} | grep -q '{moment}'", seconds=90)
        machine.power_cut()
    machine.set(CARDS[0], init_delay_ms=0)
    machine.boot()
    wait_for_units(machine)
    equal(machine.run("sriov-persist status > /dev/null; echo $?"), "0")
    equal(failed_units(machine), [])


def wait_for_units(machine: Machine) -> None:
    for pf in PF, OTHER_PF:
        wait_for_unit(machine, pf, "active")


def generation(machine: Machine) -> int:
    return int(machine.run("ls /var/lib/sriov-persist/generations | sort | tail -n 1").removesuffix(".json"))


SCENARIOS = [power_cut_during_save, power_cut_during_restore]
