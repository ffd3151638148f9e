"""What the product itself takes for 8 PFs with 127 VFs each, on this machine and not emulated: the binary that ships, on a
tree of plain files in place of /sys. Nothing has to be done there, and nothing can be.

A read of such a file costs the kernel less than one that a driver answers. Netlink is this machine's own: without ib_core
there is no list of who uses RDMA devices, and its calls are not in these figures.
"""
import json
import subprocess
import tempfile
from pathlib import Path

from . import calls, tree
from .guest import Taken, Void
from .results import Results, middle

PFS, VFS = 8, 127
WHERE = f"{PFS}x{VFS} as files"
# In a mount namespace of its own, whose folders outlive it: $1 has them.
INSIDE = 'mount --bind "$1/sys" /sys; mount --bind "$1/lib" /var/lib; mount --bind "$1/run" /run; shift; exec "$@"'
COMMANDS = {"--version": "--version", "save of what is saved": "save", "no-op": "restore vfs --json",
            "plan only": "restore vfs --dry-run"}


class Standing:
    def __init__(self, binary: Path, programs: dict[str, Path], folder: Path):
        self.binary = binary
        self.measure = programs["measure"]
        self.folder = folder
        for name in ("sys", "lib", "run"):
            (folder / name).mkdir()
        tree.make(folder / "sys", PFS, VFS)

    def inside(self, *command: str | Path) -> str:
        """A command that sees the tree; it must succeed."""
        result = subprocess.run(
            ["unshare", "--mount", "--net", "--propagation", "private", "bash", "-ec", INSIDE, "bash", self.folder, *command],
            capture_output=True, text=True, timeout=120, check=False)
        if result.returncode:
            raise Void(f"{' '.join(map(str, command))}: status {result.returncode}: {result.stderr[-2000:]}")
        return result.stdout

    def taken(self, words: str) -> Taken:
        path = self.folder / "taken"
        output = self.inside(self.measure, path, self.binary, *words.split())
        if words == COMMANDS["no-op"]:
            results = {adapter["result"] for adapter in json.loads(output)["adapters"]}
            if results != {"unchanged"}:
                raise Void(f"a restore of what is right was {results}")
        return Taken(**json.loads(path.read_text()))

    def log(self, *options: str) -> str:
        path = self.folder / "strace"
        self.inside("strace", "-f", "-o", path, *options, self.binary, *COMMANDS["no-op"].split())
        return path.read_text(errors="replace")


def run(binary: Path, programs: dict[str, Path], runs: int, results: Results) -> None:
    with tempfile.TemporaryDirectory(prefix="sriov-bench-tree-") as folder:
        standing = Standing(binary, programs, Path(folder))
        results.others[f"first save, {WHERE}"] = standing.taken("save")
        for name, words in COMMANDS.items():
            results.others[f"{name}, {WHERE}"] = middle([standing.taken(words) for _ in range(runs)])
        results.calls[WHERE] = calls.of(standing.log("-y"))
        results.figures[f"process start to first read of /sys, under strace, {WHERE}: s"] = calls.seconds_to_first_read(
            standing.log("-ttt"))
