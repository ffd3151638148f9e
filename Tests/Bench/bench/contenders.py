"""Who is measured, and what must be so afterwards."""
from collections.abc import Callable
from dataclasses import dataclass

from harness.machine import Machine

from .cases import AT_ONCE, Size

# Where guest/ and the compiled programs are.
FOLDER = "/root/bench"
NETPLAN = "/etc/netplan/bench.yaml"
LINKS = "/run/systemd/network"

# Columns of guest/state, behind the PF and the VF's number: all; those that the operator sets; the driver alone.
NODE, PORT, POLICY, DRIVER, OWN_NODE, OWN_GID = range(2, 8)
ALL = (NODE, PORT, POLICY, DRIVER, OWN_NODE, OWN_GID)
IDENTITY = (NODE, PORT, DRIVER, OWN_NODE, OWN_GID)
BOUND = (DRIVER,)

Preparation = Callable[[Machine, Size], None]


def nothing(machine: Machine, size: Size) -> None:
    """No preparation."""


@dataclass(frozen=True)
class Contender:
    name: str
    words: str
    command: Callable[[Size], str]
    restores: tuple[int, ...]
    before: Preparation = nothing
    after: Preparation = nothing
    # The same for one PF, by its address, where it is measured for each alone as well.
    alone: Callable[[Size, str], str] | None = None

    @property
    def counts_only(self) -> bool:
        """It makes the VFs, and gives them nothing."""
        return self.restores == BOUND and self is not FLOOR


def script(name: str) -> Callable[[Size], str]:
    return lambda size: f"{FOLDER}/{name} {size.vfs} {' '.join(size.addresses)}"


def write_netplan(machine: Machine, size: Size) -> None:
    netdevs = "".join(f"    {card.netdev}: {{virtual-function-count: {size.vfs}}}\n" for card in size.cards)
    machine.put(NETPLAN, f"network:\n  version: 2\n  renderer: networkd\n  ethernets:\n{netdevs}")
    machine.run(f"chmod 600 {NETPLAN}")


def remove_netplan(machine: Machine, size: Size) -> None:
    machine.run(f"rm {NETPLAN}")


def write_links(machine: Machine, size: Size) -> None:
    for address in size.addresses:
        machine.put(f"{LINKS}/10-bench-{address}.link",
                    f"[Match]\nPath=pci-{address}\n\n[Link]\nSR-IOVVirtualFunctions={size.vfs}\n")
    machine.run("udevadm control --reload")


def remove_links(machine: Machine, size: Size) -> None:
    """Else the VFs would be there as soon as the PF's driver is."""
    machine.run(f"rm {LINKS}/10-bench-*.link; udevadm control --reload")


GUIDE = Contender("guide", "the guide's commands in a shell script", script("guide"), ALL)
OPERATOR = Contender("operator", "sriov-network-operator's order, replayed", script("operator"), IDENTITY)
OURS = Contender("ours", "sriov-persist restore vfs", lambda size: "sriov-persist restore vfs --json", ALL,
                 alone=lambda size, pf: f"sriov-persist restore vfs --json --pf {pf}")
FLOOR = Contender("floor", "a bare C loop: count and binds alone",
                  lambda size: f"{FOLDER}/floor {size.vfs} {AT_ONCE} {' '.join(size.addresses)}", BOUND,
                  alone=lambda size, pf: f"{FOLDER}/floor {size.vfs} {AT_ONCE} {pf}")
NETPLAN_APPLY = Contender("netplan", "netplan apply --sriov-only: count alone", lambda size: "netplan apply --sriov-only",
                          BOUND, write_netplan, remove_netplan)
LINK = Contender("link", "systemd's .link files: count alone", script("link"), BOUND, write_links, remove_links)

CONTENDERS = [GUIDE, OPERATOR, NETPLAN_APPLY, LINK, OURS, FLOOR]
