"""A real dockerd whose network plugin is stopped, gone, stale, blank, slow or unwilling."""

import threading
import unittest

from docker_rig.cases import NETWORK, Stage, on_every_engine


class PluginContainerTest(unittest.TestCase):
    @on_every_engine
    def test_stopped(self, stage: Stage) -> None:
        network_id = stage.set_up(in_container=True)
        for name in ("web", "sriov-plugin"):
            stage.docker.stop(name)
        stage.restore()
        self.assertTrue(stage.docker.is_running("sriov-plugin"))
        self.assertEqual(stage.docker.network(NETWORK)["Id"], network_id)
        self.assertTrue(stage.rig.knows(network_id))
        stage.start_web()
        # What it remembers itself has no prefix: the container's interface would be called 0.
        self.assertEqual(stage.rig.requests("Join")[-1]["answer"]["InterfaceName"]["DstPrefix"], "eth")
        stage.expect_usable()

    @on_every_engine
    def test_gone(self, stage: Stage) -> None:
        network_id = stage.set_up(in_container=True)
        before = stage.docker.container("sriov-plugin")
        stage.docker.stop("web")
        stage.docker.remove("sriov-plugin")
        stage.restore()
        after = stage.docker.container("sriov-plugin")
        self.assertNotEqual(after["Id"], before["Id"])
        self.assertEqual(after["Image"], before["Image"])
        self.assertEqual(after["Config"]["Cmd"], before["Config"]["Cmd"])
        for key in ("Binds", "NetworkMode", "Privileged", "RestartPolicy"):
            self.assertEqual(after["HostConfig"][key], before["HostConfig"][key])
        self.assertTrue(stage.rig.knows(network_id))
        stage.start_web()
        stage.expect_usable()

    @on_every_engine
    def test_started_by_docker_at_boot(self, stage: Stage) -> None:
        """It waits for Docker, which waits for it: what is on its networks is given up."""
        network_id = stage.set_up(in_container=True, restart="always")
        stage.docker.ask("POST", "/containers/sriov-plugin/update", {"RestartPolicy": {"Name": "always"}})
        stage.succeed("save")
        stage.rig.stop_docker()
        stage.rig.inside("rm", "-f", "/run/docker/plugins/sriov.sock")
        stage.rig.start_docker()
        self.assertFalse(stage.docker.is_running("web"))
        report = stage.restore()
        self.assertEqual([container["name"] for container in report["containers"]], ["web"])
        self.assertEqual(stage.docker.network(NETWORK)["Id"], network_id)
        stage.start_web()
        stage.expect_usable()


class PluginTest(unittest.TestCase):
    @on_every_engine
    def test_a_stale_socket_and_then_a_plugin(self, stage: Stage) -> None:
        network_id = stage.set_up()
        stage.docker.stop("web")
        stage.rig.stop_plugin(kill=True)
        stage.rig.inside("rm", "-rf", "/etc/docker/mellanox")
        self.assertTrue(stage.rig.plugin_socket.exists())
        stage.rig.configure_limits(docker=3)
        result = stage.end(69, "restore", "network")
        self.assertIn("the network plugin does not serve after 3 s", result.err)
        stage.rig.configure_limits(docker=60)
        with stage.rig.product_meanwhile("restore", "network") as finish:
            stage.rig.start_plugin()
            result = finish()
        self.assertEqual(result.status, 0, str(result))
        self.assertTrue(stage.rig.knows(network_id))
        stage.start_web()
        stage.expect_usable()

    @on_every_engine
    def test_it_refuses(self, stage: Stage) -> None:
        stage.set_up()
        stage.docker.stop("web")
        stage.lose_memory()
        words = "Fail to enable sriov: device or resource busy"
        stage.rig.control(error={"NetworkDriver.CreateNetwork": words})
        self.assertIn(words, stage.end(69, "restore", "network").err)
        stage.rig.control()
        stage.restore()
        stage.start_web()
        stage.expect_usable()

    @on_every_engine
    def test_it_hangs(self, stage: Stage) -> None:
        """It serves, and does not tell what it knows: as while it works on VFs."""
        stage.set_up()
        before = stage.changes()
        stage.rig.control(hang=["NetworkDriver.EndpointOperInfo"])
        result = stage.end(69, "restore", "network")
        self.assertLess(result.seconds, 60)
        self.assertEqual(stage.changes(), before)
        stage.rig.control()
        stage.expect_usable()

    @on_every_engine
    def test_it_is_slow(self, stage: Stage) -> None:
        network_id = stage.set_up()
        stage.docker.stop("web")
        stage.lose_memory()
        stage.rig.control(delay={"NetworkDriver.CreateNetwork": 5})
        result = stage.succeed("restore", "network")
        self.assertGreater(result.seconds, 5)
        told = [request["body"]["NetworkID"] for request in stage.rig.requests("CreateNetwork")]
        self.assertEqual(told, [network_id] * 2, "once by Docker, once by us")
        stage.start_web()
        stage.expect_usable()

    @on_every_engine
    def test_its_own_memory(self, stage: Stage) -> None:
        """Up to Docker 24 it remembers; since Docker 25 it never does."""
        network_id = stage.set_up()
        stage.docker.stop("web")
        stage.rig.stop_plugin()
        stage.rig.start_plugin()
        self.assertEqual(stage.rig.knows(network_id), stage.engine.release == "20.10")
        stage.restore()
        self.assertTrue(stage.rig.knows(network_id))
        stage.start_web()
        stage.expect_usable()


