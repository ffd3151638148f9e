"""A host as the guide has it, with networks on two PFs, on a real dockerd: what is done below containers that run."""

import re
import unittest
from typing import Any

from docker_rig.cases import CONTAINERS, NETWORK, OTHER_NETWORK, Stage, on_every_engine
from journal_socket import JournalSocket

UNKNOWN, DRIFT = "unknown", "drift"
METRICS = "/run/sriov-persist/sriov-persist.prom"


def created(stage: Stage) -> int:
    return len(stage.rig.requests("CreateNetwork"))


class PluginTest(unittest.TestCase):
    @on_every_engine(pfs=2)
    def test_it_was_stopped_below_containers(self, stage: Stage) -> None:
        """Started again and told of both networks. The containers run on; that it has forgotten their VFs is said."""
        stage.set_up_two_pfs()
        networks, started = stage.networks(), stage.started_at(*CONTAINERS)
        stage.docker.stop("sriov-plugin")
        stage.succeed("restore")
        self.assertEqual(created(stage), 4)
        self.assertEqual(stage.started_at(*CONTAINERS), started)
        self.assertEqual(stage.networks().keys(), networks.keys())
        stage.start_all_again()
        stage.expect_all_run()

    @on_every_engine(pfs=2)
    def test_it_was_removed_with_its_notes(self, stage: Stage) -> None:
        """Made again as it was saved, and told of both networks, by the ids that Docker has for them; once."""
        stage.set_up_two_pfs()
        networks, before = stage.networks(), stage.docker.container("sriov-plugin")
        stage.docker.remove("sriov-plugin")
        stage.rig.inside("rm", "-r", "/etc/docker/mellanox")
        stage.succeed("restore")
        self.assertEqual(settings(stage.docker.container("sriov-plugin")), settings(before))
        told = [request["body"]["NetworkID"] for request in stage.rig.requests("CreateNetwork")]
        self.assertEqual(len(told), 4)
        self.assertEqual(set(told[2:]), set(told[:2]))
        self.assertEqual(stage.networks().keys(), networks.keys())
        stage.start_all_again()
        stage.expect_all_run()
        stage.succeed("restore")
        self.assertEqual(created(stage), 4)

    @on_every_engine(pfs=2)
    def test_its_image_was_removed_and_comes_back(self, stage: Stage) -> None:
        """Nothing is pulled: what to type is said, and once the image is there, all is well."""
        stage.set_up_two_pfs()
        stage.docker.remove("sriov-plugin")
        archive = stage.docker.take_image_away("rdma/sriov-plugin")
        before = stage.changes()
        self.assertIn("docker pull rdma/sriov-plugin", stage.end(69, "restore").err)
        self.assertEqual(stage.changes(), before)
        stage.docker.load_image(archive)
        stage.succeed("restore")
        stage.start_all_again()
        stage.expect_all_run()


def settings(container: dict[str, Any]) -> list[Any]:
    """What of the plugin's container is to be as saved."""
    host = container["HostConfig"]
    return [container["Image"], container["Config"]["Cmd"], host["Binds"], host["Privileged"], host["NetworkMode"],
            host["RestartPolicy"]]


class DaemonTest(unittest.TestCase):
    @on_every_engine(pfs=2)
    def test_restarted(self, stage: Stage) -> None:
        """The plugin's container has no restart policy: it and the containers come back by what the unit runs."""
        stage.set_up_two_pfs()
        networks = stage.networks()
        stage.rig.stop_docker()
        stage.rig.start_docker()
        self.assertFalse(stage.docker.is_running("sriov-plugin"))
        stage.succeed("restore", "docker", "--unattended")
        self.assertEqual(stage.networks().keys(), networks.keys())
        stage.expect_all_run()
        self.assertEqual(stage.docker.orphans(), [])

    @on_every_engine(pfs=2)
    def test_one_pfs_networks_do_not_wait_for_the_containers_of_another(self, stage: Stage) -> None:
        stage.rig.make_slow_runtime(seconds=15)
        stage.rig.first_start()
        stage.rig.start_plugin()
        stage.docker.create_network(NETWORK, "10.10.1.0/24")
        stage.docker.create_network(OTHER_NETWORK, "10.10.2.0/24", "ibs22")
        for name in "slow1", "slow2":
            stage.docker.create_container(name, NETWORK, restart="always", more={"Runtime": "slow"})
            stage.docker.start(name)
        stage.docker.run("quick", OTHER_NETWORK, restart="always")
        stage.succeed("save")
        stage.rig.stop_docker()
        stage.lose_memory()
        stage.rig.start_docker()
        self.assertEqual([name for name in ("slow1", "slow2", "quick") if stage.docker.is_running(name)], [])
        with stage.rig.product_meanwhile("restore", "network", "--pf", "ibs21") as finish:
            stage.rig.wait_for(lambda: created(stage) == 3, "the first network")
            other = stage.succeed("restore", "network", "--pf", "ibs22")
            self.assertTrue(stage.docker.is_running("quick"))
            self.assertFalse(stage.docker.is_running("slow2"))
            first = finish()
        self.assertEqual(first.status, 0, str(first))
        self.assertGreater(first.seconds, 30)
        self.assertLess(other.seconds, 15)
        self.assertTrue(stage.docker.is_running("slow1") and stage.docker.is_running("slow2"))
        stage.expect_usable()


