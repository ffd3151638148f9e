"""QEMU's machine protocol, as far as the tests need it."""
import json
import socket
import time
from pathlib import Path
from typing import Any


class MonitorError(Exception):
    """QEMU refused a command."""


class Monitor:
    def __init__(self, path: Path, deadline: float):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(max(deadline - time.monotonic(), 0.1))
        self.socket.connect(str(path))
        self.replies = self.socket.makefile("r")
        self.replies.readline()  # greeting
        self.execute("qmp_capabilities")

    def close(self) -> None:
        self.replies.close()
        self.socket.close()

    def execute(self, command: str, **arguments: Any) -> Any:
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        for line in self.replies:
            reply = json.loads(line)
            if "error" in reply:
                raise MonitorError(f"{command}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]
        raise MonitorError(f"{command}: QEMU has ended")
