"""Networks on a real dockerd that are not as they were saved: gone, different, made again as the guide has it."""

import unittest

from docker_rig.cases import ADDRESS, NETWORK, SUBNET, Stage, on_every_engine
from docker_rig.engines import BOOKWORM

DIFFERENT = "10.10.2.0/24"
#: Those that a person stopped, before the network is removed.
STOPPED = "web", "marked", "loose"


class GoneTest(unittest.TestCase):
    @on_every_engine
    def test_a_network_that_is_gone_is_made_after_its_vfs(self, stage: Stage) -> None:
        stage.set_up(restart="always", Options={"prefix": "ib"}, Labels={"team": "hpc"})
        stage.docker.run("marked", NETWORK, "10.10.1.5")
        stage.succeed("save", "--start", "marked")
        before = stage.rig.saved()
        for name in "web", "marked":
            stage.docker.stop(name)
        stage.docker.remove_network(NETWORK)
        self.assertEqual(stage.rig.vfs(), {"ibs21": []}, "the plugin switched SR-IOV off with its last network")
        self.assertIn("restore vfs", stage.end(69, "restore", "network").err)
        self.assertEqual(len(stage.rig.requests("CreateNetwork")), 1)
        stage.succeed("restore")
        self.assertEqual(len(stage.rig.requests("CreateNetwork")), 2)
        self.assertTrue(stage.docker.is_running("marked"))
        self.assertFalse(stage.docker.is_running("web"), "a person stopped it")
        stage.start_web()
        stage.succeed("status")
        stage.succeed("save")
        after = stage.rig.saved()
        self.assertNotEqual(after["networks"][0].pop("id"), before["networks"][0].pop("id"))
        self.assertEqual(after["networks"], before["networks"])
        self.assertEqual(after["adapters"], before["adapters"])
        self.assertEqual(after["containers"], before["containers"])
        stage.expect_usable()


class DifferentTest(unittest.TestCase):
    @on_every_engine
    def test_a_network_that_differs_is_refused(self, stage: Stage) -> None:
        stage.set_up()
        stage.docker.create_network("other", "10.10.3.0/24")  # So that the plugin leaves SR-IOV on.
        stage.docker.stop("web")
        stage.docker.remove_network(NETWORK)
        stage.docker.create_network(NETWORK, DIFFERENT)
        for result in stage.refused(), stage.refused(whole=True):
            self.assertIn(DIFFERENT, result.err)
            self.assertIn("--replace-networks", result.err)
        stage.docker.run("runs", NETWORK)
        self.assertIn("running on it: 1 container", stage.refused("--replace-networks").err)
        stage.docker.remove("runs")
        # Nobody can tell whether a program uses these VFs' RDMA devices: the kernel below has no RDMA.
        self.assertIn("is in use", stage.refused("--replace-networks").err)
        self.assertEqual(stage.rig.vfs(), stage.vfs)

    @on_every_engine
    def test_nothing_is_replaced_below_a_vf_in_another_namespace(self, stage: Stage) -> None:
        """It would go with the network."""
        self._set_up(stage, but="virtfn2")
        self._make_different(stage)
        stage.rig.inside("ip", "netns", "add", "box")
        stage.rig.inside("ip", "link", "set", "ibs21v2", "netns", "box")
        result = stage.refused("--replace-networks")
        self.assertIn("VF 2 is in use", result.err)
        self.assertIn("network namespace", result.err)
        stage.rig.inside("ip", "-n", "box", "link", "show", "ibs21v2")
        self.assertEqual(stage.rig.vfs(), stage.vfs)

    @on_every_engine
    def test_a_network_that_differs_is_replaced(self, stage: Stage) -> None:
        self._set_up(stage)
        self._make_different(stage)
        self.assertEqual(len(stage.docker.orphans()), len(STOPPED))
        stage.refused()
        report = stage.restore(0, "--replace-networks")
        self.assertEqual([network["result"] for network in report["networks"]], ["restored"])
        self._expect_as_before(stage)

    @on_every_engine
    def test_a_network_is_made_on_a_pf_without_vfs(self, stage: Stage) -> None:
        """As the guide has it: the plugin makes all eight. A person who says so gets the four, and the network, back."""
        self._set_up(stage)
        self._remove(stage)
        stage.docker.create_network(NETWORK, DIFFERENT)
        self.assertEqual(len(stage.rig.vfs()["ibs21"]), 8)
        stage.rig.unbind_vfs("ibs21")  # The kernel below has no RDMA: nobody can tell whether they are in use.
        made = stage.rig.vfs()
        stage.end(69, "restore", "network")
        self.assertEqual(stage.rig.vfs(), made)
        stage.rig.forget_requests()
        stage.succeed("restore", "--replace-networks")
        self.assertEqual([request["numvfs"] for request in stage.rig.requests("CreateNetwork")], [4])
        self._expect_as_before(stage)

    def _set_up(self, stage: Stage, but: str = "") -> None:
        """VFs that nothing uses, and a plugin that gives out others; saved."""
        stage.rig.unbind_vfs("ibs21", but)
        stage.vfs = stage.rig.vfs()
        stage.rig.first_start()
        stage.rig.start_plugin("--vfs", ",".join(stage.rig.make_netdevs(4)))
        stage.docker.create_network(NETWORK, SUBNET)
        stage.docker.run("web", NETWORK, ADDRESS, "always")
        for name in "marked", "loose":
            stage.docker.run(name, NETWORK)
        stage.succeed("save", "--start", "marked")

    def _remove(self, stage: Stage) -> None:
        for name in STOPPED:
            stage.docker.stop(name)
        stage.docker.remove_network(NETWORK)
        self.assertEqual(stage.rig.vfs(), {"ibs21": []})

    def _make_different(self, stage: Stage) -> None:
        self._remove(stage)
        stage.succeed("restore", "vfs")
        stage.docker.create_network(NETWORK, DIFFERENT)

    def _expect_as_before(self, stage: Stage) -> None:
        """Of the containers the marked one runs, and those that a person stopped are stopped but usable."""
        self.assertEqual(stage.docker.network(NETWORK)["IPAM"]["Config"][0]["Subnet"], SUBNET)
        self.assertEqual([stage.docker.is_running(name) for name in STOPPED], [False, True, False])
        stage.start_web()
        stage.docker.start("loose")
        stage.succeed("status")
        stage.expect_usable()

    @on_every_engine(only=BOOKWORM)
    def test_two_networks_of_one_name(self, stage: Stage) -> None:
        """Later Dockers refuse the second one."""
        stage.set_up()
        stage.docker.create_network(NETWORK, DIFFERENT, CheckDuplicate=False)
        self.assertIn("2 networks called sriov_net", stage.refused().err)
        self.assertEqual(stage.rig.vfs(), stage.vfs)


if __name__ == "__main__":
    unittest.main()