class DriverTest(unittest.TestCase):
    @on_every_engine(pfs=2)
    def test_loaded_anew_while_containers_are_stopped(self, stage: Stage) -> None:
        """The plugin reads the count once and looks netdevs up at each start: it is not restarted, and containers can start."""
        stage.set_up_two_pfs()
        for name in CONTAINERS:
            stage.docker.stop(name)
        self._load_anew(stage)
        for name in CONTAINERS:
            stage.docker.start(name)
        stage.expect_all_run()

    @on_every_engine(pfs=2)
    def test_loaded_anew_below_containers(self, stage: Stage) -> None:
        """Their VFs are gone, and they run: the VFs come back, and each container gets one when it is restarted."""
        stage.set_up_two_pfs()
        self._load_anew(stage)
        for name in CONTAINERS:
            stage.docker.stop(name)
            stage.docker.start(name)
        stage.expect_all_run()

    def _load_anew(self, stage: Stage) -> None:
        started = stage.started_at("sriov-plugin")
        stage.rig.load_driver_anew("ibs21")
        self.assertEqual(stage.rig.vfs()["ibs21"], [])
        stage.succeed("restore", "vfs", "--pf", "0000:b1:00.0", "--unattended")
        stage.succeed("restore", "network", "--pf", "0000:b1:00.0", "--unattended")
        self.assertEqual((stage.started_at("sriov-plugin"), created(stage)), (started, 2))
        self.assertEqual(stage.rig.vfs(), stage.vfs)


class LooksTest(unittest.TestCase):
    """What the health service runs, `status` and `check`, of a network that is gone and a plugin that is stopped."""

    @on_every_engine(pfs=2)
    def test_they_see_the_networks(self, stage: Stage) -> None:
        stage.set_up_two_pfs()
        journal = JournalSocket(stage.rig.root)
        self.addCleanup(journal.close)
        self.assertEqual(look(stage, journal), {NETWORK: "ok", OTHER_NETWORK: "ok"})
        self.assertEqual(usable(stage), {NETWORK: "1", OTHER_NETWORK: "1"})
        stage.docker.remove("other")
        stage.docker.remove_network(OTHER_NETWORK)
        self.assertEqual(look(stage, journal), {OTHER_NETWORK: DRIFT})
        self.assertEqual(usable(stage), {NETWORK: "1", OTHER_NETWORK: "0"})
        stage.docker.stop("sriov-plugin")
        self.assertEqual(look(stage, journal), {NETWORK: UNKNOWN, OTHER_NETWORK: UNKNOWN})
        check = stage.rig.product("check").out
        for words in "problem  plugin-container", "problem  plugin-socket", "unknown  network  ":
            self.assertIn(words, check)
        self.assertEqual(usable(stage), {})
        status = stage.end(69, "status")
        self.assertEqual(status.out.count("  unknown\n"), 2, str(status))
        self.assertIn("sriov.sock", status.out)
        self.assertEqual(look(stage, journal), {})


def look(stage: Stage, journal: JournalSocket) -> dict[str, str]:
    """The networks that one run of what the health service runs tells of, and how they are."""
    stage.rig.product("status", "--log", "--metrics", METRICS)
    return {entry["SRIOV_NETWORK"]: entry["SRIOV_RESULT"] for entry in journal.entries() if "SRIOV_NETWORK" in entry}


def usable(stage: Stage) -> dict[str, str]:
    """By network; those of which that cannot be told are left out."""
    text = (stage.rig.root / METRICS.lstrip("/")).read_text()
    return dict(re.findall(r'^sriov_persist_network_usable\{network="([^"]*)".* ([01])$', text, re.MULTILINE))


if __name__ == "__main__":
    unittest.main()
