"""The runner of the system tests, with machines that do nothing."""

import contextlib
import io
import sys
import tempfile
import threading
import types
import unittest
from pathlib import Path
from unittest import mock

sys.path.append(str(Path(__file__).resolve().parent.parent / "System"))

from harness import changed  # noqa: E402
from harness import run as runner  # noqa: E402
from harness.guest import LONGEST, SCENARIOS, Guest, all_guests  # noqa: E402


class FakeMachine:
    """Counts what is done to it."""

    def __init__(self, folder, *_, before=None, **__):
        self.folder, self.before = Path(folder), before
        self.boots = self.revived = 0
        self.console = self.journal_text = self.folder / "nothing"

    def revive(self):
        self.revived += 1

    def power_cut(self):
        pass


def guest(name, scenarios, before=None):
    """A file of scenarios; each is a name and what it does to the machine."""
    module = types.ModuleType(f"scenarios.{name}")
    module.SCENARIOS = []
    for title, action in scenarios.items():
        def scenario(machine, action=action):
            action(machine)
        scenario.__name__, scenario.__module__ = title, module.__name__
        module.SCENARIOS.append(scenario)
    if before:
        module.BEFORE = before
    return Guest(module)


def passes(machine):
    pass


def fails(machine):
    raise AssertionError("as it was to be")


class Harness(unittest.TestCase):
    def run_all(self, guests, jobs=2, names=None):
        """The results by scenario and what was printed."""
        names = names or [name for one in guests for name in one.scenarios]
        out = io.StringIO()
        with mock.patch.object(runner, "Machine", FakeMachine), mock.patch.object(runner.image, "prepare", lambda variant="": None), \
                contextlib.redirect_stdout(out):
            results = runner.Run(guests, names, Path("/"), keep=False).all(jobs)
        self.assertEqual(len(results), len(names))
        return {line.split(":")[0]: " passed " in line for line in out.getvalue().splitlines()
                if ": passed" in line or ": FAILED" in line}, out.getvalue()

    def test_one_failure_does_not_take_the_next_scenario_along(self):
        seen = []
        results, text = self.run_all([guest("file", {"first": fails, "second": seen.append, "third": fails, "fourth": seen.append})])
        self.assertEqual(results, {"first": False, "second": True, "third": False, "fourth": True})
        # Each begins on a guest that takes commands.
        self.assertEqual(seen[0].revived, 3)
        self.assertIn("second: passed in 0.0 s (another failed before it in this guest)", text)

    def test_two_failures_in_a_row_end_a_file(self):
        results, text = self.run_all([guest("file", {"first": passes, "second": fails, "third": fails, "fourth": passes}),
                                      guest("other", {"fifth": passes})])
        self.assertEqual(results, {"first": True, "second": False, "third": False, "fourth": False, "fifth": True})
        self.assertIn("fourth: FAILED, as it was not run", text)

    def test_a_base_is_prepared_once_and_its_failure_is_that_of_its_files(self):
        prepared = []

        def good(machine):
            prepared.append(machine)

        begun = []
        results, _ = self.run_all([guest(name, {name: begun.append}, before=good) for name in ("one", "two", "three")]
                                  + [guest("broken", {"four": passes, "five": passes}, before=fails)])
        self.assertEqual(results | {"fails": False},
                         {"one": True, "two": True, "three": True, "four": False, "five": False, "fails": False})
        self.assertEqual(len(prepared), 1)
        self.assertEqual([machine.before for machine in begun], prepared * 3)

    def test_guests_run_at_once_and_what_they_say_is_not_mixed(self):
        together = threading.Barrier(2, timeout=10)

        def talks(machine):
            for _ in range(50):
                together.wait()
                print(threading.get_ident())

        results, text = self.run_all([guest("one", {"one": talks}), guest("two", {"two": talks})])
        self.assertEqual(results, {"one": True, "two": True})
        lines = text.splitlines()
        self.assertEqual(len(lines), 102)
        for block in lines[:51], lines[51:]:
            self.assertEqual(len(set(block[:50])), 1)
            self.assertIn("passed", block[50])

    def test_the_longest_files_exist(self):
        self.assertEqual([name for name in LONGEST if not (SCENARIOS / f"{name}.py").is_file()], [])

    def test_no_folder_is_left_behind(self):
        folders = []
        self.run_all([guest("file", {"one": lambda machine: folders.append(machine.folder), "two": fails})])
        self.assertTrue(folders[0].is_relative_to(tempfile.gettempdir()))
        self.assertFalse(folders[0].exists())


