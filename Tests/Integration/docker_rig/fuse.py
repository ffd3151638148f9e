"""The few calls of Linux's FUSE protocol (include/uapi/linux/fuse.h) that files as /sys has them need.

A write is a call, as it is in sysfs: it is over when the kernel has done what it asked for, and it can fail.
"""

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Directory:
    names: Callable[[], list[str]]


@dataclass
class Link:
    target: str


@dataclass
class File:
    read: Callable[[], str]
    write: Callable[[str], None] | None = None


Node = Directory | Link | File

LOOKUP, FORGET, GETATTR, SETATTR, READLINK, OPEN, READ, WRITE = 1, 2, 3, 4, 5, 14, 15, 16
STATFS, RELEASE, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR = 17, 18, 25, 26, 27, 28, 29
INTERRUPT, DESTROY, BATCH_FORGET = 36, 38, 42
DIRECT_IO = 1
MODES = {Directory: stat.S_IFDIR | 0o755, Link: stat.S_IFLNK | 0o777, File: stat.S_IFREG | 0o644}


class FileSystem:
    """Serves what `node` finds at a path below the mount point. Nothing is kept: every call asks again."""

    def __init__(self, mount_point: str, node: Callable[[str], Node | None]) -> None:
        self.node = node
        self.paths = {1: ""}
        self.ids = {"": 1}
        self.open: dict[int, str] = {}
        self.device = os.open("/dev/fuse", os.O_RDWR)
        data = f"fd={self.device},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"adapter", os.fsencode(mount_point), b"fuse", 0, data) != 0:
            raise OSError(ctypes.get_errno(), f"mount on {mount_point}")

    def serve(self) -> None:
        while True:
            try:
                request = os.read(self.device, 1 << 18)
            except OSError as error:
                if error.errno == errno.ENODEV:  # unmounted
                    return
                if error.errno in (errno.ENOENT, errno.EINTR):  # the caller gave up
                    continue
                raise
            _, operation, unique, node_id = struct.unpack_from("<IIQQ", request)
            if operation in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            try:
                status, reply = 0, self._answer(operation, node_id, request[40:])
            except OSError as error:
                status, reply = -(error.errno or errno.EIO), b""
            try:
                os.write(self.device, struct.pack("<IiQ", 16 + len(reply), status, unique) + reply)
            except OSError as error:
                if error.errno != errno.ENOENT:
                    raise

    def _answer(self, operation: int, node_id: int, body: bytes) -> bytes:
        if operation == INIT:
            return struct.pack("<IIIIHHIIHHI7I", 7, 31, 1 << 16, 0, 12, 10, 1 << 16, 1, 0, 0, 0, *[0] * 7)
        if operation in (FLUSH, DESTROY):
            return b""
        if operation == STATFS:
            return struct.pack("<QQQQQIIII24x", 0, 0, 0, 0, 0, 4096, 255, 4096, 0)
        if operation in (RELEASE, RELEASEDIR):
            self.open.pop(struct.unpack_from("<Q", body)[0], None)
            return b""
        if operation == READ:
            handle, offset, size = struct.unpack_from("<QQI", body)
            return self.open[handle].encode()[offset:offset + size]
        if operation == READDIR:
            handle, offset, size = struct.unpack_from("<QQI", body)
            return self._entries(self.open[handle].split("\n"), offset, size)
        path = self.paths[node_id]
        if operation == LOOKUP:
            path = f"{path}/{body.rstrip(bytes(1)).decode()}"
            attributes = self._attributes(path)
            return struct.pack("<QQQQII", self._id(path), 0, 0, 0, 0, 0) + attributes
        if operation in (GETATTR, SETATTR):
            return struct.pack("<QII", 0, 0, 0) + self._attributes(path)
        return self._use(operation, path, body)

    def _use(self, operation: int, path: str, body: bytes) -> bytes:
        node = self._existing(path)
        if operation == READLINK and isinstance(node, Link):
            return node.target.encode()
        if operation == OPENDIR and isinstance(node, Directory):
            return self._opened("\n".join([".", "..", *node.names()]))
        if operation == OPEN and isinstance(node, File):
            reads = struct.unpack_from("<I", body)[0] & os.O_ACCMODE != os.O_WRONLY
            return self._opened(node.read() if reads else "")
        if operation == WRITE and isinstance(node, File):
            size = struct.unpack_from("<QQI", body)[2]
            if node.write is None:
                raise OSError(errno.EACCES, path)
            node.write(body[40:40 + size].decode())
            return struct.pack("<II", size, 0)
        raise OSError(errno.ENOSYS, path)

    def _opened(self, text: str) -> bytes:
        handle = max(self.open, default=0) + 1
        self.open[handle] = text
        return struct.pack("<QII", handle, DIRECT_IO, 0)

    def _existing(self, path: str) -> Node:
        node = self.node(path.lstrip("/"))
        if node is None:
            raise OSError(errno.ENOENT, path)
        return node

    def _id(self, path: str) -> int:
        number = self.ids.setdefault(path, len(self.ids) + 1)
        self.paths[number] = path
        return number

    def _attributes(self, path: str) -> bytes:
        mode = MODES[type(self._existing(path))]
        return struct.pack("<QQQQQQIIIIIIIIII", self._id(path), 4096, 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    @staticmethod
    def _entries(names: list[str], offset: int, size: int) -> bytes:
        """From the `offset`th name on, as many as fit."""
        reply = b""
        for number, name in enumerate(names[offset:], start=offset + 1):
            entry = struct.pack("<QQII", number + 1, number, len(name.encode()), 0) + name.encode()
            entry += bytes(-len(entry) % 8)
            if len(reply) + len(entry) > size:
                break
            reply += entry
        return reply
