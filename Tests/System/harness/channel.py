"""The guest's test channel, seen from outside."""
import math
import socket
import time
from pathlib import Path


class ChannelError(Exception):
    """The guest did not answer."""


class Channel:
    """Sends commands to guest/usr/lib/sriov-test/channel and takes their results. Every wait has a deadline."""

    def __init__(self, path: Path, deadline: float):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(max(deadline - time.monotonic(), 0.1))
        self.socket.connect(str(path))
        self.buffer = b""

    def close(self) -> None:
        self.socket.close()

    def receive(self, deadline: float) -> None:
        self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            data = self.socket.recv(1 << 20)
        except TimeoutError:
            raise ChannelError("no answer from the guest within the deadline") from None
        if not data:
            raise ChannelError("the guest's machine has ended")
        self.buffer += data

    def line(self, deadline: float) -> str:
        while b"\n" not in self.buffer:
            self.receive(deadline)
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def bytes(self, size: int, deadline: float) -> bytes:
        while len(self.buffer) < size:
            self.receive(deadline)
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def wait_until_ready(self, deadline: float) -> None:
        line = self.line(deadline)
        if line != "ready":
            raise ChannelError(f"unexpected word from the guest: {line}")

    def run(self, command: str, data: bytes, seconds: float) -> tuple[int, bytes, bytes]:
        """Status (124 if the guest stopped it after SECONDS), output, errors."""
        script = command.encode()
        # The guest ends the command itself; the rest is for a guest that is slow or hangs.
        deadline = time.monotonic() + seconds + 30
        self.socket.settimeout(30)
        self.socket.sendall(f"{math.ceil(seconds)} {len(script)} {len(data)}\n".encode() + script + data)
        status, output, errors = (int(word) for word in self.line(deadline).split())
        return status, self.bytes(output, deadline), self.bytes(errors, deadline)
