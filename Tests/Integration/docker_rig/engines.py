"""Docker engines of several ages, out of Debian's packages: unpacked side by side, never installed."""

import functools
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

CACHE = Path.home() / ".cache/sriov-persist"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class NotToBeHad(Exception):
    """The archive does not have an engine, or is out of reach."""


@dataclass(frozen=True)
class Engine:
    """A Docker of one Debian suite. Its containerd may be an older suite's: newer ones do not run on this libc."""

    release: str
    packages: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"Docker {self.release}"

    @functools.cache
    def unpacked(self) -> Path:
        """The folder that it is unpacked in. From the archive at the first time, and when the archive has moved on."""
        archive = Archive(sorted({package.split("/")[1] for package in self.packages}))
        versions = archive.versions(self.packages)
        if not versions or not self._folder(versions).exists():
            archive.update()
            versions = archive.versions(self.packages)
            if not versions:
                raise NotToBeHad(f"not in the archive: {', '.join(self.packages)}")
            if not versions[self.packages[0]].startswith(self.release):
                raise NotToBeHad(f"the archive has docker.io {versions[self.packages[0]]} in place of {self.release}")
            if not self._folder(versions).exists():
                archive.unpack(self.packages, self._folder(versions))
        return self._folder(versions)

    @staticmethod
    def _folder(versions: dict[str, str]) -> Path:
        names = "-".join(f"{package.partition('/')[0]}_{version}" for package, version in versions.items())
        return CACHE / f"engine-{names}".replace(":", "_").replace("~", "_")


BOOKWORM = Engine("20.10", ("docker.io/bookworm", "containerd/bookworm", "runc/bookworm"))
NEWER = [
    Engine("26.1", ("docker.io/trixie", "containerd/trixie", "runc/bookworm")),
    Engine("28.5", ("docker.io/sid", "containerd/trixie", "runc/bookworm")),
]


class Archive:
    """The host's own Debian archive, and of it more suites than the host uses: with lists beside the host's."""

    def __init__(self, suites: list[str]) -> None:
        folder = CACHE / f"lists-{'-'.join(suites)}"
        for name in ("lists/partial", "cache/archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        known = self._run(
            "apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME)", "Created-By: Packages").splitlines()
        uri = next(line.split()[0] for line in known if line.endswith(" bookworm"))
        sources = folder / "sources.list"
        sources.write_text("".join(f"deb [signed-by={KEYRING}] {uri} {suite} main\n" for suite in suites))
        self.options = [
            "-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=/dev/null",
            "-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache",
            "-o", "APT::Sandbox::User=root"]

    def update(self) -> None:
        self._run("apt-get", *self.options, "update", "-qq")

    def versions(self, packages: tuple[str, ...]) -> dict[str, str]:
        """None at all unless all are there."""
        wanted = [package.split("/") for package in packages]
        table = self._run("apt-cache", *self.options, "madison", *[name for name, _ in wanted])
        rows = [[cell.strip() for cell in line.split("|")] for line in table.splitlines()]
        found = {}
        for name, suite in wanted:
            version = next((row[1] for row in rows if row[0] == name and f" {suite}/" in row[2]), None)
            if version is None:
                return {}
            found[f"{name}/{suite}"] = version
        return found

    def unpacked(self, name: str, packages: tuple[str, ...]) -> Path:
        """A folder of the cache with these packages in it, from the archive where it is not there yet."""
        versions = self.versions(packages)
        if not versions:
            self.update()
            versions = self.versions(packages)
        if not versions:
            raise NotToBeHad(f"not in the archive: {', '.join(packages)}")
        folder = CACHE / "-".join([name, *versions.values()]).replace(":", "_").replace("~", "_")
        if not folder.exists():
            self.unpack(packages, folder)
        return folder

    def unpack(self, packages: tuple[str, ...], folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="building-") as building:
            self._run("apt-get", *self.options, "download", "-qq", *packages, folder=building)
            root = Path(building) / "root"
            for file in Path(building).glob("*.deb"):
                self._run("dpkg-deb", "-x", str(file), str(root))
            os.rename(root, folder)  # Whole or not at all.

    @staticmethod
    def _run(*command: str, folder: str | None = None) -> str:
        result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        if result.returncode != 0:
            raise NotToBeHad(f"{' '.join(command[:1] + command[-1:])}: {result.stderr.strip()}")
        return result.stdout
