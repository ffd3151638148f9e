"""8 PFs with 127 VFs each in discrete-event time: the simulated host's clock moves only while the simulated firmware works, so
what it tells is how well the work is laid side by side, without our own share."""
import json
import os
import resource
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from harness.payload import REPOSITORY

from .cases import AT_ONCE, Delay
from .guest import Void
from .results import Results

PFS, VFS = 8, 127
WHERE = f"{PFS}x{VFS} on the simulated host"
FIRST = "/sys/bus/pci/devices/0000:b1:00.0"
# What the simulated kernel takes for an enable besides its VFs (KernelSRIOV.swift).
ENABLE_SECONDS = 0.1


def build() -> Path:
    command = ["swift", "build", "-c", "release", "--product", "sriov-persist-sim"]
    subprocess.run([REPOSITORY / "scripts/quietly", *command], check=True, cwd=REPOSITORY)
    found = subprocess.run([*command, "--show-bin-path"], check=True, cwd=REPOSITORY, capture_output=True, text=True)
    return Path(found.stdout.strip()) / "sriov-persist-sim"


class Host:
    """A simulated host, in a file between commands."""

    def __init__(self, program: Path, file: Path):
        self.program = program
        self.file = file

    def run(self, *words: str) -> str:
        result = subprocess.run([self.program, *words], env=os.environ | {"SRIOV_SIM_HOST": str(self.file)},
                                capture_output=True, text=True, timeout=600, check=False)
        if result.returncode:
            raise Void(f"sriov-persist-sim {' '.join(words)}: status {result.returncode}: {result.stderr[-2000:]}")
        return result.stdout

    def cpu(self, *words: str) -> float:
        """Seconds of CPU time."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.run(*words)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def set_timing(self, delay: Delay) -> None:
        """The simulator has no command for it."""
        content: dict[str, Any] = json.loads(self.file.read_text())
        for adapter in content["machine"]["adapters"]:
            adapter["timing"] |= {"create": delay.create / 1000, "probe": delay.probe / 1000}
        self.file.write_text(json.dumps(content))

    def restore(self, *words: str) -> float:
        """Simulated seconds of the slowest PF, after a reboot."""
        self.run("sim", "reboot")
        adapters = json.loads(self.run("restore", "vfs", "--json", *words))["adapters"]
        if {adapter["result"] for adapter in adapters} != {"restored"}:
            raise Void(f"the simulated host: {[adapter['result'] for adapter in adapters]}")
        return max(float(adapter["seconds"]) for adapter in adapters)


def least(delay: Delay) -> float:
    """The count write, and the VFs' probes side by side."""
    return ENABLE_SECONDS + (VFS * delay.create + -(-VFS // AT_ONCE) * delay.probe) / 1000


def run(delays: list[Delay], runs: int, results: Results) -> None:
    with tempfile.TemporaryDirectory(prefix="sriov-bench-sim-") as folder:
        host = Host(build(), Path(folder) / "host.json")
        host.run("sim", "new", "--pfs", str(PFS), "--total-vfs", str(VFS))
        host.set_timing(Delay(0, 0))
        for number in range(PFS):
            host.run("sim", "write", str(VFS), f"/sys/bus/pci/devices/0000:{0xb1 + number:02x}:00.0/sriov_numvfs")
        host.run("save", "--generate-guids")
        for delay in delays:
            host.set_timing(delay)
            together, alone = host.restore(), host.restore("--pf", "0000:b1:00.0")
            name = f"{WHERE}, {delay} ms"
            results.figures |= {f"{name}: simulated s": together, f"{name}, one PF alone: simulated s": alone,
                                f"{name}: least simulated s": least(delay)}
        host.restore()
        # Both read and write the host's file, which is large.
        loading = min(host.cpu("sim", "read", f"{FIRST}/sriov_numvfs") for _ in range(runs))
        whole = min(host.cpu("restore", "vfs", "--json") for _ in range(runs))
        results.figures[f"no-op, {WHERE}: CPU s, the simulator's own kernel included"] = whole - loading
