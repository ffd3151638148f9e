"""The shipped binary's looks at a host: what reaches the journal, Prometheus' own tools, and node_exporter."""

import re
import shutil
import stat
import unittest
from pathlib import Path

from docker_rig.engines import Archive
from docker_rig.rig import Result, Rig
from journal_socket import Entry, JournalSocket, exported

HEALTHY, UNHEALTHY = "8b942c4974e84bc2b6fd40d528a9be4f", "ec7148c3e35e4d78a7d192ce38b8b470"
REPOSITORY = Path(__file__).parents[2]
METRICS = "/run/sriov-persist/sriov-persist.prom"
LISTEN = "127.0.0.1:9100"
FETCH = f"import urllib.request; print(urllib.request.urlopen('http://{LISTEN}/metrics', timeout=10).read().decode())"


def unpacked(name: str, *packages: str) -> Path:
    """Debian's packages, unpacked and never installed."""
    return Archive(["bookworm"]).unpacked(name, tuple(f"{package}/bookworm" for package in packages))


class HealthRig(Rig):
    """A host with two PFs and no Docker."""

    def __init__(self) -> None:
        super().__init__(Path("/nonexistent"), pfs=2)

    def compile_catalog(self) -> None:
        """The product's, to where journalctl looks for it in this rig."""
        private = self.folder / "catalog"
        source = self.path("catalog/usr/lib/systemd/catalog")
        source.mkdir(parents=True)
        shutil.copy(REPOSITORY / "units/sriov-persist.catalog", source)
        self.inside("journalctl", "--update-catalog", f"--root={private}")
        self.inside("cp", "-r", f"{private}/var/lib/systemd", "/var/lib/systemd")

    def serve(self, tools: Path) -> list[str]:
        """The lines that node_exporter serves as nobody, on the rig's own loopback device."""
        program = self.path("node_exporter")
        shutil.copy(tools / "usr/bin/prometheus-node-exporter", program)
        program.chmod(0o755)
        collected = self.path("collected")
        collected.mkdir(mode=0o755)
        (collected / "sriov-persist.prom").symlink_to(METRICS)
        self._start(
            "exporter", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"{self.folder}/node_exporter",
            "--collector.disable-defaults", "--collector.textfile",
            f"--collector.textfile.directory={self.folder}/collected", f"--web.listen-address={LISTEN}")
        self.wait_for(lambda: "Listening on" in self.path("exporter.log").read_text(), "node_exporter")
        return self.inside("python3", "-c", FETCH).splitlines()


