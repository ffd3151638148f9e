"""Mount, network and PID namespace of a rig.

Docker looks for plugins in /run/docker/plugins and nowhere else; and what is started in a rig is gone with it.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

#: The host's /etc, /run and /var/lib are not touched: each rig has its own on top.
SETUP = """
set -e
ip link set lo up
mount -t tmpfs tmpfs "$1"
mkdir "$1"/{adapter,etc,etc-work,data}
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/etc,workdir=$1/etc-work" /etc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
mkdir -p /run/docker/plugins /etc/sriov-persist
rm -rf /etc/docker
"""

#: The first process of the PID namespace: it takes in what others leave, and all ends with it.
FIRST = """
import signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
print(flush=True)
while True:
    signal.pause()
"""


class Namespaces:
    def __init__(self) -> None:
        if os.geteuid() != 0:
            raise PermissionError("a dockerd of its own needs root: run the tests with sudo")
        self.folder = Path(tempfile.mkdtemp(prefix="sriov-rig-"))
        #: The control group of the containers.
        self.group = self.folder.name
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._namespaces = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child",
             "--mount-proc", "--propagation", "private", sys.executable, "-c", FIRST],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # It complains of its own end.
        assert self._namespaces.stdout is not None
        self._namespaces.stdout.readline()
        self.pid = self._child(self._namespaces)
        #: The rig's files, as seen from outside.
        self.root = Path(f"/proc/{self.pid}/root")
        self.inside("bash", "-c", SETUP, "setup", str(self.folder))

    @staticmethod
    def _child(process: "subprocess.Popen[bytes]") -> int:
        [child] = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return int(child)

    def close(self) -> None:
        # The first process is gone when all of its namespace are.
        os.kill(self.pid, signal.SIGKILL)
        self._namespaces.communicate()
        for process in self.processes.values():
            process.kill()
            process.wait()
        hierarchies = Path("/sys/fs/cgroup")
        for hierarchy in [hierarchies, *hierarchies.iterdir()]:
            for folder, _, _ in os.walk(hierarchy / self.group, topdown=False):
                os.rmdir(folder)
        shutil.rmtree(self.folder)

    def path(self, name: str) -> Path:
        """A file of the rig's folder, as seen from outside."""
        return self.root / self.folder.relative_to("/") / name

    @property
    def _enter(self) -> list[str]:
        return ["nsenter", "--target", str(self.pid), "--mount", "--net", "--pid"]

    def inside(self, *command: str) -> str:
        """A command of the rig's that must succeed: its output."""
        result = subprocess.run([*self._enter, *command], capture_output=True, text=True, timeout=60, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{command}: {result.stderr}")
        return result.stdout

    def _start(self, name: str, *command: str, **environment: str) -> None:
        with self.path(f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*self._enter, *command], stdout=log, stderr=log, env={**os.environ, **environment})

    def _signal(self, name: str, number: signal.Signals) -> None:
        """To the process itself: what was started is nsenter, which forked for the PID namespace."""
        os.kill(self._child(self.processes[name]), number)

    def _end(self, name: str, number: signal.Signals) -> None:
        self._signal(name, number)
        self.processes.pop(name).wait(timeout=60)

    @staticmethod
    def wait_for(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError(f"{what} did not come in {seconds} s")
            time.sleep(0.05)
