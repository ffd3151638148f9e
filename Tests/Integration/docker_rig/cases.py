"""What the tests with a real dockerd have in common: each case on every engine, and what must hold when it is over."""

import functools
import json
import sys
import unittest
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .engines import BOOKWORM, NEWER, Engine, NotToBeHad
from .rig import Result, Rig

NETWORK = "sriov_net"
SUBNET = "10.10.1.0/24"
ADDRESS = "10.10.1.4"
OTHER_NETWORK = "other_net"
OTHER_SUBNET = "10.10.2.0/24"
#: Those of `set_up_two_pfs`: network, address and restart policy of each.
CONTAINERS = {
    "web": (NETWORK, ADDRESS, "always"), "marked": (NETWORK, "10.10.1.5", "no"),
    "other": (OTHER_NETWORK, "10.10.2.4", "unless-stopped")}
CHANGES = ["CreateNetwork", "DeleteNetwork"]


@functools.cache
def engines() -> dict[Engine, Path]:
    """Those that are to be had. Without the oldest there is no test; EnginesTest tells which newer one is missing."""
    found = {BOOKWORM: BOOKWORM.unpacked()}
    for engine in NEWER:
        try:
            found[engine] = engine.unpacked()
        except NotToBeHad:
            continue
    return found


class Stage:
    """A rig, and what a case does with it again and again."""

    def __init__(self, test: unittest.TestCase, rig: Rig, engine: Engine) -> None:
        self.test, self.rig, self.engine = test, rig, engine
        self.docker = rig.docker
        self.vfs = rig.vfs()

    def succeed(self, *arguments: str) -> Result:
        return self.end(0, *arguments)

    def end(self, status: int, *arguments: str) -> Result:
        result = self.rig.product(*arguments)
        self.test.assertEqual(result.status, status, f"{' '.join(arguments)}: {result}")
        return result

    def set_up(self, *, in_container: bool = False, restart: str = "no", **network: Any) -> str:
        """Docker, its plugin, and a container with a fixed address on the guide's network: saved. Gives the network."""
        self.rig.first_start()
        if in_container:
            self.rig.import_plugin()
            self.rig.run_plugin_container()
        else:
            self.rig.start_plugin()
        network_id = self.docker.create_network(NETWORK, SUBNET, **network)
        self.docker.run("web", NETWORK, ADDRESS, restart)
        self.succeed("save")
        return network_id

    def set_up_two_pfs(self) -> None:
        """Networks on two PFs, and the plugin in a container: saved. A container without a restart policy is marked."""
        self.rig.first_start()
        self.rig.import_plugin()
        self.rig.run_plugin_container()
        self.docker.create_network(NETWORK, SUBNET)
        self.docker.create_network(OTHER_NETWORK, OTHER_SUBNET, "ibs22")
        for name, container in CONTAINERS.items():
            self.docker.run(name, *container)
        self.succeed("save", "--start", "marked")
        self.expect_all_run()

    def lose_memory(self) -> None:
        """The plugin outside Docker is started anew, with nothing that it knew."""
        self.rig.stop_plugin()
        self.rig.inside("rm", "-rf", "/etc/docker/mellanox")
        self.rig.start_plugin()

    def restore(self, status: int = 0, *more: str) -> dict[str, Any]:
        return self.end(status, "restore", "network", "--json", *more).json

    def refused(self, *more: str, whole: bool = False) -> Result:
        """A restore, of networks or of all, that must change nothing of Docker's and the plugin's."""
        before = self.changes()
        networks = self.networks()
        result = self.end(78, "restore", *[] if whole else ["network"], *more)
        self.test.assertEqual(self.changes(), before)
        self.test.assertEqual(self.networks(), networks)
        return result

    def networks(self) -> dict[str, Any]:
        return {network["Id"]: network for network in self.docker.ask("GET", "/networks")}

    def changes(self) -> list[dict[str, Any]]:
        return [request for method in CHANGES for request in self.rig.requests(method)]

    def start_web(self) -> None:
        if not self.docker.is_running("web"):
            self.docker.start("web")
        self.test.assertEqual(self.docker.address("web", NETWORK), ADDRESS)

    def started_at(self, *names: str) -> list[str]:
        return [self.docker.container(name)["State"]["StartedAt"] for name in names]

    def start_all_again(self) -> None:
        """A plugin that was started below them learns of their VFs in no other way."""
        self.test.assertIn("the plugin has forgotten", self.end(1, "status").out)
        for name in CONTAINERS:
            self.docker.stop(name)
        for name in CONTAINERS:
            self.docker.start(name)

    def expect_all_run(self) -> None:
        """Each container's eth0 is a VF of its network's PF, with its fixed address; and all is well."""
        ends = {link["ifindex"]: link["ifname"] for link in json.loads(self.rig.inside("ip", "-json", "link"))}
        for name, (network, address, _) in CONTAINERS.items():
            pid = str(self.docker.container(name)["State"]["Pid"])
            command = ["nsenter", "--target", pid, "--net", "ip", "-json", "address", "show", "eth0"]
            [netdev] = json.loads(self.rig.inside(*command))
            vf = rf"{'ibs21' if network == NETWORK else 'ibs22'}v\d+-fabric"
            self.test.assertRegex(ends[netdev["link_index"]], vf, name)
            self.test.assertIn((address, 24), [(entry["local"], entry["prefixlen"]) for entry in netdev["addr_info"]])
        self.expect_harmless()
        self.succeed("status")

    def expect_usable(self) -> None:
        """The end of a case: as saved, nobody an orphan, nothing left to do."""
        self.expect_harmless()
        before = self.changes()
        again = self.restore()
        self.test.assertTrue(again["networks"], "nothing is saved")
        self.test.assertEqual({network["result"] for network in again["networks"]}, {"unchanged"}, again)
        self.test.assertEqual(again["containers"], [])
        self.test.assertEqual(self.changes(), before)

    def expect_harmless(self) -> None:
        self.test.assertEqual(self.rig.vfs(), self.vfs)
        self.test.assertEqual(self.docker.orphans(), [])
        counts = [request["numvfs"] for request in self.rig.requests("CreateNetwork")]
        self.test.assertNotIn(0, counts, "a network was created while there were no VFs")


Case = Callable[[unittest.TestCase, Stage], None]


def on_every_engine(case: Case | None = None, *, pfs: int = 1, only: Engine | None = None) -> Any:
    """Runs a case on all engines at once, each in a rig of its own: most of a case's time is spent waiting."""
    if case is None:
        return functools.partial(on_every_engine, pfs=pfs, only=only)

    def run(test: unittest.TestCase, engine: Engine, folder: Path) -> None:
        rig = Rig(folder, pfs)
        try:
            case(test, Stage(test, rig, engine))
        except BaseException:
            log = rig.path("dockerd.log")
            lines = log.read_text(errors="replace").splitlines() if log.exists() else []
            tail = "\n".join(line for line in lines[-200:] if "module=grpc" not in line)[-3000:]
            print(f"--- {engine.name}, {test.id()}: the end of dockerd's log\n{tail}\n---", file=sys.stderr)
            raise
        finally:
            rig.close()

    @functools.wraps(case)
    def test(self: unittest.TestCase) -> None:
        chosen = {engine: folder for engine, folder in engines().items() if only in (None, engine)}
        with ThreadPoolExecutor() as pool:
            runs = {engine: pool.submit(run, self, engine, folder) for engine, folder in chosen.items()}
        for engine, outcome in runs.items():
            with self.subTest(engine=engine.name):
                outcome.result()

    return test
