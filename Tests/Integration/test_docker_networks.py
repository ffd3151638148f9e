"""Docker's networks on a real dockerd: what is saved of them, and how they come back."""

import unittest

from docker_rig.cases import ADDRESS, NETWORK, SUBNET, Stage, on_every_engine
from docker_rig.engine_api import APIError
from docker_rig.engines import BOOKWORM, NEWER, NotToBeHad


class EnginesTest(unittest.TestCase):
    def test_the_oldest_is_there(self) -> None:
        self.assertTrue((BOOKWORM.unpacked() / "usr/sbin/dockerd").exists())

    def test_the_newer_ones_are_there(self) -> None:
        missing = []
        for engine in NEWER:
            try:
                engine.unpacked()
            except NotToBeHad as reason:
                missing.append(f"{engine.name}: {reason}")
        if missing:
            self.skipTest(f"NOT TESTED WITH {'; '.join(missing)}")


class SaveTest(unittest.TestCase):
    @on_every_engine
    def test_what_is_saved(self, stage: Stage) -> None:
        stage.rig.first_start()
        stage.rig.start_plugin()
        hosts = {"nas": "10.10.1.3"}
        pool = {"Subnet": SUBNET, "IPRange": "10.10.1.0/25", "Gateway": "10.10.1.9", "AuxiliaryAddresses": hosts}
        management = {"Driver": "default", "Config": [pool]}
        options = {"prefix": "ib", "privileged": "1"}
        stage.docker.create_network(
            NETWORK, Options=options, Labels={"team": "hpc"}, Attachable=True, IPAM=management)
        stage.docker.run("web", NETWORK, ADDRESS, "unless-stopped")
        stage.docker.create_container("idle", NETWORK)
        self.assertEqual(stage.succeed("save").err.count("warning"), 0)
        saved = stage.rig.saved()
        [network] = saved["networks"]
        self.assertEqual(network["id"], stage.docker.network(NETWORK)["Id"])
        self.assertEqual(network["options"], options)
        self.assertEqual(network["labels"], {"team": "hpc"})
        self.assertTrue(network["isAttachable"])
        self.assertEqual(network["netdevice"], {"pf": "0000:b1:00.0"})
        self.assertEqual(network["ipam"]["pools"], [{
            "subnet": SUBNET, "range": "10.10.1.0/25", "gateway": "10.10.1.9", "auxiliaryAddresses": hosts}])
        self.assertEqual(saved["plugin"], {}, "it runs outside Docker")
        containers = {container["name"]: container for container in saved["containers"]}
        self.assertEqual(set(containers), {"web", "idle"})
        self.assertEqual(containers["web"]["endpoints"][NETWORK]["ipv4Address"], ADDRESS)
        self.assertEqual(containers["web"]["restartPolicy"]["name"], "unless-stopped")
        self.assertTrue(containers["web"]["wasRunning"])
        self.assertFalse(containers["idle"]["wasRunning"])
        self.assertIn("nothing changed since generation 1", stage.succeed("save").out)
        stage.expect_usable()

    @on_every_engine
    def test_the_plugins_container(self, stage: Stage) -> None:
        stage.rig.first_start()
        stage.rig.import_plugin()
        stage.rig.run_plugin_container("always")
        stage.docker.create_network(NETWORK, SUBNET)
        self.assertIn("docker update --restart=no sriov-plugin", stage.succeed("save").err)
        container = stage.docker.container("sriov-plugin")
        plugin = stage.rig.saved()["plugin"]["container"]
        self.assertEqual(plugin["name"], "sriov-plugin")
        self.assertEqual(plugin["image"], "rdma/sriov-plugin")
        self.assertEqual(plugin["imageId"], container["Image"])
        self.assertEqual(plugin["binds"], container["HostConfig"]["Binds"])
        self.assertEqual(plugin["networkMode"], "host")
        self.assertEqual(plugin["command"], container["Config"]["Cmd"])
        self.assertNotIn("PATH=", str(stage.rig.saved()), "a container's environment is never saved")

    @on_every_engine
    def test_the_guides_address_outside_its_subnet(self, stage: Stage) -> None:
        stage.rig.first_start()
        stage.rig.start_plugin()
        stage.docker.create_network(NETWORK, SUBNET)
        try:
            stage.docker.create_container("lzq_ditto_0", NETWORK, "10.10.10.4")
        except APIError as error:
            # Newer Dockers say so themselves.
            self.assertNotEqual(stage.engine, BOOKWORM)
            self.assertIn("10.10.10.4", str(error))
            return
        warnings = stage.succeed("save").err
        self.assertIn("10.10.10.4", warnings)
        self.assertIn(SUBNET, warnings)

    @on_every_engine
    def test_without_docker(self, stage: Stage) -> None:
        stage.succeed("save")
        self.assertNotIn("networks", stage.rig.saved())
        result = stage.succeed("restore", "network")
        self.assertLess(result.seconds, 10, "nothing is asked, so nothing is waited for")
        self.assertEqual(stage.rig.vfs(), stage.vfs)