class Changed(unittest.TestCase):
    """What `--changed` runs."""

    guests = all_guests()

    def concerned(self, *paths):
        return {guest.name for guest in changed.concerned(self.guests, paths)}

    def test_a_file_of_scenarios_concerns_itself_and_those_that_run_it(self):
        self.assertEqual(self.concerned("Tests/System/scenarios/held_vfs.py"), {"held_vfs", "inbox"})

    def test_a_module_of_the_harness_concerns_those_that_use_it(self):
        self.assertEqual(self.concerned("Tests/System/harness/package.py"), {"package"})
        used = self.concerned("Tests/System/harness/network.py")
        self.assertIn("subnet_manager", used)
        self.assertIn("inbox", used, "it runs scenarios of a file that uses it")
        self.assertNotIn("adapter", used)

    def test_what_all_use_concerns_all(self):
        for path in ("Tests/System/harness/machine.py", "Tests/System/harness/output.py", "Tests/System/image/configure-guest",
                     "Tests/System/guest/etc/any", "Tests/System/image/packages/base", "Sources/Agent/Save.swift", "units/any",
                     "udev/any", "Makefile", "Package.swift", "scripts/build", "scripts/test-system", "what/nobody/thought/of"):
            self.assertEqual(self.concerned("README.md", path), {guest.name for guest in self.guests}, path)

    def test_what_no_guest_has_concerns_none(self):
        self.assertEqual(self.concerned("README.md", "Tests/AgentTests/SaveTests.swift", "Sources/SimulatedHost/Machine.swift",
                                        "Tests/System/README.md", ".ci/run", "scripts/test"), set())

    def test_what_only_some_guests_have(self):
        docker = {guest.name for guest in self.guests if guest.variant == "docker"}
        self.assertIn("docker_host", docker)
        for path in "Tests/StandIn/sriov-plugin", "Tests/System/image/packages/docker":
            self.assertEqual(self.concerned(path), docker)
        self.assertEqual(self.concerned("docs/sriov-persist.1", "packaging/debian/rules"), {"package"})
        self.assertIn("unsaved_host", self.concerned("Tests/KernelContract/Contract.swift"))

    def test_the_places_exist(self):
        self.assertEqual([place for place in changed.PLACES if not (changed.REPOSITORY / place).exists()], [])

    def test_all_that_is_not_as_in_a_commit_counts(self):
        with tempfile.TemporaryDirectory() as name, mock.patch.object(changed, "REPOSITORY", Path(name)):
            def commit(path):
                (Path(name) / path).write_text(path)
                changed.git("add", path)
                changed.git("-c", "user.name=a", "-c", "user.email=a", "commit", "-qm", path)

            changed.git("init", "-qb", "main")
            for path in "first", "second":
                commit(path)
            self.assertEqual(changed.paths_since(changed.base()), ["second"], "no origin: since the last commit but one")
            changed.git("update-ref", "refs/remotes/origin/main", "HEAD~1")
            commit("third")
            (Path(name) / "second").write_text("not committed")
            (Path(name) / "fourth").write_text("unknown to git")
            self.assertEqual(changed.paths_since(changed.base()), ["second", "third", "fourth"])
            self.assertEqual(changed.paths_since("HEAD"), ["second", "fourth"])


if __name__ == "__main__":
    unittest.main()
