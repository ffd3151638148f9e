"""What the stand-in does to an adapter: with the files of sysfs, and with netlink by ip(8), as the real plugin does."""

import contextlib
import os
import socket
import subprocess
import uuid
from pathlib import Path

ETHERNET = "1"


class Refusal(Exception):
    """The text that Docker gets instead of an answer."""


class Adapter:
    """One PF, found by the name of its netdev, and the VFs that it had when its first network was made."""

    def __init__(self, sys_folder: Path, netdevice: str, given: list[str]) -> None:
        self.name = netdevice
        self.netdev = sys_folder / "class/net" / netdevice
        self.device = self.netdev / "device"
        self.driver = sys_folder / "bus/pci/drivers/mlx5_core"
        self.networks = 0  # As the plugin counts them: a network that it is told twice counts twice.
        if not self.netdev.exists():
            raise Refusal(
                "Fail to set PF link up: %!(EXTRA *errors.errorString=Fail to get link handle for "
                f"{netdevice}: %!(EXTRA netlink.LinkNotFoundError=Link not found))")
        if _read(self.netdev / "operstate") != "up":
            ip("link", "set", "dev", netdevice, "up")
        # The netdev is remembered by its index: another one of the same name gets no settings, and nobody hears of it.
        self.index = _read(self.netdev / "ifindex")
        if not (self.device / "sriov_numvfs").exists():
            raise Refusal(f"Fail to enable sriov: device {netdevice} not found")
        if _read(self.device / "sriov_numvfs") == "0":
            self._switch_on()
        # Read once, in the folder's order, and believed ever after.
        links = [name for name in os.listdir(self.device) if name.startswith("virtfn")]
        self.vfs: list[int | str] = list(given or [int(name.removeprefix("virtfn")) for name in links])
        self.taken: set[int | str] = set()

    @property
    def is_ethernet(self) -> bool:
        return _read(self.netdev / "type") == ETHERNET

    # All VFs, where there are none

    def _switch_on(self) -> None:
        total = _read(self.device / "sriov_totalvfs")
        try:
            (self.device / "sriov_numvfs").write_text(total)
        except OSError as error:
            raise Refusal(f"Fail to enable sriov: {error.strerror}") from error
        for index in range(int(total)):
            if self.is_ethernet:
                self._set(index, "mac", _read(self.netdev / "address"))
                self._set_privileged(index, True)
            else:
                self._give_guids(index)
        for index in range(int(total)):
            if self._netdevs(index):
                address = (self.device / f"virtfn{index}").resolve().name
                (self.driver / "unbind").write_text(address)
                (self.driver / "bind").write_text(address)

    def _give_guids(self, index: int) -> None:
        """Random bytes and the VF's index last; netlink gets the bytes the wrong way round, and so the index first."""
        guid = [f"{byte:02x}" for byte in [*uuid.uuid4().bytes[:7], index]]
        for file, text in {"policy": "Follow", "node": ":".join(guid), "port": ":".join(guid)}.items():
            path = self.device / "sriov" / str(index) / file
            if path.exists():
                path.write_text(text)
            elif file != "policy":
                self._set(index, f"{file}_guid", ":".join(reversed(guid)))

    def switch_off(self) -> None:
        with contextlib.suppress(OSError):
            (self.device / "sriov_numvfs").write_text("0")

    # One VF

    def _netdevs(self, index: int) -> list[Path]:
        with contextlib.suppress(OSError):
            return list((self.device / f"virtfn{index}" / "net").iterdir())
        return []

    def take(self, mac: str, vlan: int, is_privileged: bool) -> int | str:
        """The first free one. What is set of it stays when it is given back."""
        def fits(vf: int | str) -> bool:
            netdevs = self._netdevs(vf) if isinstance(vf, int) else []
            return not mac or any(_read(path / "address") == mac for path in netdevs)

        vf = next((vf for vf in self.vfs if vf not in self.taken and fits(vf)), None)
        if vf is None:
            wanted = f" for mac address {mac}" if mac else ""
            raise Refusal(f"Fail to allocate VF err = All Vfs for {self.name} are allocated{wanted}.")
        self.taken.add(vf)
        if isinstance(vf, int) and self.is_ethernet:
            if vlan:
                self._set(vf, "vlan", str(vlan))
            self._set_privileged(vf, is_privileged)
        return vf

    def _set_privileged(self, vf: int, is_privileged: bool) -> None:
        self._set(vf, "trust", "on" if is_privileged else "off")
        self._set(vf, "spoofchk", "off" if is_privileged else "on")

    def _set(self, vf: int, name: str, value: str) -> None:
        """Whatever becomes of it."""
        with contextlib.suppress(OSError, ValueError):
            ip("link", "set", "dev", socket.if_indextoname(int(self.index)), "vf", str(vf), name, value)

    def netdev_of(self, vf: int | str) -> str:
        """Its name today; none while it is unbound, gone, or in a container."""
        return vf if isinstance(vf, str) else next((path.name for path in self._netdevs(vf)), "")


def ip(*arguments: str) -> None:
    with contextlib.suppress(OSError):
        subprocess.run(
            ["ip", *arguments], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})


def _read(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text().strip()
    return ""
