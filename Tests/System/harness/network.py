"""The units that wait for the PFs' ports, and the subnet manager that they wait for."""
import json

from .expect import CARDS
from .machine import Machine
from .product import invocation, unit_of
from .topology import Card

CONFIGURATION = "/etc/sriov-persist/config.json"
# OpenSM on the PFs' ports alone, as the product advises: Debian's default takes those of restored VFs as well.
OPENSM = {"/etc/default/opensm": f'PORTS="{" ".join(hex(card.guid) for card in CARDS)}"\n'}
OPENSM_ON_ALL_PORTS = 'PORTS=ALL\n'
DROP_IN = "/run/systemd/system/sriov-persist-network@.service.d/scenario.conf"


def network_of(pf: str) -> str:
    """The unit that waits for the PF's port."""
    return unit_of(pf).replace("@", "-network@")


def patience(seconds: int) -> str:
    """The configuration with this deadline."""
    return json.dumps({"subnetManagerSeconds": seconds}) + "\n"


def properties(machine: Machine, pf: str, *names: str) -> list[str]:
    """Of the PF's unit, in this order."""
    shown = machine.run(f"systemctl show -p {','.join(names)} {network_of(pf)}").splitlines()
    values = dict(line.split("=", 1) for line in shown)
    return [values[name] for name in names]


def status_text(machine: Machine, pf: str) -> str:
    return properties(machine, pf, "StatusText")[0]


def wait_for_words(machine: Machine, pf: str, words: str, seconds: float = 30) -> None:
    """Until the PF's unit says this in its STATUS=."""
    machine.wait(f"systemctl show -P StatusText {network_of(pf)} | grep -qF '{words}'", seconds)


def wait_for_port(machine: Machine, pf: str, state: str = "active", seconds: float = 60) -> None:
    machine.wait(f"[ $(systemctl show -P ActiveState {network_of(pf)}) = {state} ]", seconds)


def wait_anew(machine: Machine, *pfs: str) -> None:
    """The units of the PFs begin to wait now."""
    machine.run(f"systemctl restart --no-block {' '.join(network_of(pf) for pf in pfs)}")


def told(machine: Machine, pf: str, *fields: str) -> list[str]:
    """What the journal has of the PF's port in this boot; what was warned of besides is left out."""
    entries = machine.journal("-b", "-t", "sriov-persist", "SRIOV_PHASE=network", f"SRIOV_PCI={pf.rsplit('/', 1)[1]}", *fields)
    return [entry["MESSAGE"] for entry in entries if entry["PRIORITY"] != "4"]


def outages(machine: Machine, pf: str) -> list[str]:
    return told(machine, pf, "PRIORITY=3")


def warnings(machine: Machine, pf: str) -> str:
    """What the current run of the PF's unit warned of."""
    run = f"_SYSTEMD_INVOCATION_ID={invocation(machine, network_of(pf))}"
    entries = machine.journal("-b", "-t", "sriov-persist", "PRIORITY=4", run)
    return "\n".join(entry["MESSAGE"] for entry in entries)


def without_subnet_manager(machine: Machine, card: Card) -> None:
    """The card's port is as it was before a subnet manager came."""
    machine.set(card, lid=0, sm_lid=0, port_state="init")


def with_subnet_manager(machine: Machine, card: Card) -> None:
    """Some subnet manager has brought the card's port up."""
    machine.set(card, lid=7, sm_lid=9, port_state="active")