class HealthTest(unittest.TestCase):
    def setUp(self) -> None:
        self.rig = HealthRig()
        self.addCleanup(self.rig.close)
        self.journal = JournalSocket(self.rig.root)
        self.addCleanup(self.journal.close)
        self.succeed("save", "--no-docker")
        self.assertEqual(self.journal.entries(), [])

    def succeed(self, *arguments: str) -> Result:
        result = self.rig.product(*arguments)
        self.assertEqual(result.status, 0, result)
        return result

    def look(self) -> list[Entry]:
        """What one run of the health service tells."""
        result = self.succeed("status", "--log", "--metrics", METRICS)
        self.assertEqual((result.out, result.err), ("", ""))
        return self.journal.entries()

    def set_policy(self, policy: str) -> None:
        (self.rig.device("ibs21") / "sriov/2/policy").write_text(policy)

    def test_changes_reach_the_journal_once(self) -> None:
        first = self.look()
        self.assertEqual([entry["SRIOV_PCI"] for entry in first], ["0000:b1:00.0", "0000:b2:00.0"])
        for entry in first:
            self.assertEqual(
                (entry["MESSAGE_ID"], entry["PRIORITY"], entry["SYSLOG_IDENTIFIER"], entry["SRIOV_PHASE"]),
                (HEALTHY, "5", "sriov-persist", "health"))
            self.assertRegex(entry["MESSAGE"], r"^0000:b.:00\.0 \(mlx5_.\): as saved, 4 of 4 VFs verified, port ")
        self.assertEqual(self.look(), [])
        self.set_policy("Down")
        [entry] = self.look()
        self.assertEqual(
            (entry["MESSAGE_ID"], entry["PRIORITY"], entry["SRIOV_PCI"], entry["SRIOV_RESULT"]),
            (UNHEALTHY, "3", "0000:b1:00.0", "drift"))
        self.assertIn("VF 2: policy is Down, wanted Follow; put it right: sriov-persist restore", entry["MESSAGE"])
        self.assertEqual(self.look(), [])
        status = self.rig.product("status")
        self.assertEqual(status.status, 1, status)
        self.assertIn("  0000:b1:00.0: VF 2: policy is Down, wanted Follow\n    remedy: ", status.out)
        self.set_policy("Follow")
        self.assertEqual([entry["MESSAGE_ID"] for entry in self.look()], [HEALTHY])

    def test_removed_vfs(self) -> None:
        self.look()
        (self.rig.device("ibs22") / "sriov_numvfs").write_text("0")
        [entry] = self.look()
        self.assertEqual((entry["SRIOV_PCI"], entry["SRIOV_VFS_WANTED"], entry["SRIOV_VFS_FOUND"]), ("0000:b2:00.0", "4", "0"))
        self.assertIn("VFs 0-3: missing", entry["MESSAGE"])

    def test_a_restore_tells_of_its_pf(self) -> None:
        self.set_policy("Down")
        self.succeed("restore", "vfs", "--pf", "0000:b1:00.0")
        [entry] = self.journal.entries()
        self.assertEqual(
            {name: entry[name] for name in ("SRIOV_PCI", "SRIOV_PHASE", "SRIOV_RESULT", "SRIOV_GENERATION", "PRIORITY")},
            {"SRIOV_PCI": "0000:b1:00.0", "SRIOV_PHASE": "vfs", "SRIOV_RESULT": "restored", "SRIOV_GENERATION": "1",
             "PRIORITY": "5"})

    def test_one_pfs_story_is_found_and_explained(self) -> None:
        """With journalctl itself, on a journal file that holds what was sent, and the compiled catalog."""
        self.set_policy("Down")
        told = self.look()
        self.succeed("restore", "vfs")
        told += [*self.journal.entries(), *self.look()]
        self.rig.path("told").write_text(exported(told))
        self.rig.compile_catalog()
        converter = unpacked("journal-remote", "systemd-journal-remote", "libmicrohttpd12")
        folder = self.rig.folder
        self.rig.inside(
            "env", f"LD_LIBRARY_PATH={converter}/usr/lib/x86_64-linux-gnu",
            f"{converter}/lib/systemd/systemd-journal-remote", f"--output={folder}/told.journal", f"{folder}/told")
        query = ["journalctl", f"--file={folder}/told.journal", "--no-pager", "-t", "sriov-persist", "SRIOV_PCI=0000:b1:00.0"]
        story = [entry["MESSAGE"] for entry in told if "0000:b1:00.0" in entry["MESSAGE"]]
        self.assertEqual(self.rig.inside(*query, "-o", "cat").splitlines(), story)
        self.assertEqual(len(story), 3)
        explained = self.rig.inside(*query, "-x")
        for subject in ("The VFs of 0000:b1:00.0 are as they were saved", "What was looked at is as it was saved",
                        "What was looked at is not as it was saved"):
            self.assertIn(f"Subject: {subject}\n", explained)
        self.assertNotIn("SRIOV_", explained, "a field that is not set shows its name")

    def test_metrics(self) -> None:
        """promtool finds nothing to say, and node_exporter serves them as its own user, through the link of the manual."""
        self.succeed("restore", "vfs")
        self.look()
        file = self.rig.root / METRICS.lstrip("/")
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o644)
        tools = unpacked("prometheus", "prometheus", "prometheus-node-exporter")
        checked = self.rig.inside(
            "sh", "-c", f"{tools}/usr/bin/promtool check metrics < {METRICS} 2>&1; echo status $?")
        self.assertEqual(checked, "status 0\n")
        served = self.rig.serve(tools)
        wanted = samples(file.read_text().splitlines())
        self.assertGreater(len(wanted), 24)
        labels = ("device=mlx5_0", "identity=0c:42:a1:03:00:b1:00:00", "pci=0000:b1:00.0")
        self.assertIn(("sriov_persist_last_restore_timestamp_seconds", labels), wanted)
        found = samples(served)
        self.assertEqual({key: found.get(key) for key in wanted}, wanted)
        self.assertEqual(found["node_textfile_scrape_error", ()], 0)


def samples(lines: list[str]) -> dict[tuple[str, tuple[str, ...]], float]:
    """By name and labels, which are served in another order."""
    found = {}
    for line in lines:
        if match := re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line):
            labels = re.findall(r'(\w+)="([^"]*)"', match[2] or "")
            found[match[1], tuple(sorted(f"{name}={value}" for name, value in labels))] = float(match[3])
    return found


if __name__ == "__main__":
    unittest.main()
