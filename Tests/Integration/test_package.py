"""The Debian package that scripts/package made: what is in it, what it needs, and what its scripts do."""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
DIST = REPOSITORY / ".build/dist"
DOCUMENTATION = "usr/share/doc/sriov-persist"
ENABLED = {"sriov-persist-docker.service", "sriov-persist-health.timer", "sriov-persist-vfs.service", "sriov-persist.service"}


def run(*command: str | Path, status: int = 0, **environment: str) -> str:
    """Output and errors of a command that must end with this status."""
    result = subprocess.run(
        [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
        timeout=300, check=False, env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", **environment})
    if result.returncode != status:
        raise AssertionError(f"{' '.join(map(str, command))}: status {result.returncode}\n{result.stdout}")
    return result.stdout


def expected_files() -> set[str]:
    """What must be there, by the source tree: each unit and each man page of it."""
    units = {f"lib/systemd/system/{path.name}" for path in (REPOSITORY / "units").iterdir() if path.suffix != ".catalog"}
    pages = {f"usr/share/man/man{path.suffix[1:]}/{path.name}.gz" for path in (REPOSITORY / "docs").glob("*.[1-9]")}
    examples = {f"{DOCUMENTATION}/{path.relative_to(REPOSITORY / 'docs')}"
                for path in (REPOSITORY / "docs/examples").rglob("*") if path.is_file()}
    return units | pages | examples | {
        "etc/sriov-persist/config.json", "usr/bin/sriov-persist", "lib/udev/rules.d/91-sriov-persist.rules",
        "usr/lib/systemd/catalog/sriov-persist.catalog", "usr/share/bash-completion/completions/sriov-persist",
        "usr/share/zsh/vendor-completions/_sriov-persist", "usr/share/fish/vendor_completions.d/sriov-persist.fish",
        "usr/share/lintian/overrides/sriov-persist",
        f"{DOCUMENTATION}/copyright", f"{DOCUMENTATION}/changelog.gz", f"{DOCUMENTATION}/NOTICE.swift-nio",
    }


class PackageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        [cls.package] = DIST.glob("*.deb")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root, cls.control = Path(folder.name) / "root", Path(folder.name) / "control"
        run("dpkg-deb", "--extract", cls.package, cls.root)
        run("dpkg-deb", "--control", cls.package, cls.control)

    def field(self, name: str) -> str:
        return run("dpkg-deb", "--field", self.package, name).strip()

    def script(self, name: str) -> str:
        """A maintainer script without its comments."""
        return re.sub(r"^\s*#.*$", "", (self.control / name).read_text(), flags=re.MULTILINE)

    def completion(self, name: str) -> Path:
        [path] = (path for path in self.root.rglob(name) if "completions" in path.parent.name)
        return path

    def test_it_holds_what_it_must_and_nothing_else(self) -> None:
        found = {str(path.relative_to(self.root)) for path in self.root.rglob("*") if not path.is_dir()}
        self.assertEqual(expected_files() - found, set())
        others = {path for path in found - expected_files() if not re.fullmatch(rf"{DOCUMENTATION}/[a-z-]+\.md(\.gz)?", path)}
        self.assertEqual(others, set())

    def test_all_is_roots_and_only_the_program_can_be_run(self) -> None:
        for line in run("dpkg-deb", "--contents", self.package).splitlines():
            mode, owner, *_, path = line.split()
            with self.subTest(path=path):
                self.assertEqual(owner, "root/root")
                wanted = "drwxr-xr-x" if path.endswith("/") else "-rwxr-xr-x" if path == "./usr/bin/sriov-persist" else "-rw-r--r--"
                self.assertEqual(mode, wanted)

    def test_all_has_one_time(self) -> None:
        """The commit's, not that of a build."""
        times = {tuple(line.split()[3:5]) for line in run("dpkg-deb", "--contents", self.package).splitlines()}
        self.assertEqual(len(times), 1, times)

    def test_the_program_is_the_one_that_was_built(self) -> None:
        program = self.root / "usr/bin/sriov-persist"
        self.assertEqual(program.read_bytes(), (DIST / "sriov-persist").read_bytes())
        self.assertEqual(run(program, "--version").strip(), self.field("Version"))

    def test_nothing_tells_where_it_was_built(self) -> None:
        for path in self.root.rglob("*"):
            if path.is_file():
                self.assertNotIn(bytes(REPOSITORY), path.read_bytes(), path)

    def test_the_units_name_the_installed_program(self) -> None:
        for unit in (self.root / "lib/systemd/system").glob("*.service"):
            self.assertRegex(unit.read_text(), r"(?m)^ExecStart=/usr/bin/sriov-persist ", unit.name)

    def test_it_depends_on_what_the_program_is_linked_with(self) -> None:
        depends = dict(re.match(r"(\S+)(?: \((.+)\))?", item).groups() for item in self.field("Depends").split(", "))
        self.assertEqual(depends["libc6"], ">= 2.34")
        # What the program calls of it is there since that version, or an older one.
        self.assertRegex(depends["libsystemd0"], r">= 2[0-9]{2}$")
        for name in "libibverbs1", "libnl-3-200", "libgcc-s1", "ibverbs-providers":
            self.assertIn(name, depends)

    def test_it_stays_small(self) -> None:
        self.assertLess(self.package.stat().st_size, 7_000_000)
        self.assertLess(int(self.field("Installed-Size")), 26_000)

    def test_the_configuration_is_the_only_file_that_dpkg_keeps(self) -> None:
        self.assertEqual((self.control / "conffiles").read_text().split(), ["/etc/sriov-persist/config.json"])

    def test_the_configuration_has_every_key_of_the_manual(self) -> None:
        keys = json.loads((self.root / "etc/sriov-persist/config.json").read_text()).keys()
        manual = "".join(page.read_text() for page in (REPOSITORY / "docs").glob("*.[1-9]"))
        self.assertEqual(set(keys), set(re.findall(r"[a-z]+[A-Za-z]+(?:Seconds|Socket)\b", manual.replace("\\(dq", '"'))))

    def test_units_are_enabled_and_one_of_them_is_started(self) -> None:
        """That one where nothing is saved, on a first installation. What the scripts do to units otherwise is on removal."""
        postinst = self.script("postinst")
        self.assertEqual(set(re.findall(r"deb-systemd-helper enable '(\S+)'", postinst)), ENABLED)
        acts = {name: re.findall(r"^.*(?:systemctl|deb-systemd-invoke)\b.*$", self.script(name), re.MULTILINE)
                for name in ("postinst", "prerm", "postrm")}
        words = {name: [re.search(r"(?:systemctl|invoke)(?: --system)? (\S+)", line)[1] for line in lines]
                 for name, lines in acts.items()}
        self.assertEqual(words, {"postinst": ["daemon-reload", "start"], "prerm": ["stop", "list-units", "stop", "reset-failed"],
                                 "postrm": ["daemon-reload"]})
        self.assertIn('if [ "$1" = configure ] && [ -z "$2" ] && [ -d /run/systemd/system ] && nothing_is_saved; then\n'
                      "    deb-systemd-invoke start sriov-persist-health.timer || true\nfi", postinst)
        self.assertFalse((self.control / "preinst").exists())

    def test_an_upgrade_does_nothing_before_the_new_files_are_there(self) -> None:
        """Run with nothing on the path, prerm and postrm would fail at whatever they call."""
        for name in "prerm", "postrm":
            run("/bin/sh", self.control / name, "upgrade", "1.0", PATH="/nowhere")

    def test_no_script_sends_uevents(self) -> None:
        for name in "postinst", "prerm", "postrm":
            self.assertNotIn("trigger", self.script(name))
        self.assertFalse((self.control / "triggers").exists())

    def test_only_a_purge_removes_what_was_saved(self) -> None:
        self.assertNotIn("rm ", self.script("postinst") + self.script("prerm"))
        self.assertEqual(re.findall(r"^.*\brm .*$", self.script("postrm"), re.MULTILINE),
                         ["    rm -rf /var/lib/sriov-persist /run/sriov-persist"])
        self.assertIn('if [ "$1" = purge ]; then\n    rm -rf', self.script("postrm"))

    def test_the_man_pages_render_without_a_warning(self) -> None:
        pages = list((self.root / "usr/share/man").rglob("*.gz"))
        self.assertTrue(pages)
        for page in pages:
            with self.subTest(page=page.name):
                source = self.root / page.stem
                source.write_text(run("zcat", page))
                self.assertEqual(run("groff", "-mandoc", "-Tutf8", "-ww", "-z", source), "")

    def test_the_completions_parse(self) -> None:
        run("bash", "-n", self.completion("sriov-persist"))
        run("zsh", "-n", self.completion("_sriov-persist"))
        run("fish", "--no-config", "--no-execute", self.completion("sriov-persist.fish"), HOME=str(self.root))

    def test_bash_completes_commands_and_options(self) -> None:
        """As readline asks, with the installed program's own answers."""
        def complete(line: str) -> set[str]:
            words = line.split(" ")
            ask = (f'source "$1"; COMP_LINE="{line}" COMP_POINT={len(line)} COMP_CWORD={len(words) - 1}; COMP_WORDS=({line}); '
                   f'_sriov-persist sriov-persist "{words[-1]}" "{words[-2]}"; printf "%s\\n" "${{COMPREPLY[@]}}"')
            return set(run("bash", "-c", ask, "bash", self.completion("sriov-persist")).split())
        self.assertEqual(complete("sriov-persist sa"), {"save"})
        self.assertIn("--dry-run", complete("sriov-persist restore --"))

    def test_lintian_finds_nothing(self) -> None:
        """But what an override names, with its reason. (Its status counts these as well.)"""
        said = run("lintian", "--allow-root", "--fail-on=none", "--show-overrides", self.package, HOME=os.environ.get("HOME", "/"))
        tags = [line for line in said.splitlines() if not line.startswith("N:")]
        self.assertEqual([line.split(": ", 2)[0] for line in tags], ["O", "O"], said)


if __name__ == "__main__":
    unittest.main()
