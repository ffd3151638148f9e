"""What scenarios have in common: the default machine's adapters, and words for what they expect."""
from .machine import Machine
from .topology import Card

CARDS = [Card(0), Card(1)]
PF, OTHER_PF = (f"/sys/bus/pci/devices/{card.address}" for card in CARDS)
CONTROL, OTHER_CONTROL = (f"/sys/kernel/debug/mlx5_core/{card.address}" for card in CARDS)
ZERO_GUID = "00:00:00:00:00:00:00:00"


def boot(machine: Machine, kernel: str = "") -> None:
    """Boot, and wait for the adapters: multi-user.target does not."""
    machine.boot(kernel)
    machine.wait(" && ".join(f"[ -d /sys/class/net/{card.netdev} ]" for card in CARDS))


def equal(found: object, wanted: object) -> None:
    assert found == wanted, f"found {found!r}, wanted {wanted!r}"


def refused(machine: Machine, command: str, reason: str) -> None:
    """A command must fail, and give this reason, as strerror words it."""
    result = machine.attempt(command)
    assert result.status and reason in result.errors, f"{command}: {result}"


def rdma_device(machine: Machine, function: str) -> str:
    """The name of the RDMA device of a PCI function, given by its folder in /sys."""
    return machine.run(f"cd {function}/infiniband && echo *")
