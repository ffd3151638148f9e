"""The shipped binary with the real libsystemd and a service manager's socket."""

import os
import socket
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

BINARY = Path(__file__).parents[2] / ".build/dist/sriov-persist"


class ServiceManager:
    """Listens as PID 1 does: keeps each message, and answers a barrier by closing the descriptor that came with it."""

    def __init__(self, folder: str) -> None:
        self.path = os.path.join(folder, "notify")
        self.messages: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            data, descriptors, _, _ = socket.recv_fds(self._socket, 4096, 1)
            self.messages.append(data.decode())
            for descriptor in descriptors:
                os.close(descriptor)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BINARY, *arguments], env={"PATH": os.environ["PATH"], **environment},
        capture_output=True, text=True, timeout=60, check=False)


class ServiceManagerTest(unittest.TestCase):
    def test_nothing_saved_is_ready(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            manager = ServiceManager(folder)
            result = run("restore", "vfs", "--pf", "0000:b1:00.0", "--unattended", NOTIFY_SOCKET=manager.path)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(
                manager.messages, ["READY=1\nSTATUS=nothing to do: nothing was saved yet", "BARRIER=1"])

    def test_failure_is_told_and_never_ready(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            manager = ServiceManager(folder)
            result = run("save", NOTIFY_SOCKET=manager.path)
            self.assertNotEqual(result.returncode, 0)
            self.assertTrue(manager.messages[0].startswith("STATUS="), manager.messages)
            self.assertFalse(any("READY" in message for message in manager.messages))

    def test_a_socket_makes_nobody_a_unit(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            manager = ServiceManager(folder)
            self.assertEqual(run("restore", "vfs", NOTIFY_SOCKET=manager.path).returncode, 66)
            self.assertFalse(any("READY" in message for message in manager.messages))

    def test_nobody_listens(self) -> None:
        result = run("restore", "vfs", "--unattended", NOTIFY_SOCKET="/nonexistent/socket")
        self.assertEqual(result.returncode, 0, result.stderr)


class ThisMachineTest(unittest.TestCase):
    @unittest.skipIf(Path("/sys/bus/pci/drivers/mlx5_core").exists(), "this machine has mlx5_core loaded")
    def test_no_adapter(self) -> None:
        result = run("save")
        if os.geteuid() == 0:
            self.assertEqual(result.returncode, 66)
            self.assertRegex(result.stderr, "^error: (this host has no mlx5 adapter|the NVIDIA adapter)")
        else:
            self.assertEqual(result.returncode, 77)

    def test_usage(self) -> None:
        result = run("restore", "--nonsense")
        self.assertEqual(result.returncode, 64)
        self.assertEqual(result.stdout, "")
        self.assertIn("Usage:", result.stderr)


if __name__ == "__main__":
    unittest.main()
