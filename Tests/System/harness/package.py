"""The product as its Debian package, for a guest that begins without it."""
import subprocess
import tempfile
from pathlib import Path

from .image import logged
from .machine import Machine
from .payload import REPOSITORY

UNITS = Path("lib/systemd/system")


def built() -> Path:
    """Build the package; what is built is kept in the repository's build folder."""
    with tempfile.TemporaryDirectory() as folder:
        logged([REPOSITORY / "scripts/package"], Path(folder) / "log")
    [package] = (REPOSITORY / ".build/dist").glob("*.deb")
    return package


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new))


def newer(package: Path, version: str, unit: str, description: str) -> bytes:
    """The same package with another version, in which one unit has another description."""
    with tempfile.TemporaryDirectory() as folder:
        tree, result = Path(folder) / "tree", Path(folder) / "newer.deb"
        subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
        edit(tree / "DEBIAN/control", f"Version: {version_of(package)}\n", f"Version: {version}\n")
        path = tree / UNITS / unit
        edit(path, next(line for line in path.read_text().splitlines() if line.startswith("Description=")),
             f"Description={description}")
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", tree, result], check=True,
                       stdout=subprocess.DEVNULL)
        return result.read_bytes()


def version_of(package: Path) -> str:
    command = ["dpkg-deb", "--field", package, "Version"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def apt(machine: Machine, arguments: str) -> str:
    """As an operator's automation calls it: no questions, and a changed configuration file is kept."""
    return machine.run(f"DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Options::=--force-confold {arguments} 2>&1", seconds=300)
