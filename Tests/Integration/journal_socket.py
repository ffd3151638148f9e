"""The journal's socket in a rig's /run: what libsystemd sends there, entry by entry."""

import os
import socket
import struct
from pathlib import Path

Entry = dict[str, str]


class JournalSocket:
    def __init__(self, root: Path) -> None:
        path = root / "run/systemd/journal/socket"
        path.parent.mkdir(parents=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)

    def close(self) -> None:
        self._socket.close()

    def entries(self) -> list[Entry]:
        """All that was sent since the last call. Datagrams are there when the program that sent them has ended."""
        found = []
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._socket, 1 << 18, 1)
            except BlockingIOError:
                return found
            for descriptor in descriptors:  # A long entry comes as a file in memory.
                with os.fdopen(descriptor, "rb") as file:
                    data = file.read()
            found.append(parse(data))


def parse(data: bytes) -> Entry:
    """systemd's "Native Journal Protocol": NAME=value lines, or NAME, a line's end, the value's length and the value."""
    entry: Entry = {}
    while data:
        line, _, rest = data.partition(b"\n")
        name, mark, value = line.partition(b"=")
        if not mark:
            length = struct.unpack("<Q", rest[:8])[0]
            value, rest = rest[8:8 + length], rest[8 + length + 1:]
        assert name.decode() not in entry, f"{name!r} twice"
        entry[name.decode()] = value.decode()
        data = rest
    return entry


def exported(entries: list[Entry]) -> str:
    """In the Journal Export Format, one second after another."""
    head = "_BOOT_ID=0123456789abcdef0123456789abcdef"
    return "".join(
        f"__REALTIME_TIMESTAMP={1_700_000_000 + second}000000\n__MONOTONIC_TIMESTAMP={second + 1}000000\n{head}\n"
        + "".join(f"{name}={value}\n" for name, value in entry.items()) + "\n"
        for second, entry in enumerate(entries))
