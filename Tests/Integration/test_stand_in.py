"""The stand-in for the network plugin answers as the real one did, which was asked the same in the same order."""

import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any

STAND_IN = Path(__file__).parents[1] / "StandIn"


class Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost")
        self.path = str(path)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.path)


class AnswersTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        folder = Path(temporary.name)
        for netdev in "lo", "v0":  # Neither has a PCI function behind it.
            (folder / "sys/class/net" / netdev).mkdir(parents=True)
            (folder / "sys/class/net" / netdev / "operstate").write_text("up\n")
        self.socket = folder / "sriov.sock"
        plugin = subprocess.Popen(
            [sys.executable, str(STAND_IN / "sriov-plugin"), "--socket", str(self.socket), "--sys", str(folder / "sys"),
             "--state", str(folder / "state"), "--docker", str(folder / "docker.sock")],
            stdout=subprocess.DEVNULL)
        self.addCleanup(plugin.wait)
        self.addCleanup(plugin.kill)
        deadline = time.monotonic() + 20
        while not self.socket.exists():
            self.assertLess(time.monotonic(), deadline, "it does not serve")
            time.sleep(0.02)

    def ask(self, method: str, body: str) -> tuple[int, str | None, Any] | None:
        connection = Connection(self.socket)
        try:
            connection.request("POST", f"/{method}", body, {"Content-Type": "application/vnd.docker.plugins.v1.2+json"})
            response = connection.getresponse()
            return response.status, response.getheader("Content-Type"), meaning(response.read().decode())
        except http.client.RemoteDisconnected:
            return None
        finally:
            connection.close()

    def test_they_are_the_real_ones(self) -> None:
        for entry in json.loads((STAND_IN / "answers.json").read_text())["answers"]:
            reply = entry["reply"]
            expected = reply and (reply["status"], reply["type"], meaning(reply["text"]))
            with self.subTest(entry["name"]):
                self.assertEqual(self.ask(entry["method"], entry["body"]), expected)


def meaning(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text.strip()


if __name__ == "__main__":
    unittest.main()
