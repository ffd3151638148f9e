"""A host in namespaces of its own: a dockerd, an adapter, the stand-in for the network plugin, and the shipped binary.

Mount, network and PID namespace are the rig's: Docker looks for plugins in /run/docker/plugins and nowhere else, and what
is started here is gone with the rig. The adapter's /sys is seen by the shipped binary and the stand-in only.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .engine_api import APIError, Docker, ask

TESTS = Path(__file__).parents[2]
BINARY = TESTS.parent / ".build/dist/sriov-persist"
BUSYBOX = Path("/bin/busybox")
PLUGIN_IMAGE = "rdma/sriov-plugin"
VFS = 4
#: Folders that a container gets from the host to run the stand-in with its Python.
PYTHON_FOLDERS = ["/usr", "/lib", "/lib64"]

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


class Result:
    """What a command of the shipped binary came to."""

    def __init__(self, process: subprocess.CompletedProcess[str], seconds: float) -> None:
        self.status, self.out, self.err, self.seconds = process.returncode, process.stdout, process.stderr, seconds

    def __str__(self) -> str:
        return f"status {self.status} after {self.seconds:.1f} s\n{self.out}{self.err}"

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


class Rig:
    def __init__(self, engine: Path, pfs: int = 1) -> None:
        self.engine = engine
        self.netdevs = [f"ibs2{number + 1}" for number in range(pfs)]
        self.folder = Path(tempfile.mkdtemp(prefix="sriov-rig-"))
        self.group = f"sriov-rig-{self.folder.name.rpartition('-')[2]}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        # The first process of the PID namespace: it takes in what others leave, and all ends with it.
        first = "import signal\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\nprint(flush=True)\nwhile True: signal.pause()"
        self.namespaces = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child",
             "--mount-proc", "--propagation", "private",
             sys.executable, "-c", first], stdout=subprocess.PIPE, start_new_session=True)
        assert self.namespaces.stdout is not None
        self.namespaces.stdout.readline()
        process = self.namespaces.pid
        self.pid = int(Path(f"/proc/{process}/task/{process}/children").read_text().split()[0])
        #: The rig's files, as seen from outside.
        self.root = Path(f"/proc/{self.pid}/root")
        self.inside("bash", "-c", SETUP, "setup", str(self.folder))
        self.configure_limits(docker=60)
        self._start("adapter", sys.executable, str(Path(__file__).parent / "adapter.py"), str(self.folder / "adapter"), *self.netdevs)
        self.wait_for(lambda: self.sys.joinpath("class").exists(), "the adapter")
        for netdev in self.netdevs:
            self.make_vfs(netdev)
        self.docker = Docker(self.path("docker.sock"))

    def path(self, name: str) -> Path:
        """A file of the rig's folder, as seen from outside."""
        return self.root / self.folder.relative_to("/") / name

    def inside(self, *command: str | Path, timeout: float = 180) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            [*self._enter, *command], capture_output=True, text=True, timeout=timeout, check=False)
        if result.returncode != 0:
            raise RuntimeError(f"{command}: {result.stderr}")
        return result

    @property
    def _enter(self) -> list[str]:
        return ["nsenter", "--target", str(self.pid), "--mount", "--net", "--pid"]

    def _start(self, name: str, *command: str, **environment: str) -> None:
        with self.path(f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*self._enter, *command], stdout=log, stderr=log, env={**os.environ, **environment})

    def _signal(self, name: str, number: signal.Signals) -> None:
        """To the process itself: what was started is nsenter, which forked for the PID namespace."""
        process = self.processes[name].pid
        [child] = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        os.kill(int(child), number)

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

    def close(self) -> None:
        self.namespaces.kill()  # And with it its child, and all processes of that one's namespace.
        self.namespaces.communicate()
        for process in self.processes.values():
            process.kill()
            process.wait()
        hierarchies = Path("/sys/fs/cgroup")
        for hierarchy in [hierarchies, *hierarchies.iterdir()]:
            for folder, _, _ in os.walk(hierarchy / self.group, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
        shutil.rmtree(self.folder, ignore_errors=True)

    # The adapter

    @property
    def sys(self) -> Path:
        return self.path("adapter")

    def device(self, netdev: str) -> Path:
        return self.sys / "class/net" / netdev / "device"

    def make_vfs(self, netdev: str) -> None:
        """As the guide does, and with GUIDs."""
        device = self.device(netdev)
        (device / "sriov_drivers_autoprobe").write_text("0")
        (device / "sriov_numvfs").write_text(str(VFS))
        for index in range(VFS):
            for file, text in {
                "node": f"0c:42:a1:00:0{netdev[-1]}:00:00:1{index}", "port": f"0c:42:a1:00:0{netdev[-1]}:00:00:2{index}",
                "policy": "Follow",
            }.items():
                (device / "sriov" / str(index) / file).write_text(text)
            (self.sys / "bus/pci/drivers/mlx5_core/bind").write_text((device / f"virtfn{index}").readlink().name)
        (device / "sriov_drivers_autoprobe").write_text("1")

    def unbind_vfs(self, netdev: str) -> None:
        for link in sorted(self.device(netdev).glob("virtfn*")):
            (self.sys / "bus/pci/drivers/mlx5_core/unbind").write_text(link.readlink().name)

    def make_netdevs(self, count: int) -> list[str]:
        """Netdevs that are no VF's, for a plugin that is told to give them out."""
        names = [f"given{number}" for number in range(count)]
        for name in names:
            self.inside("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}-peer")
        return names

    def vfs(self) -> dict[str, list[dict[str, str]]]:
        """Count, policies, GUIDs and drivers of all PFs' VFs."""
        def of(netdev: str) -> list[dict[str, str]]:
            device = self.device(netdev)
            return [
                {**{name: (device / f"sriov/{index}/{name}").read_text().strip() for name in ("node", "port", "policy")},
                 "driver": (device / f"virtfn{index}/driver").exists() * "mlx5_core"}
                for index in range(int((device / "sriov_numvfs").read_text()))]
        return {netdev: of(netdev) for netdev in self.netdevs}

    # Docker

    def start_docker(self, *, wait: bool = True) -> None:
        (self.path("daemon.json")).write_text(json.dumps({"cgroup-parent": f"/{self.group}"}))
        folder, tools = self.folder, [self.engine / "usr/bin", self.engine / "usr/sbin"]
        self._start(
            "dockerd", str(self.engine / "usr/sbin/dockerd"), "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec",
            "-H", f"unix://{folder}/docker.sock", "--pidfile", f"{folder}/docker.pid",
            "--config-file", f"{folder}/daemon.json", "--storage-driver", "overlay2", "--bridge=none", "--iptables=false",
            "--ip6tables=false", "--ip-masq=false", "--ip-forward=false",
            PATH=":".join([*map(str, tools), os.environ["PATH"], "/usr/sbin", "/sbin"]))
        if wait:
            self.wait_for_docker()

    def wait_for_docker(self) -> None:
        def answers() -> bool:
            with contextlib.suppress(OSError, APIError):
                return ask(self.path("docker.sock"), "GET", "/_ping", timeout=60) == "OK"
            return False
        self.wait_for(answers, "dockerd", 120)

    def first_start(self) -> None:
        """With its images."""
        self.start_docker()
        self.docker.import_image("busybox", {"bin/busybox": BUSYBOX}, [])

    def stop_docker(self, *, kill: bool = False) -> None:
        self._end("dockerd", signal.SIGKILL if kill else signal.SIGTERM)

    @contextlib.contextmanager
    def docker_paused(self) -> Iterator[None]:
        self._signal("dockerd", signal.SIGSTOP)
        try:
            yield
        finally:
            self.resume_docker()

    def resume_docker(self) -> None:
        os.kill(self.processes["dockerd"].pid, signal.SIGCONT)  # nsenter stopped with it, and wakes it.

    # The plugin

    @property
    def plugin_socket(self) -> Path:
        return self.root / "run/docker/plugins/sriov.sock"

    @property
    def _plugin_options(self) -> list[str]:
        folder = self.folder
        return ["--sys", f"{folder}/adapter", "--docker", f"{folder}/docker.sock", "--log", f"{folder}/requests",
                "--control", f"{folder}/control"]

    def start_plugin(self, *more: str) -> None:
        """Outside Docker."""
        self._start("plugin", sys.executable, str(TESTS / "StandIn/sriov-plugin"), *self._plugin_options, *more)
        self.wait_for(self.plugin_serves, "the plugin")

    def stop_plugin(self, *, kill: bool = False) -> None:
        self._end("plugin", signal.SIGKILL if kill else signal.SIGTERM)

    def plugin_serves(self) -> bool:
        with contextlib.suppress(OSError, APIError):
            return bool(ask(self.plugin_socket, "POST", "/Plugin.Activate", {}, timeout=2))
        return False

    def knows(self, network_id: str) -> bool:
        """Whether the plugin knows a network."""
        try:
            ask(self.plugin_socket, "POST", "/NetworkDriver.EndpointOperInfo", {"NetworkID": network_id, "EndpointID": "x"})
        except APIError as error:
            return "Cannot find endpoint by id" in str(error)
        return False

    def import_plugin(self) -> None:
        folders = [folder.strip("/") for folder in ["/etc/docker", "/run/docker/plugins", "/tmp", "/proc", *PYTHON_FOLDERS]]
        self.docker.import_image(PLUGIN_IMAGE, {
            name: TESTS / "StandIn" / name for name in ("sriov-plugin", "sriov_driver.py")}, folders)

    def run_plugin_container(self, restart: str = "no") -> None:
        """As the guide runs it, as far as the stand-in needs the same."""
        binds = [
            "/run/docker/plugins:/run/docker/plugins", "/etc/docker:/etc/docker", f"{self.folder}:{self.folder}",
            *[f"{folder}:{folder}:ro" for folder in PYTHON_FOLDERS]]
        self.docker.ask("POST", "/containers/create?name=sriov-plugin", {
            "Image": PLUGIN_IMAGE, "Cmd": ["/usr/bin/python3", "/sriov-plugin", *self._plugin_options],
            "HostConfig": {"NetworkMode": "host", "Binds": binds, "RestartPolicy": {"Name": restart}}})
        self.docker.start("sriov-plugin")
        self.wait_for(self.plugin_serves, "the plugin's container")

    def control(self, **wishes: Any) -> None:
        """What the plugin is to do from now on: see the stand-in."""
        temporary = self.path("control.new")
        temporary.write_text(json.dumps(wishes))
        temporary.rename(self.path("control"))

    def requests(self, method: str | None = None) -> list[dict[str, Any]]:
        """What the plugin was asked, in order."""
        file = self.path("requests")
        entries = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [entry for entry in entries if method is None or entry["method"] == f"NetworkDriver.{method}"]

    # The shipped binary

    def configure_limits(self, docker: int) -> None:
        settings = {"dockerSocket": f"{self.folder}/docker.sock", "dockerSeconds": docker, "subnetManagerSeconds": 0}
        self.root.joinpath("etc/sriov-persist/config.json").write_text(json.dumps(settings))

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        see_adapter = f'mount --bind {self.folder}/adapter /sys && exec "$@"'
        return [*self._enter, "unshare", "--mount", "sh", "-c", see_adapter, "sh", str(BINARY), *arguments]

    def product(self, *arguments: str) -> Result:
        start = time.monotonic()
        process = subprocess.run(
            self._command(arguments), capture_output=True, text=True, timeout=240, check=False,
            env={"PATH": os.environ["PATH"]})
        return Result(process, time.monotonic() - start)

    @contextlib.contextmanager
    def product_meanwhile(self, *arguments: str) -> Iterator[Callable[[], Result]]:
        """A command that goes on while the body does something. What is yielded waits for its end."""
        start = time.monotonic()
        process = subprocess.Popen(
            self._command(arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={"PATH": os.environ["PATH"]})

        def finish() -> Result:
            out, err = process.communicate(timeout=240)
            done = subprocess.CompletedProcess(process.args, process.returncode, out, err)
            return Result(done, time.monotonic() - start)

        try:
            yield finish
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def saved(self) -> dict[str, Any]:
        """The newest generation."""
        generations = sorted(self.root.glob("var/lib/sriov-persist/generations/*.json"))
        return json.loads(generations[-1].read_text())