class RestoreTest(unittest.TestCase):
    @on_every_engine
    def test_a_network_that_the_plugin_forgot_is_told_again(self, stage: Stage) -> None:
        network_id = stage.set_up(Options={"prefix": "ib"})
        stage.docker.stop("web")
        stage.lose_memory()
        with self.assertRaises(APIError):
            stage.docker.start("web")
        [network] = stage.restore()["networks"]
        self.assertEqual(network["result"], "restored")
        self.assertEqual(stage.docker.network(NETWORK)["Id"], network_id)
        told = stage.rig.requests("CreateNetwork")[-1]["body"]
        self.assertEqual(told["NetworkID"], network_id)
        self.assertEqual(told, stage.rig.requests("CreateNetwork")[0]["body"] | {"Options": told["Options"]})
        self.assertEqual(told["Options"]["com.docker.network.generic"], {"netdevice": "ibs21", "prefix": "ib"})
        stage.start_web()
        stage.expect_usable()

    @on_every_engine
    def test_a_network_with_ipv6_is_told_as_docker_told_it(self, stage: Stage) -> None:
        """With a gateway that Docker chose, one in a range, and addresses that it does not give out."""
        pools = [
            {"Subnet": SUBNET, "AuxiliaryAddresses": {"nas": "10.10.1.3"}},
            {"Subnet": "fd00:1:0::/64", "IPRange": "fd00:1::8000/113", "AuxiliaryAddresses": {"nas": "fd00:1::3"}}]
        stage.rig.first_start()
        stage.rig.start_plugin()
        stage.docker.create_network(NETWORK, EnableIPv6=True, IPAM={"Driver": "default", "Config": pools})
        stage.succeed("save")
        stage.lose_memory()
        stage.restore()
        [first, again] = [request["body"] for request in stage.rig.requests("CreateNetwork")]
        self.assertTrue(first["IPv6Data"])
        self.assertEqual(again, first | {"Options": again["Options"]})
        stage.expect_usable()

    @on_every_engine
    def test_after_a_reboot_what_docker_gave_up_is_started(self, stage: Stage) -> None:
        network_id = stage.set_up(restart="always")
        stage.docker.run("stopped", NETWORK, restart="unless-stopped")
        stage.docker.stop("stopped")
        stage.succeed("save")
        stage.rig.stop_docker()
        stage.rig.stop_plugin()
        stage.rig.inside("rm", "-rf", "/etc/docker/mellanox", "/run/docker/plugins/sriov.sock")
        stage.rig.start_docker()
        self.assertFalse(stage.docker.is_running("web"), "Docker gives it up")
        stage.rig.start_plugin()
        report = stage.restore()
        self.assertEqual([container["name"] for container in report["containers"]], ["web"])
        self.assertEqual(stage.docker.network(NETWORK)["Id"], network_id)
        self.assertFalse(stage.docker.is_running("stopped"), "a person stopped it")
        stage.start_web()
        stage.expect_usable()

    @on_every_engine
    def test_a_network_with_the_configuration_of_another(self, stage: Stage) -> None:
        stage.rig.first_start()
        stage.rig.start_plugin()
        docker = stage.docker
        docker.create_network("settings", SUBNET, Driver="", ConfigOnly=True)
        docker.create_network(NETWORK, netdevice=None, ConfigFrom={"Network": "settings"})
        docker.create_network("keeper", "10.10.3.0/24")  # So that the plugin leaves SR-IOV on.
        docker.create_container("web", NETWORK, ADDRESS)
        stage.succeed("save")
        docker.remove_network(NETWORK)
        docker.remove_network("settings")
        report = stage.restore()
        self.assertEqual(
            {network["name"]: network["result"] for network in report["networks"]},
            {"settings": "restored", NETWORK: "restored", "keeper": "unchanged"})
        self.assertEqual(docker.network(NETWORK)["ConfigFrom"], {"Network": "settings"})
        stage.start_web()
        stage.expect_usable()

    @on_every_engine(pfs=2)
    def test_a_container_on_the_networks_of_two_pfs(self, stage: Stage) -> None:
        second, other_address = "sriov_net_2", "10.10.2.4"
        stage.rig.first_start()
        stage.rig.start_plugin()
        stage.docker.create_network(NETWORK, SUBNET)
        stage.docker.create_network(second, "10.10.2.0/24", "ibs22")
        stage.docker.create_container("web", NETWORK, ADDRESS, "always")
        stage.docker.connect("web", second, other_address)
        stage.docker.start("web")
        stage.succeed("save")
        stage.rig.stop_docker()
        stage.lose_memory()
        stage.rig.start_docker()
        self.assertFalse(stage.docker.is_running("web"), "the plugin is blank")
        first = stage.restore(0, "--pf", "ibs21")
        self.assertEqual(first["containers"], [], "its second network is not usable yet")
        report = stage.restore(0, "--pf", "ibs22")
        self.assertEqual([container["name"] for container in report["containers"]], ["web"])
        stage.start_web()
        self.assertEqual(stage.docker.address("web", second), other_address)
        stage.expect_usable()


if __name__ == "__main__":
    unittest.main()
