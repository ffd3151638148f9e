"""A saved PF that is not there: the gate says so at its deadline, and opens by itself when the PF comes after all."""
from harness.expect import CARDS, PF, equal
from harness.machine import Machine
from harness.product import GATE, restored, saved
from harness.topology import Card

BEFORE = saved
CARDS = [CARDS[0], Card(1, present=False)]
SHORT = "[Service]\nExecStart=\nExecStart=/usr/bin/sriov-persist wait --timeout 15\n"


def pf_never_appears(machine: Machine) -> None:
    machine.files[f"/etc/systemd/system/{GATE}.d/short.conf"] = SHORT
    machine.boot()
    restored(machine, PF)
    machine.wait(f"[ $(systemctl show -P NRestarts {GATE}) -ge 1 ]", seconds=90)
    failures = machine.journal("-b", "-u", GATE, "SRIOV_RESULT=unavailable")
    assert failures, "the gate did not say anything"
    equal(failures[0]["MESSAGE"],
          "not as saved after 15 s: the saved PF 0000:02:00.0 (ibp2s0) is not on this host: there is no PCI function; "
          "see: sriov-persist status")


def pf_appears_at_last(machine: Machine) -> None:
    machine.plug(CARDS[1])
    restored(machine)
    machine.wait(f"[ $(systemctl show -P ActiveState {GATE}) = active ]", seconds=90)


SCENARIOS = [pf_never_appears, pf_appears_at_last]
