#!/usr/bin/env python3
"""An mlx5 adapter with MLNX_OFED's driver, as far as /sys shows it: a file system for the network namespace it runs in.

What a VF's netdev is, the kernel says: one end of a veth pair. While that is in a container, the VF shows none; when it
died with its container, it is made again, as a real VF returns. Usage: adapter.py MOUNTPOINT PF...
"""

import contextlib
import errno
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from fuse import Directory, File, FileSystem, Link, Node

DRIVER = "mlx5_core"
TOTAL_VFS = 4
OTHER_END = "-fabric"


@dataclass
class VF:
    address: str
    netdev: str
    rdma_device: str
    node: str = "00:00:00:00:00:00:00:00"
    port: str = "00:00:00:00:00:00:00:00"
    policy: str = "Down"
    override: str = "(null)"
    is_bound: bool = False
    #: What the RDMA device took over when its driver probed it.
    probed: tuple[str, str] = ("", "")

    @property
    def netdevs(self) -> list[str]:
        present = {name for _, name in socket.if_nameindex()}
        if not self.is_bound:
            return []
        if self.netdev not in present and self.netdev + OTHER_END not in present:
            command = ["ip", "link", "add", self.netdev, "type", "veth", "peer", "name", self.netdev + OTHER_END]
            subprocess.run(command, check=True)
            present.add(self.netdev)
        return [self.netdev] if self.netdev in present else []

    def set_bound(self, is_bound: bool) -> None:
        if is_bound == self.is_bound:
            raise OSError(errno.ENODEV, self.address)
        self.is_bound = is_bound
        self.probed = (self.node, self.port)
        if is_bound:
            _ = self.netdevs  # The driver makes it at once.
        else:
            with contextlib.suppress(subprocess.CalledProcessError):  # It may be in a container.
                subprocess.run(["ip", "link", "del", self.netdev], check=True, stderr=subprocess.DEVNULL)


@dataclass
class PF:
    number: int
    netdev: str
    autoprobe: bool = True
    vfs: list[VF] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"0000:b{self.number + 1}:00.0"

    @property
    def rdma_device(self) -> str:
        return f"mlx5_{self.number}"

    @property
    def guid(self) -> str:
        return f"0c42:a103:00b{self.number + 1}:0000"

    def set_count(self, text: str) -> None:
        count = int(text)
        if count > TOTAL_VFS:
            raise OSError(errno.ERANGE, text)
        if count and self.vfs:
            raise OSError(errno.EBUSY, text)
        for vf in self.vfs:
            if vf.is_bound:
                vf.set_bound(False)
        self.vfs = [
            VF(f"{self.address[:-1]}{index + 1}", f"{self.netdev}v{index}", f"{self.rdma_device}v{index}")
            for index in range(count)]
        for vf in self.vfs:
            if self.autoprobe:
                vf.set_bound(True)


Tree = dict[str, Any]


