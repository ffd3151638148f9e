"""The main job: two PFs with four VFs each are set up by hand and saved; after a cold boot all of it is back by itself."""
from harness.expect import OTHER_PF, PF, boot, equal
from harness.machine import Machine
from harness.product import failed_units, observe, set_up, unit_of, wait_for_unit


def scenario(machine: Machine) -> None:
    boot(machine)
    set_up(machine, PF, vfs=4)
    set_up(machine, OTHER_PF, vfs=4)
    machine.run("sriov-persist save")
    before = observe(machine, PF), observe(machine, OTHER_PF)
    machine.power_off()

    machine.boot()
    for pf in PF, OTHER_PF:
        wait_for_unit(machine, pf, "active")
        assert "restored, 4 of 4 VFs verified" in machine.run(f"systemctl show -P StatusText {unit_of(pf)}")
    equal((observe(machine, PF), observe(machine, OTHER_PF)), before)
    equal(failed_units(machine), [])
    equal(machine.run("sriov-persist status >/dev/null; echo $?"), "0")
    # Nobody logged in: the restores are the units' own, and over before the network is configured.
    restored = machine.journal("-b", "-t", "sriov-persist", "SRIOV_RESULT=restored")
    equal(sorted(entry["SRIOV_PCI"] for entry in restored), ["0000:01:00.0", "0000:02:00.0"])
    equal({entry["_SYSTEMD_UNIT"] for entry in restored}, {unit_of(PF), unit_of(OTHER_PF)})
    equal(machine.run("sriov-persist restore | grep -c 'nothing written'"), "2")
