"""A saved PF that is not there: the gate says so at its deadline, and opens by itself, with what is behind it, when the PF comes after all."""
from harness.expect import CARDS, PF
from harness.machine import Machine
from harness.product import GATE, restored, saved
from harness.topology import Card

FIRMWARE = True
BEFORE = saved
CARDS = [CARDS[0], Card(1, present=False)]
WORKLOAD = f"""[Unit]
Requires={GATE}
After={GATE}
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
[Install]
WantedBy={GATE}
"""
MISSING = ("not as saved after 15 s: the saved PF 0000:02:00.0 (ibp2s0) is not on this host: there is no PCI function; "
           "see: sriov-persist status")
SHORT = "[Service]\nExecStart=\nExecStart=/usr/bin/sriov-persist wait --timeout 15 --unattended\n"


def pf_never_appears(machine: Machine) -> None:
    machine.files[f"/etc/systemd/system/{GATE}.d/short.conf"] = SHORT
    machine.boot()
    restored(machine, PF)
    # Its first deadline may pass before the other PF is restored.
    machine.wait(f"journalctl -b -o cat -u {GATE} SRIOV_RESULT=unavailable | grep -qxF '{MISSING}'", seconds=90)
    machine.put("/etc/systemd/system/workload.service", WORKLOAD)
    machine.run("systemctl enable workload.service")
    assert machine.attempt("systemctl start workload.service", seconds=90).status != 0


def pf_appears_at_last(machine: Machine) -> None:
    machine.plug(CARDS[1])
    restored(machine)
    for unit in GATE, "workload.service":
        machine.wait(f"[ $(systemctl show -P ActiveState {unit}) = active ]", seconds=90)


SCENARIOS = [pf_never_appears, pf_appears_at_last]
