"""Namespaces with an adapter in them, and what a person does with that."""

import sys
from pathlib import Path

from .namespaces import Namespaces

VFS = 4


class AdapterHost(Namespaces):
    def __init__(self, pfs: int) -> None:
        super().__init__()
        self.netdevs = [f"ibs2{number + 1}" for number in range(pfs)]
        adapter = Path(__file__).parent / "adapter.py"
        self._start("adapter", sys.executable, str(adapter), f"{self.folder}/adapter", *self.netdevs)
        self.wait_for(lambda: self.sys.joinpath("class").exists(), "the adapter")
        for netdev in self.netdevs:
            self.make_vfs(netdev)

    @property
    def sys(self) -> Path:
        return self.path("adapter")

    def device(self, netdev: str) -> Path:
        """The PF's, wherever its netdev is."""
        return self.sys / f"bus/pci/devices/0000:b{netdev[-1]}:00.0"

    def make_vfs(self, netdev: str) -> None:
        """As the guide does, and with GUIDs."""
        device = self.device(netdev)
        (device / "sriov_drivers_autoprobe").write_text("0")
        (device / "sriov_numvfs").write_text(str(VFS))
        for index in range(VFS):
            guid = f"0c:42:a1:00:0{netdev[-1]}:00:00"
            for file, text in {"node": f"{guid}:1{index}", "port": f"{guid}:2{index}", "policy": "Follow"}.items():
                (device / "sriov" / str(index) / file).write_text(text)
            (self.sys / "bus/pci/drivers/mlx5_core/bind").write_text((device / f"virtfn{index}").readlink().name)
        (device / "sriov_drivers_autoprobe").write_text("1")

    def remove_vfs(self, netdev: str) -> None:
        (self.device(netdev) / "sriov_numvfs").write_text("0")

    def unbind_vfs(self, netdev: str, but: str = "") -> None:
        for link in sorted(self.device(netdev).glob("virtfn*")):
            if link.name != but:
                (self.sys / "bus/pci/drivers/mlx5_core/unbind").write_text(link.readlink().name)

    def load_driver_anew(self, netdev: str) -> None:
        """The driver of the PF: the VFs are gone with it."""
        address = self.device(netdev).name
        for name in "unbind", "bind":
            (self.sys / "bus/pci/drivers/mlx5_core" / name).write_text(address)

    def make_netdevs(self, count: int) -> list[str]:
        """Netdevs that are no VF's, for a plugin that is told to give them out."""
        names = [f"given{number}" for number in range(count)]
        for name in names:
            self.inside("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}-peer")
        return names

    def vfs(self) -> dict[str, list[dict[str, str]]]:
        """Count, policies, GUIDs and whether a driver has it, of all PFs' VFs."""
        def of(netdev: str) -> list[dict[str, str]]:
            device = self.device(netdev)
            return [
                {"driver": str((device / f"virtfn{index}/driver").exists()),
                 **{name: (device / f"sriov/{index}/{name}").read_text() for name in ("node", "port", "policy")}}
                for index in range(int((device / "sriov_numvfs").read_text()))]
        return {netdev: of(netdev) for netdev in self.netdevs}