class Files:
    """What is at a path. Folders are made when they are looked into, so that each look is a new one."""

    def __init__(self, pfs: list[PF]) -> None:
        self.pfs = pfs

    @property
    def vfs(self) -> list[VF]:
        return [vf for pf in self.pfs for vf in pf.vfs]

    def node(self, path: str) -> Node | None:
        tree: Any = self._root
        for name in path.split("/") if path else []:
            folder = tree() if callable(tree) else None
            if folder is None or name not in folder:
                return None
            tree = folder[name]
        return Directory(lambda: sorted(tree())) if callable(tree) else tree

    def _root(self) -> Tree:
        return {
            "bus": lambda: {"pci": lambda: {"devices": self._devices, "drivers": lambda: {DRIVER: self._driver}}},
            "class": lambda: {"net": self._netdevs, "infiniband": self._rdma_devices}}

    def _devices(self) -> Tree:
        pfs = {pf.address: partial(self._pf, pf) for pf in self.pfs}
        return pfs | {vf.address: partial(self._vf, pf, vf) for pf in self.pfs for vf in pf.vfs}

    def _driver(self) -> Tree:
        bound = [pf.address for pf in self.pfs] + [vf.address for vf in self.vfs if vf.is_bound]
        writes = {"bind": True, "unbind": False}
        files: Tree = {name: File(str, partial(self._set_bound, to)) for name, to in writes.items()}
        return files | {address: Link(f"../../devices/{address}") for address in bound}

    def _netdevs(self) -> Tree:
        all_netdevs = [(pf.address, pf.netdev) for pf in self.pfs]
        all_netdevs += [(vf.address, name) for vf in self.vfs for name in vf.netdevs]
        return {name: Link(f"../../bus/pci/devices/{address}/net/{name}") for address, name in all_netdevs}

    def _rdma_devices(self) -> Tree:
        functions = [*self.pfs, *[vf for vf in self.vfs if vf.is_bound]]
        return {
            function.rdma_device: Link(f"../../bus/pci/devices/{function.address}/infiniband/{function.rdma_device}")
            for function in functions}

    def _set_bound(self, is_bound: bool, text: str) -> None:
        vf = next((vf for vf in self.vfs if vf.address == text.strip()), None)
        if vf is None:
            raise OSError(errno.ENODEV, text)
        vf.set_bound(is_bound)

    def _pf(self, pf: PF) -> Tree:
        entries: Tree = {
            "vendor": text("0x15b3"), "device": text("0x1017"), "class": text("0x020700"),
            "driver": Link(f"../../drivers/{DRIVER}"),
            "sriov_totalvfs": text(str(TOTAL_VFS)),
            "sriov_numvfs": File(lambda: f"{len(pf.vfs)}\n", pf.set_count),
            "sriov_drivers_autoprobe": File(
                lambda: f"{int(pf.autoprobe)}\n", lambda value: setattr(pf, "autoprobe", value.strip() == "1")),
            "net": lambda: {pf.netdev: lambda: {
                "device": Link(f"../../../{pf.address}"), "operstate": text("up"), "flags": text("0x1003")}},
            "infiniband": lambda: {pf.rdma_device: partial(rdma, pf.address, pf.guid, pf.guid)},
            "sriov": lambda: {str(index): partial(attributes, vf) for index, vf in enumerate(pf.vfs)}}
        return entries | {f"virtfn{index}": Link(f"../{vf.address}") for index, vf in enumerate(pf.vfs)}

    def _vf(self, pf: PF, vf: VF) -> Tree:
        entries: Tree = {
            "physfn": Link(f"../{pf.address}"), "vendor": text("0x15b3"), "class": text("0x020700"),
            "driver_override": File(
                lambda: vf.override + "\n", lambda name: setattr(vf, "override", name.strip() or "(null)"))}
        if vf.is_bound:
            entries |= {
                "driver": Link(f"../../drivers/{DRIVER}"),
                "net": lambda: {name: lambda: {"device": Link(f"../../../{vf.address}"), "address": text("00:00")}
                                for name in vf.netdevs},
                "infiniband": lambda: {vf.rdma_device: partial(rdma, vf.address, *map(groups, vf.probed))}}
        return entries


def text(line: str) -> File:
    return File(lambda: line + "\n")


def groups(guid: str) -> str:
    """Of two bytes each, as an RDMA device writes a GUID."""
    digits = guid.replace(":", "")
    return ":".join(digits[start:start + 4] for start in range(0, 16, 4))


def attributes(vf: VF) -> Tree:
    """MLNX_OFED's files of one VF."""
    return {
        name: File(
            lambda name=name: getattr(vf, name) + "\n", lambda value, name=name: setattr(vf, name, value.strip()))
        for name in ("node", "port", "policy")}


def rdma(address: str, node: str, port: str) -> Tree:
    """An RDMA device whose port a subnet manager has made active."""
    lines = {"lid": "0x5", "sm_lid": "0x1", "link_layer": "InfiniBand", "phys_state": "5: LinkUp", "state": "4: ACTIVE"}
    ports: Tree = {name: text(line) for name, line in lines.items()}
    ports |= {"gids": lambda: {"0": text(f"fe80:0000:0000:0000:{port}")}, "pkeys": lambda: {"0": text("0xffff")}}
    return {
        "device": Link(f"../../../{address}"), "node_guid": text(node), "board_id": text("MT_0000000008"),
        "ports": lambda: {"1": lambda: ports}}


def main() -> None:
    pfs = [PF(number, netdev) for number, netdev in enumerate(sys.argv[2:])]
    for pf in pfs:
        other = pf.netdev + OTHER_END
        subprocess.run(["ip", "link", "add", pf.netdev, "up", "type", "veth", "peer", "name", other], check=True)
        subprocess.run(["ip", "link", "set", other, "up"], check=True)
    FileSystem(sys.argv[1], Files(pfs).node).serve()


if __name__ == "__main__":
    main()
