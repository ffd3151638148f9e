"""What is installed beside the binary: units that systemd understands and confines, and a catalog that it compiles."""

import re
import subprocess
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
#: The most that `systemd-analyze security` may find, in tenths of its exposure level: what it found, rounded up.
EXPOSURE = {
    "sriov-persist@.service": 16, "sriov-persist-network@.service": 14, "sriov-persist.service": 12,
    "sriov-persist-vfs.service": 12, "sriov-persist-docker.service": 14, "sriov-persist-health.service": 12,
}


def run(*command: str, **environment: str) -> str:
    """Output and errors of a command that must succeed."""
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", **environment})
    if result.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: status {result.returncode}\n{result.stdout}")
    return result.stdout


class InstalledFilesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = Path(folder.name)
        # As a prefix, so that the program that the units name is there.
        run("make", "-s", "-C", str(REPOSITORY), "install", f"PREFIX={cls.root}")
        cls.units = cls.root / "lib/systemd/system"

    def test_every_unit_is_installed(self) -> None:
        installed = {unit.name for unit in self.units.iterdir()}
        self.assertEqual(installed, {*EXPOSURE, "sriov-persist-health.timer"})
        for unit in self.units.iterdir():
            self.assertNotIn("@bindir@", unit.read_text(), unit.name)
            self.assertEqual(unit.stat().st_mode & 0o777, 0o644)

    def test_every_page_and_example_is_installed(self) -> None:
        pages = {page.name for page in self.root.glob("share/man/man*/*")}
        self.assertEqual(pages, {"sriov-persist.1", "sriov-persist.5", "sriov-persist.8"})
        for page in pages:
            self.assertTrue((self.root / f"share/man/man{page[-1]}/{page}").exists(), page)
        for unit in self.units.iterdir():
            for name, section in re.findall(r"^Documentation=man:(.+)\((\d)\)$", unit.read_text(), re.MULTILINE):
                self.assertIn(f"{name}.{section}", pages, unit.name)
        source = REPOSITORY / "docs/examples"
        examples = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
        installed = self.root / "share/doc/sriov-persist/examples"
        self.assertEqual({path.relative_to(installed) for path in installed.rglob("*") if path.is_file()}, examples)
        self.assertGreater(len(examples), 5)

    def test_systemd_understands_them_together(self) -> None:
        said = run(
            "systemd-analyze", "verify", "--man=no", *(str(unit) for unit in sorted(self.units.iterdir())),
            SYSTEMD_UNIT_PATH=f"{self.units}:")
        self.assertEqual([line for line in said.splitlines() if "sriov-persist" in line], [])

    def test_what_restores_or_waits_says_that_nobody_watches(self) -> None:
        for unit in self.units.glob("*.service"):
            for command in re.findall(r"^ExecStart=\S+ (.*)$", unit.read_text(), re.MULTILINE):
                self.assertEqual(command.startswith("status "), "--unattended" not in command.split(), unit.name)

    def test_they_stay_confined(self) -> None:
        for name, limit in EXPOSURE.items():
            with self.subTest(unit=name):
                run("systemd-analyze", "security", "--offline=yes", f"--threshold={limit}", str(self.units / name))

    def test_the_health_unit_may_write_its_own_folder_only(self) -> None:
        text = (self.units / "sriov-persist-health.service").read_text()
        self.assertNotIn("ReadWritePaths", text)
        self.assertNotIn("StateDirectory", text)
        for line in ("CapabilityBoundingSet=", "ProtectSystem=strict", "NoNewPrivileges=yes", "PrivateDevices=yes"):
            self.assertIn(line, text.splitlines())

    def test_the_catalog_compiles(self) -> None:
        private = self.root / "catalog-root"
        folder = private / "usr/lib/systemd/catalog"
        folder.mkdir(parents=True)
        source = (self.root / "lib/systemd/catalog/sriov-persist.catalog").read_text()
        (folder / "sriov-persist.catalog").write_text(source)
        run("journalctl", "--update-catalog", f"--root={private}")
        self.assertTrue((private / "var/lib/systemd/catalog/database").exists())
        dumped = run("journalctl", f"--root={private}", "--dump-catalog")
        ids = re.findall(r"^-- ([0-9a-f]{32})$", source, re.MULTILINE)
        self.assertEqual(sorted(re.findall(r"^-- ([0-9a-f]{32})$", dumped, re.MULTILINE)), sorted(ids))
        self.assertEqual(dumped.count("\nSubject: "), len(ids))
        self.assertEqual(dumped.count("\nDefined-By: sriov-persist\n"), len(ids))
        self.assertIn("Put it right:                    sriov-persist restore\n", dumped)


if __name__ == "__main__":
    unittest.main()
