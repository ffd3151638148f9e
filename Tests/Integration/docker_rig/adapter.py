#!/usr/bin/env python3
"""An mlx5 adapter with MLNX_OFED's driver, as far as /sys shows it: a file system for the network namespace it runs in.

A function's netdev is a real one: one end of a veth pair. While it is in a container, the function shows none;
when a VF's died with its container, it is made again, as a real one returns. Usage: adapter.py MOUNTPOINT PF...
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
TOTAL_VFS = 8
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
        if not self.is_bound:
            return []
        if not present(self.netdev, self.netdev + OTHER_END):
            make_netdev(self.netdev)
        return present(self.netdev)

    def set_bound(self, is_bound: bool) -> None:
        if is_bound == self.is_bound:
            raise OSError(errno.ENODEV, self.address)
        self.is_bound = is_bound
        self.probed = (self.node, self.port)
        if is_bound:
            _ = self.netdevs  # The driver makes it at once.
        else:
            remove_netdev(self.netdev)


@dataclass
class PF:
    number: int
    netdev: str
    autoprobe: bool = True
    is_bound: bool = True
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

    @property
    def netdevs(self) -> list[str]:
        return present(self.netdev) if self.is_bound else []

    def set_bound(self, is_bound: bool) -> None:
        """Without its driver it has no VFs."""
        if is_bound == self.is_bound:
            raise OSError(errno.ENODEV, self.address)
        if is_bound:
            make_netdev(self.netdev, "up")
        else:
            self.set_count("0")
            remove_netdev(self.netdev)
        self.is_bound = is_bound

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
            VF(f"{self.address[:-4]}{(index + 1) // 8:02x}.{(index + 1) % 8}", f"{self.netdev}v{index}", f"{self.rdma_device}v{index}")
            for index in range(count)]
        for vf in self.vfs:
            if self.autoprobe:
                vf.set_bound(True)


def present(*names: str) -> list[str]:
    """Those netdevs that are in this network namespace."""
    there = {name for _, name in socket.if_nameindex()}
    return [name for name in names if name in there]


def make_netdev(name: str, *state: str) -> None:
    other = name + OTHER_END
    subprocess.run(["ip", "link", "add", name, *state, "type", "veth", "peer", "name", other], check=True)
    subprocess.run(["ip", "link", "set", other, "up"], check=True)


def remove_netdev(name: str) -> None:
    """Also from a container; it may have died with one."""
    with contextlib.suppress(subprocess.CalledProcessError):
        subprocess.run(["ip", "link", "del", name + OTHER_END], check=True, stderr=subprocess.DEVNULL)


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
        bound = [function.address for function in [*self.pfs, *self.vfs] if function.is_bound]
        writes = {"bind": True, "unbind": False}
        files: Tree = {name: File(str, partial(self._set_bound, to)) for name, to in writes.items()}
        return files | {address: Link(f"../../devices/{address}") for address in bound}

    def _netdevs(self) -> Tree:
        all_netdevs = [(function.address, name) for function in [*self.pfs, *self.vfs] for name in function.netdevs]
        return {name: Link(f"../../bus/pci/devices/{address}/net/{name}") for address, name in all_netdevs}

    def _rdma_devices(self) -> Tree:
        functions = [function for function in [*self.pfs, *self.vfs] if function.is_bound]
        return {
            function.rdma_device: Link(f"../../bus/pci/devices/{function.address}/infiniband/{function.rdma_device}")
            for function in functions}

    def _set_bound(self, is_bound: bool, text: str) -> None:
        function = next((function for function in [*self.pfs, *self.vfs] if function.address == text.strip()), None)
        if function is None:
            raise OSError(errno.ENODEV, text)
        function.set_bound(is_bound)

    def _pf(self, pf: PF) -> Tree:
        entries: Tree = {
            "vendor": text("0x15b3"), "device": text("0x1017"), "class": text("0x020700"),
            "sriov_totalvfs": text(str(TOTAL_VFS)),
            "sriov_numvfs": File(lambda: f"{len(pf.vfs)}\n", pf.set_count),
            "sriov_drivers_autoprobe": File(
                lambda: f"{int(pf.autoprobe)}\n", lambda value: setattr(pf, "autoprobe", value.strip() == "1"))}
        if pf.is_bound:
            entries |= {
                "driver": Link(f"../../drivers/{DRIVER}"),
                "net": lambda: {name: lambda: {
                    "device": Link(f"../../../{pf.address}"), "operstate": text("up"), "flags": text("0x1003")}
                    for name in pf.netdevs},
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
        make_netdev(pf.netdev, "up")
    FileSystem(sys.argv[1], Files(pfs).node).serve()


if __name__ == "__main__":
    main()
