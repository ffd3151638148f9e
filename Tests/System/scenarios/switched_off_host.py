"""The words on the kernel's command line that switch us off for one boot; and restores that a person types then."""
from harness.expect import CARDS, OTHER_PF, PF, boot, equal
from harness.machine import Machine
from harness.network import network_of
from harness.product import GATE, failed_units, is_as_saved, saved, unit_of

FIRMWARE = True
BEFORE = saved
# Four VFs take the firmware twelve seconds: time to do something meanwhile.
SLOW_RESTORE = "sriov-persist restore vfs > /tmp/first 2>&1 & echo $! > /tmp/pid; wait $!; echo $? > /tmp/status"
# On an emulated CPU; what waited for the kernel would take longer than that.
AT_ONCE = 4
IS_CREATING = f"[ -d {PF}/sriov/3 ]"


def off_switch(machine: Machine) -> None:
    boot(machine, kernel="sriov_persist=off")
    equal(machine.run(f"cat {PF}/sriov_numvfs {OTHER_PF}/sriov_numvfs"), "0\n0")
    for unit in unit_of(PF), unit_of(OTHER_PF), network_of(PF), network_of(OTHER_PF), GATE, "sriov-persist-vfs.service":
        equal(machine.run(f"systemctl show -P ActiveState,ConditionResult {unit}").split(), ["inactive", "no"])
    equal(failed_units(machine), [])
    # A person may still ask for it.
    machine.run("sriov-persist restore vfs")
    is_as_saved(machine)


def no_state_is_restored(machine: Machine) -> None:
    """systemd's own word for that, of which the last one counts: the units are active, and did nothing."""
    machine.reboot(kernel="systemd.restore_state=1 systemd.restore-state=No")
    for unit in unit_of(PF), unit_of(OTHER_PF), network_of(PF), network_of(OTHER_PF), GATE, "sriov-persist-vfs.service":
        machine.wait(f"[ $(systemctl show -P ActiveState {unit}) = active ]")
        assert "systemd.restore_state=" in machine.run(f"systemctl show -P StatusText {unit}"), unit
    equal(machine.run(f"cat {PF}/sriov_numvfs {OTHER_PF}/sriov_numvfs"), "0\n0")
    machine.run("systemctl start sriov-persist-health.service")
    equal(machine.journal("-b", "-t", "sriov-persist", "-p", "notice"), [])
    equal(failed_units(machine), [])
    machine.run("sriov-persist restore vfs")
    is_as_saved(machine)


def start_slow_restore(machine: Machine) -> None:
    machine.run(f"rm -f /tmp/status; echo 0 > {PF}/sriov_numvfs")
    machine.set(CARDS[0], enable_delay_ms=3000)
    machine.run(f"setsid sh -c '{SLOW_RESTORE}' < /dev/null > /dev/null 2>&1 &")
    machine.wait(IS_CREATING)


def second_run(machine: Machine) -> None:
    """While the kernel makes VFs, another run and status answer at once; the first one is not disturbed."""
    start_slow_restore(machine)
    second = machine.attempt("sriov-persist restore vfs --pf 0000:01:00.0", seconds=AT_ONCE)
    equal(second.status, 75)
    assert "another run has the PF" in second.errors, second.errors
    status = machine.attempt("sriov-persist status", seconds=AT_ONCE)
    equal(status.status, 69)
    assert f"restore in progress (pid {machine.run('cat /tmp/pid')}, for " in status.output, status.output
    machine.wait("[ -e /tmp/status ]")
    equal(machine.run("cat /tmp/status"), "0")
    is_as_saved(machine)


def sigterm(machine: Machine) -> None:
    """A signal during the count write ends the restore when the kernel lets go, cleaned up; what it left is not saved."""
    start_slow_restore(machine)
    machine.run("kill -TERM $(cat /tmp/pid)")
    machine.wait("[ -e /tmp/status ]")
    equal(machine.run("cat /tmp/status"), "75")
    equal(machine.run(f"cat {PF}/sriov_drivers_autoprobe"), "1")
    machine.run(f"[ -e {PF}/virtfn0 ] && [ ! -e {PF}/virtfn0/driver ]")
    equal(machine.attempt("sriov-persist save").status, 78)
    machine.run("sriov-persist restore vfs")
    is_as_saved(machine)


SCENARIOS = [off_switch, no_state_is_restored, second_run, sigterm]
