"""The shipped binary as a process: its standard streams, its signals, its unit's system calls and its unit's name."""

import os
import pty
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from docker_rig.namespaces import Namespaces
from journal_socket import JournalSocket
from unit_sandbox import confine

REPOSITORY = Path(__file__).parents[2]
BINARY = REPOSITORY / ".build/dist/sriov-persist"
ENVIRONMENT = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
UNIT = "sriov-persist@0000:b1:00.0.service"


def shell(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", script, "bash", str(BINARY)], env=ENVIRONMENT, capture_output=True, text=True,
        timeout=60, check=False)


class OutputTest(unittest.TestCase):
    def test_a_failed_write_is_an_error(self) -> None:
        for target, errno in ((">/dev/full", "ENOSPC (no space is left on the device)"), (">&-", "EBADF")):
            with self.subTest(target=target):
                result = shell(f'"$1" --help {target}')
                self.assertEqual(result.returncode, 74)
                self.assertEqual(result.stderr, f"error: cannot write to standard output: {errno}\n")

    def test_a_reader_that_has_seen_enough_is_no_failure(self) -> None:
        result = shell('"$1" --help | true; for i in 1 2 3; do "$1" --help | head -1; done')
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def on_terminal(self, **environment: str) -> bytes:
        """What `show` without anything saved says on a terminal."""
        primary, secondary = pty.openpty()
        subprocess.run(
            [BINARY, "show"], env={**ENVIRONMENT, **environment}, stdout=secondary, stderr=secondary, timeout=60,
            check=False)
        os.close(secondary)
        said = os.read(primary, 4096)
        os.close(primary)
        return said

    def test_colours_are_for_terminals_that_want_them(self) -> None:
        self.assertIn(b"\x1b[31merror:", self.on_terminal(TERM="xterm"))
        for environment in ({"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}, {}):
            with self.subTest(environment=environment):
                said = self.on_terminal(**environment)
                self.assertIn(b"error:", said)
                self.assertNotIn(b"\x1b", said)


class SignalTest(unittest.TestCase):
    def setUp(self) -> None:
        """A command that waits for another program, and asks itself only then whether a signal came."""
        self.rig = Namespaces()
        self.addCleanup(self.rig.close)
        slow = self.rig.path("journalctl")
        slow.write_text(f"#!/bin/sh\n: > {self.rig.folder}/started\nsleep 4\n")
        slow.chmod(0o755)
        self.rig.inside("mount", "--bind", f"{self.rig.folder}/journalctl", "/usr/bin/journalctl")
        self.process = subprocess.Popen(
            [*self.rig._enter, str(BINARY), "support-report", "--output", f"{self.rig.folder}/report.tar.gz"],
            env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.rig.wait_for(self.rig.path("started").exists, "the slow program")

    def send(self, number: signal.Signals) -> None:
        os.kill(self.rig._child(self.process), number)
        time.sleep(0.3)

    def test_second_interrupt(self) -> None:
        """the first SIGINT asks, and the second ends the process as a signal does"""
        self.send(signal.SIGINT)
        self.assertIsNone(self.process.poll())
        self.send(signal.SIGINT)
        self.assertEqual(self.process.wait(timeout=1), -signal.SIGINT)

    def test_others_only_ask(self) -> None:
        """a SIGTERM that comes twice, as timeout(1) sends it, asks only"""
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            self.send(number)
            self.assertIsNone(self.process.poll())
        self.assertEqual(self.process.wait(timeout=60), 75)


class SandboxTest(unittest.TestCase):
    def test_no_unit_makes_the_runtime_complain(self) -> None:
        """The runtime sets the priority of its threads, and logs that it may not. Other programs are run in such threads."""
        for unit in sorted((REPOSITORY / "units").glob("*.service")):
            with self.subTest(unit=unit.name), tempfile.TemporaryDirectory() as folder:
                result = subprocess.run(
                    [BINARY, "support-report", "--output", f"{folder}/report.tar.gz"],
                    env={**ENVIRONMENT, "LIBDISPATCH_LOG": "stderr"}, capture_output=True, text=True, timeout=120,
                    check=False, preexec_fn=confine(unit))
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertNotIn("priority", result.stderr)


class UnitTest(unittest.TestCase):
    def setUp(self) -> None:
        self.rig = Namespaces()
        self.addCleanup(self.rig.close)
        self.journal = JournalSocket(self.rig.root)
        self.addCleanup(self.journal.close)
        slice_ = r"/system.slice/system-sriov\x2dpersist.slice"
        self.rig.path("cgroup").write_text(f"1:name=systemd:{slice_}/{UNIT}\n0::{slice_}/{UNIT}\n")

    def run_in_unit(self, stream: str) -> None:
        folder = self.rig.folder
        self.rig.inside(
            "sh", "-c", f"""
            mount --bind {folder}/cgroup /proc/$$/cgroup && : >{folder}/stderr &&
            JOURNAL_STREAM={stream} exec {BINARY} restore vfs --pf 0000:b1:00.0 --unattended 2>{folder}/stderr""")

    def test_entries_name_their_unit(self) -> None:
        """journald cannot tell the unit of a process that has ended, and `journalctl -u` would not show its last words."""
        self.run_in_unit(f"$(stat -c %d:%i {self.rig.folder}/stderr)")
        [entry] = self.journal.entries()
        self.assertIn("nothing to do", entry["MESSAGE"])
        self.assertEqual(entry["OBJECT_SYSTEMD_UNIT"], UNIT)

    def test_those_of_a_person_below_a_service_do_not(self) -> None:
        self.run_in_unit("1:1")
        for entry in self.journal.entries():
            self.assertNotIn("OBJECT_SYSTEMD_UNIT", entry)


if __name__ == "__main__":
    unittest.main()