class DaemonTest(unittest.TestCase):
    @on_every_engine
    def test_stopped_and_then_started(self, stage: Stage) -> None:
        network_id = stage.set_up()
        stage.docker.stop("web")
        stage.rig.stop_docker()
        stage.lose_memory()
        with stage.rig.product_meanwhile("restore", "network") as finish:
            later = threading.Timer(3, lambda: stage.rig.start_docker(wait=False))
            later.start()
            result = finish()
            later.join()
        self.assertEqual(result.status, 0, str(result))
        self.assertGreater(result.seconds, 3)
        self.assertEqual(stage.docker.network(NETWORK)["Id"], network_id)
        stage.start_web()
        stage.expect_usable()

    @on_every_engine
    def test_never_started(self, stage: Stage) -> None:
        stage.set_up()
        stage.rig.stop_docker()
        before = stage.changes()
        stage.rig.configure_limits(docker=3)
        self.assertIn("Docker does not answer after 3 s", stage.end(69, "restore", "network").err)
        self.assertIn("kept as they were saved: sriov_net", stage.succeed("save").err)
        self.assertEqual([network["name"] for network in stage.rig.saved()["networks"]], [NETWORK])
        self.assertEqual(stage.changes(), before)
        self.assertEqual(stage.rig.vfs(), stage.vfs)

    @on_every_engine
    def test_started_by_hand_beside_a_stopped_service(self, stage: Stage) -> None:
        """A connection starts nothing where systemd listens on another socket, and would where it listens on this one."""
        units = "Listen={} (Stream)\nId=docker.socket\nActiveState=active\n\nId=docker.service\nActiveState=inactive\n"
        stage.rig.set_units(units.format("/run/docker.sock"))
        stage.set_up()
        stage.docker.stop("web")
        stage.lose_memory()
        stage.restore()
        stage.start_web()
        stage.expect_usable()
        stage.succeed("status")
        stage.rig.set_units(units.format(f"{stage.rig.folder}/docker.sock"))
        self.assertIn("Docker is not running", stage.end(69, "status").out)
        self.assertIn("kept as they were saved: sriov_net", stage.succeed("save").err)

    @on_every_engine
    def test_killed_and_started_again(self, stage: Stage) -> None:
        network_id = stage.set_up(restart="always")
        stage.rig.stop_docker(kill=True)
        stage.lose_memory()
        stage.rig.start_docker()
        report = stage.restore()
        self.assertEqual([network["result"] for network in report["networks"]], ["restored"])
        self.assertEqual(stage.docker.network(NETWORK)["Id"], network_id)
        self.assertTrue(stage.docker.is_running("web"))
        stage.start_web()
        stage.expect_usable()

    @on_every_engine
    def test_slow_to_answer(self, stage: Stage) -> None:
        stage.set_up()
        stage.docker.stop("web")
        stage.lose_memory()
        with stage.rig.docker_paused(), stage.rig.product_meanwhile("restore", "network") as finish:
            later = threading.Timer(5, stage.rig.resume_docker)
            later.start()
            result = finish()
            later.join()
        self.assertEqual(result.status, 0, str(result))
        self.assertGreater(result.seconds, 5)
        stage.start_web()
        stage.expect_usable()


if __name__ == "__main__":
    unittest.main()
