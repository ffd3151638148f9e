"""The plug is pulled: the store is whole, and the next boot restores."""
import time

from harness.expect import PF, equal
from harness.machine import Machine
from harness.product import failed_units, saved, unit_of

BEFORE = saved
# Another policy each time, so that each save is a new generation.
SAVE_FOR_EVER = f"""while true; do
    for policy in Up Follow; do echo $policy > {PF}/sriov/0/policy; sriov-persist save; done
done > /dev/null 2>&1"""


def power_cut_during_save(machine: Machine) -> None:
    for seconds in 0.1, 0.4, 0.7:
        machine.boot()
        machine.wait(f"[ $(systemctl show -P ActiveState {unit_of(PF)}) = active ]")
        before = generation(machine)
        machine.run(f"setsid sh -c '{SAVE_FOR_EVER}' < /dev/null > /dev/null 2>&1 &")
        # At another point of a save each time, once one has come to its end.
        machine.wait(f"[ -e /var/lib/sriov-persist/generations/{before + 1:06}.json ]")
        time.sleep(seconds)
        machine.power_cut()
        machine.boot()
        # What the units restored is a generation that can be read, the last one before the cut or a newer one.
        machine.wait(f"[ $(systemctl show -P ActiveState {unit_of(PF)}) = active ]")
        result = machine.attempt("sriov-persist status")
        equal((result.status, result.errors), (0, ""))
        assert generation(machine) > before, "nothing was saved before the cut"
        machine.power_cut()


def power_cut_during_restore(machine: Machine) -> None:
    machine.power_cut()
    # Far longer than it takes to see the moment: the cut ends it.
    for slow, moment in ("vf_create_delay_ms=20000,0", "create 4 VFs"), ("vf_probe_delay_ms=40000,0", "binding VFs"):
        machine.files["/etc/modprobe.d/faults.conf"] = f"options mlx5_core {slow}\n"
        machine.boot(early=True)
        machine.wait(f"systemctl show -P StatusText {unit_of(PF)} | grep -q '{moment}'", seconds=90)
        machine.power_cut()
    machine.files["/etc/modprobe.d/faults.conf"] = ""
    machine.boot()
    machine.wait(f"[ $(systemctl show -P ActiveState {unit_of(PF)}) = active ]")
    equal(machine.run("sriov-persist status > /dev/null; echo $?"), "0")
    equal(failed_units(machine), [])


def generation(machine: Machine) -> int:
    return int(machine.run("ls /var/lib/sriov-persist/generations | sort | tail -n 1").removesuffix(".json"))


SCENARIOS = [power_cut_during_save, power_cut_during_restore]
