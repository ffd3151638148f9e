"""What was changed while the host was off: a .link file makes VFs of one PF, the card of the other was replaced; and then cards
move from slot to slot."""
from harness.expect import CARDS, OTHER_PF, PF, equal
from harness.machine import Machine
from harness.product import GATE, is_as_saved, messages, observe, refused_by_unit, saved, saved_state, unit_of
from harness.topology import Card

FIRMWARE = True
BEFORE = saved
CARDS = [*CARDS, Card(2, present=False)]
THIRD_PF = f"/sys/bus/pci/devices/{CARDS[2].address}"
LINK = "/etc/systemd/network/10-vfs.link"
LINK_FILE = "[Match]\nPath=pci-0000:01:00.0\n[Link]\nNamePolicy=keep kernel database onboard slot path\nSR-IOVVirtualFunctions=2\n"
NODE_GUID = 0xb83fd20300aa0000


def link_file(machine: Machine) -> None:
    """udev makes another count than the saved one: named and left to it, until a person decides."""
    machine.files[LINK] = LINK_FILE
    machine.set(CARDS[1], guid=NODE_GUID)
    machine.boot()
    refused_by_unit(machine, PF)
    assert "2 VFs" in messages(machine, PF) and LINK in messages(machine, PF), messages(machine, PF)
    result = machine.attempt("sriov-persist restore --pf 0000:01:00.0")
    equal(result.status, 78)
    assert LINK in result.errors, result
    equal(machine.run(f"cat {PF}/sriov_numvfs"), "2")
    machine.run("sriov-persist restore vfs --pf 0000:01:00.0 --replace-vfs")
    is_as_saved(machine, PF)


def replaced_card(machine: Machine) -> None:
    """Another card in the saved one's slot gets nothing of it before a person says so."""
    refused_by_unit(machine, OTHER_PF)
    assert "sriov-persist adopt 0000:02:00.0" in messages(machine, OTHER_PF), messages(machine, OTHER_PF)
    equal(machine.run(f"cat {OTHER_PF}/sriov_numvfs"), "0")
    assert machine.run(f"systemctl show -P ActiveState {GATE}") != "active"


def adopted_card(machine: Machine) -> None:
    machine.run("sriov-persist adopt 0000:02:00.0")
    machine.run("sriov-persist restore vfs --pf 0000:02:00.0")
    is_as_saved(machine)
    machine.wait(f"[ $(systemctl show -P ActiveState {GATE}) = active ]", seconds=90)


def two_candidates(machine: Machine) -> None:
    """Two cards that both say that they are the saved one: neither is written."""
    machine.plug(Card(2, properties={"guid": NODE_GUID}))
    machine.wait(f"[ -d {THIRD_PF}/infiniband ] && systemctl show -P ActiveState {unit_of(THIRD_PF)} | grep -qE '^(active|failed)'")
    result = machine.attempt("sriov-persist restore")
    equal(result.status, 78)
    assert "both have the node GUID" in result.errors, result
    equal(machine.run(f"cat {THIRD_PF}/sriov_numvfs"), "0")
    is_as_saved(machine)


def moved_card(machine: Machine) -> None:
    """The saved card in another slot is the saved card."""
    machine.unplug(CARDS[1])
    machine.wait(f"[ ! -d {OTHER_PF} ]", seconds=60)
    machine.run(f"systemctl restart {unit_of(THIRD_PF)}")
    equal(observe(machine, THIRD_PF), saved_state(machine, OTHER_PF))
    assert "0000:02:00.0 has moved to 0000:03:00.0" in messages(machine, THIRD_PF), messages(machine, THIRD_PF)
    machine.run("sriov-persist wait --timeout 5")


def forgotten_card(machine: Machine) -> None:
    """A card that is gone for good is not waited for once it is forgotten."""
    machine.unplug(CARDS[2])
    machine.wait(f"[ ! -d {THIRD_PF} ]", seconds=60)
    equal(machine.attempt("sriov-persist wait --timeout 2").status, 69)
    machine.run("sriov-persist forget 0000:02:00.0")
    machine.run("sriov-persist wait --timeout 5")
    equal(machine.run("sriov-persist status > /dev/null; echo $?"), "0")


SCENARIOS = [link_file, replaced_card, adopted_card, two_candidates, moved_card, forgotten_card]
