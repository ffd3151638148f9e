"""The virtual adapter's hardware: QEMU's nvme device, whose SR-IOV capability is real, in slots with native hotplug."""
from dataclasses import dataclass
from typing import Any

FIRST_SLOT = 21  # udev then names the first PF's netdev ibs21
FIRST_PORT = 8  # PCI device number of the first root port


@dataclass(frozen=True)
class Card:
    """One adapter with one PF. INDEX gives its slot, its bus and its place in the module's parameters."""
    index: int
    vfs: int = 8
    present: bool = True  # else its slot is empty until Machine.plug

    @property
    def name(self) -> str:
        return f"card{self.index}"

    @property
    def address(self) -> str:
        """PCI address of the PF: the root ports are the guest's only bridges, so the buses are numbered in their order."""
        return f"0000:{self.index + 1:02x}:00.0"

    @property
    def netdev(self) -> str:
        return f"ibs{FIRST_SLOT + self.index}"

    def device(self) -> dict[str, Any]:
        # Two queues and one interrupt for each VF are the least that QEMU takes, besides two and one of the PF itself.
        return {"driver": "nvme", "id": self.name, "serial": self.name, "subsys": f"subsystem{self.index}",
                "bus": f"slot{self.index}", "sriov_max_vfs": self.vfs,
                "sriov_vq_flexible": 2 * self.vfs, "sriov_vi_flexible": self.vfs,
                "max_ioqpairs": 2 * self.vfs + 2, "msix_qsize": self.vfs + 1}

    def arguments(self) -> list[str]:
        slot = FIRST_SLOT + self.index
        port = f"pcie-root-port,id=slot{self.index},bus=pcie.0,chassis={slot},slot={slot},addr={FIRST_PORT + self.index:x}"
        result = ["-device", port, "-device", f"nvme-subsys,id=subsystem{self.index}"]
        if self.present:
            properties = self.device()
            result += ["-device", ",".join([properties.pop("driver"), *(f"{key}={value}" for key, value in properties.items())])]
        return result


def arguments(cards: list[Card]) -> list[str]:
    native_hotplug = ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]
    return native_hotplug + [argument for card in cards for argument in card.arguments()]
