"""No subnet manager, no cable: the units fail again and again, say so once, and are ready at last."""
from harness.expect import CARDS, OTHER_PF, PF, equal
from harness.machine import Machine
from harness.network import (CONFIGURATION, DROP_IN, OPENSM, network_of, outages, patience, properties, told, wait_anew,
                             wait_for_port, without_subnet_manager)
from harness.product import GATE, failed_units, is_as_saved, restored, saved

FIRMWARE = True
BEFORE = saved
PFS = PF, OTHER_PF
UNAVAILABLE = "69"
RETRIES = 10


def never_comes(machine: Machine) -> None:
    """A failure that systemd sees, and retries without limit; one entry in the journal for all of them."""
    machine.files |= OPENSM | {CONFIGURATION: patience(1)}
    machine.boot()
    restored(machine)
    equal(properties(machine, PF, "Restart", "RestartUSec", "StartLimitIntervalUSec"), ["on-failure", "30s", "0"])
    machine.put(DROP_IN, "[Service]\nRestartSec=1s\n")
    machine.run("systemctl daemon-reload")
    wait_anew(machine, *PFS)
    for pf in PFS:
        machine.wait(f"[ $(systemctl show -P NRestarts {network_of(pf)}) -ge {RETRIES} ]", seconds=300)
        exits = machine.journal("-b", "-u", network_of(pf), "EXIT_CODE=exited")
        equal({entry["EXIT_STATUS"] for entry in exits}, {UNAVAILABLE})
        outage, = outages(machine, pf)
        assert "link up, no subnet manager yet" in outage and "sminfo" in outage, outage
        equal(told(machine, pf), [outage])
    # It holds nothing up but the gate, which says for what.
    equal(machine.run("systemctl is-active multi-user.target"), "active")
    equal(machine.run(f"systemctl show -P ActiveState {GATE}"), "activating")
    machine.wait(f"systemctl show -P StatusText {GATE} | grep -q 'waiting for port 1 of 0000:01:00.0: link up, no subnet manager'")


def typed_restore(machine: Machine) -> None:
    """A person is told every time; the VFs are restored all the same."""
    machine.run(f"vf {PF} 2 policy Down")
    result = machine.attempt("sriov-persist restore --pf 0000:01:00.0")
    equal(result.status, int(UNAVAILABLE))
    assert "no subnet manager" in result.errors and "1 write " in result.output, result
    is_as_saved(machine, PF)
    equal(machine.attempt("sriov-persist restore network --pf 0000:01:00.0").status, int(UNAVAILABLE))
    machine.run("sriov-persist restore vfs")


def cable_pulled(machine: Machine) -> None:
    """Another reason is told anew, and so is the first one when it is back."""
    before = [len(outages(machine, pf)) for pf in PFS]
    for cable, words in (False, "cable down"), (True, "no subnet manager"):
        machine.set(CARDS[0], cable=cable)
        retried(machine, times=3)
        for pf in PFS:
            assert words in outages(machine, pf)[-1], outages(machine, pf)
    equal([len(outages(machine, pf)) for pf in PFS], [count + 2 for count in before])


def comes_at_last(machine: Machine) -> None:
    machine.run("systemctl start opensm")
    for pf in PFS:
        wait_for_port(machine, pf)
        assert "active, SM LID" in told(machine, pf)[-1], told(machine, pf)
    machine.wait(f"[ $(systemctl show -P ActiveState {GATE}) = active ]", seconds=60)
    equal(failed_units(machine), [])


def goes_again(machine: Machine) -> None:
    """The next outage is told, although it has the reason of the last."""
    machine.run("systemctl stop opensm")
    without_subnet_manager(machine, CARDS[0])
    before = len(outages(machine, PF))
    wait_anew(machine, PF)
    retried(machine, times=2, pfs=(PF,))
    equal(len(outages(machine, PF)), before + 1)


def retried(machine: Machine, times: int, pfs: tuple[str, ...] = PFS) -> None:
    """The units have been started so many times more."""
    for pf, restarts in [(pf, int(properties(machine, pf, "NRestarts")[0])) for pf in pfs]:
        machine.wait(f"[ $(systemctl show -P NRestarts {network_of(pf)}) -ge {restarts + times} ]", seconds=60)


SCENARIOS = [never_comes, typed_restore, cable_pulled, comes_at_last, goes_again]
