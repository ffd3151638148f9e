"""The cards, in slots with native hotplug: those of device/, or for our own driver QEMU's nvme device, whose SR-IOV capability is
real."""
from dataclasses import dataclass, field
from typing import Any

FIRST_SLOT = 21  # udev then names the first PF's netdev ibs21
FIRST_PORT = 8  # PCI device number of the first root port


@dataclass(frozen=True)
class Card:
    """One adapter with one PF. INDEX gives its slot, its bus and its place in the module's parameters."""
    index: int
    vfs: int = 8
    present: bool = True  # else its slot is empty until Machine.plug
    properties: dict[str, Any] = field(default_factory=dict)  # of emulated firmware: device/README.md

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

    @property
    def guid(self) -> int:
        """Node GUID of the PF."""
        return 0xb83fd20300100000 + (self.index << 16)

    def firmware(self) -> dict[str, Any]:
        """The card as device/ emulates it, for the kernel's own driver: cabled, and without a subnet manager."""
        return {"driver": "mlx5emu", "id": self.name, "bus": f"slot{self.index}", "num-vfs": self.vfs, "guid": self.guid,
                "peer": f"card{self.index ^ 1}", "port-state": "init", "lid": 0, "sm-lid": 0, "sm": False,
                **self.properties}

    def device(self) -> dict[str, Any]:
        # Two queues and one interrupt for each VF are the least that QEMU takes, besides two and one of the PF itself.
        return {"driver": "nvme", "id": self.name, "serial": self.name, "subsys": f"subsystem{self.index}",
                "bus": f"slot{self.index}", "sriov_max_vfs": self.vfs,
                "sriov_vq_flexible": 2 * self.vfs, "sriov_vi_flexible": self.vfs,
                "max_ioqpairs": 2 * self.vfs + 2, "msix_qsize": self.vfs + 1}

    def arguments(self, firmware: bool) -> list[str]:
        slot = FIRST_SLOT + self.index
        port = f"pcie-root-port,id=slot{self.index},bus=pcie.0,chassis={slot},slot={slot},addr={FIRST_PORT + self.index:x}"
        # Room for the BARs of many VFs.
        result = ["-device", f"{port},pref64-reserve=512M"] if firmware else \
            ["-device", port, "-device", f"nvme-subsys,id=subsystem{self.index}"]
        if self.present:
            properties = self.firmware() if firmware else self.device()
            words = (f"{key}={on_command_line(value)}" for key, value in properties.items())
            result += ["-device", ",".join(words)]
        return result


def on_command_line(value: Any) -> str:
    return ("off", "on")[value] if isinstance(value, bool) else str(value)


def arguments(cards: list[Card], firmware: bool = False) -> list[str]:
    native_hotplug = ["-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off"]
    return native_hotplug + [argument for card in cards for argument in card.arguments(firmware)]
