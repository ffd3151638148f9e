"""A host in namespaces of its own: a dockerd, an adapter, the stand-in for the network plugin, and the shipped binary.

The adapter's /sys is seen by the shipped binary and the stand-in only, the state folders are the rig's own.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .adapter_host import AdapterHost
from .engine_api import APIError, Docker, ask

TESTS = Path(__file__).parents[2]
BINARY = TESTS.parent / ".build/dist/sriov-persist"
BUSYBOX = Path("/bin/busybox")
PLUGIN_IMAGE = "rdma/sriov-plugin"
#: Folders that a container gets from the host to run the stand-in with its Python.
PYTHON_FOLDERS = [folder for folder in ("/usr", "/lib", "/lib64") if Path(folder).exists()]


class Result:
    """What a command of the shipped binary came to."""

    def __init__(self, process: subprocess.CompletedProcess[str], seconds: float) -> None:
        self.status, self.out, self.err, self.seconds = process.returncode, process.stdout, process.stderr, seconds

    def __str__(self) -> str:
        return f"status {self.status} after {self.seconds:.1f} s\n{self.out}{self.err}"

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


class Rig(AdapterHost):
    def __init__(self, engine: Path, pfs: int = 1) -> None:
        super().__init__(pfs)
        self.engine = engine
        #: Of dockerd's configuration file.
        self.settings: dict[str, Any] = {"cgroup-parent": f"/{self.group}"}
        self.configure_limits(docker=60)
        self.docker = Docker(self.path("docker.sock"))

    # Docker

    def start_docker(self, *, wait: bool = True) -> None:
        folder = self.folder
        self.path("daemon.json").write_text(json.dumps(self.settings))
        tools = [f"{self.engine}/usr/bin", f"{self.engine}/usr/sbin", os.environ["PATH"], "/usr/sbin", "/sbin"]
        self._start(
            "dockerd", f"{self.engine}/usr/sbin/dockerd", "--config-file", f"{folder}/daemon.json",
            "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "-H", f"unix://{folder}/docker.sock",
            "--pidfile", f"{folder}/docker.pid", "--storage-driver", "overlay2", "--bridge=none", "--iptables=false",
            "--ip6tables=false", "--ip-masq=false", "--ip-forward=false", PATH=":".join(tools))
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

    def make_slow_runtime(self, seconds: int) -> None:
        """Containers of the runtime `slow` take so long to start, from the next start of dockerd on."""
        path = self.path("slow-runtime")
        path.write_text(f'#!/bin/sh\ncase " $* " in *" start "*) sleep {seconds} ;; esac\nexec {self.engine}/usr/sbin/runc "$@"\n')
        path.chmod(0o755)
        self.settings["runtimes"] = {"slow": {"path": f"{self.folder}/slow-runtime"}}

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
        body = {"NetworkID": network_id, "EndpointID": "probe"}
        try:
            ask(self.plugin_socket, "POST", "/NetworkDriver.EndpointOperInfo", body)
        except APIError as error:
            return "Cannot find endpoint by id" in str(error)
        return False

    def import_plugin(self) -> None:
        files = {name: TESTS / "StandIn" / name for name in ("sriov-plugin", "sriov_driver.py", "sriov_hardware.py")}
        self.docker.import_image(PLUGIN_IMAGE, files, [folder.strip("/") for folder in PYTHON_FOLDERS])

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

    def forget_requests(self) -> None:
        self.path("requests").write_text("")

    # The shipped binary

    def set_units(self, text: str) -> None:
        """What systemd is to say of its units: nothing without this, as there is none."""
        path = self.path("systemctl")
        path.write_text(f"#!/bin/sh\ncat << END\n{text}END\n")
        path.chmod(0o755)
        self.inside("mount", "--bind", f"{self.folder}/systemctl", "/usr/bin/systemctl")

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
