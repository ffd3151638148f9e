"""`.ci/run` with scripts that only say what they do: what fails ends all of it, and its output is shown."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

RUN = Path(__file__).parents[2] / ".ci/run"
#: By script: what it does. Those that are not named say that they were run.
SCRIPTS = ("setup", "try", "test", "build", "test-system")


class RunTest(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        for name in ".ci", "scripts":
            (self.folder / name).mkdir()
        shutil.copy(RUN, self.folder / ".ci/run")

    def start(self, **does: str) -> "subprocess.Popen[str]":
        for name in SCRIPTS:
            path = self.folder / "scripts" / name
            said = f'echo "{name} $*"; echo "{name} $*" >> ran'
            path.write_text(f"#!/bin/sh\n{said}\n{does.get(name.replace('-', '_'), '')}\n")
            path.chmod(0o755)
        return subprocess.Popen(
            [self.folder / ".ci/run"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def run_all(self, **does: str) -> tuple[int, list[str]]:
        process = self.start(**does)
        out, _ = process.communicate(timeout=20)
        return process.returncode, out.splitlines()

    def ran(self) -> list[str]:
        return (self.folder / "ran").read_text().splitlines()

    def expect_nothing_runs(self) -> None:
        """What sleeps for so long was ended."""
        end = time.monotonic() + 5
        while sleepers := self.sleepers():
            self.assertLess(time.monotonic(), end, sleepers)
            time.sleep(0.05)

    def sleepers(self) -> list[str]:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(process / "cwd") == str(self.folder) and (process / "cmdline").read_bytes():
                    found.append((process / "cmdline").read_text())
            except OSError:
                continue
        return found

    def test_the_tiers_are_run_and_what_is_built_meanwhile_is_told_in_one_block(self) -> None:
        slow = 'for line in 1 2 3 4 5; do echo "$0 $line" | sed s,.*/,,; sleep 0.1; done'
        status, out = self.run_all(test=slow, build=slow)
        self.assertEqual(status, 0, out)
        tools = [f"setup {name}" for name in ("build", "package", "test", "system")]
        tiers = ["try ", "test ", *[f"test {line}" for line in range(1, 6)]]
        ahead = ["build ", *[f"build {line}" for line in range(1, 6)], "test-system --prepare"]
        self.assertEqual(out[:-1], [*tools, *tiers, "", "== what was built meanwhile", *ahead, "test-system "])
        self.assertRegex(out[-1], r"^all tiers in \d s$")

    def test_whatever_fails_ends_the_others(self) -> None:
        endless = "sleep 1000"
        for name, does in {
            "try": {"try": "exit 3", "build": endless},
            "test": {"test": "exit 3", "test_system": endless},
            "build": {"build": "echo because; exit 3", "test": endless},
            "test-system": {"test_system": '[ "$1" ] || { echo because; exit 3; }'},
            "test-system --prepare": {"test_system": "echo because; exit 3", "try": endless},
        }.items():
            with self.subTest(name):
                (self.folder / "ran").unlink(missing_ok=True)
                status, out = self.run_all(**does)
                self.assertNotEqual(status, 0)
                self.assertIn(name.split()[0], " ".join(out))
                self.assertEqual("because" in out, "because" in str(does), out)
                self.assertEqual("test-system " in self.ran(), name == "test-system")
                self.expect_nothing_runs()

    def test_what_fails_in_the_end_fails_it(self) -> None:
        """While nothing else runs any more."""
        status, out = self.run_all(build="sleep 0.5; echo because; exit 3")
        self.assertNotEqual(status, 0)
        self.assertIn("because", out)
        status, _ = self.run_all(test="sleep 0.5; exit 3")
        self.assertNotEqual(status, 0)
        self.assertNotIn("test-system ", self.ran())

    def test_a_run_that_is_ended_leaves_nothing_behind(self) -> None:
        for number in signal.SIGTERM, signal.SIGINT:
            with self.subTest(number.name):
                process = self.start(test="sleep 1000", build="sleep 1000")
                end = time.monotonic() + 5
                while len([line for line in self.sleepers() if line.startswith("sleep")]) < 2:
                    self.assertLess(time.monotonic(), end)
                    time.sleep(0.05)
                process.send_signal(number)
                process.communicate(timeout=20)
                self.assertNotEqual(process.returncode, 0)
                self.expect_nothing_runs()


if __name__ == "__main__":
    unittest.main()
