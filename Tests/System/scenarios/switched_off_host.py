"""The word on the kernel's command line that switches us off for one boot."""
from harness.expect import OTHER_PF, PF, boot, equal
from harness.machine import Machine
from harness.product import GATE, failed_units, is_as_saved, saved, unit_of

BEFORE = saved


def off_switch(machine: Machine) -> None:
    boot(machine, kernel="sriov_persist=off")
    equal(machine.run(f"cat {PF}/sriov_numvfs {OTHER_PF}/sriov_numvfs"), "0\n0")
    for unit in unit_of(PF), unit_of(OTHER_PF), GATE, "sriov-persist-vfs.service":
        equal(machine.run(f"systemctl show -P ActiveState,ConditionResult {unit}").split(), ["inactive", "no"])
    equal(failed_units(machine), [])
    # A person may still ask for it.
    machine.run("sriov-persist restore")
    is_as_saved(machine)


SCENARIOS = [off_switch]
