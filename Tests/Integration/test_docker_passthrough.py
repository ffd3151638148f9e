"""A network of mode passthrough on a real dockerd: its one container gets the PF's own netdev."""

import json
import unittest

from docker_rig.cases import ADDRESS, NETWORK, SUBNET, Stage, on_every_engine
from docker_rig.engine_api import APIError


class PassthroughTest(unittest.TestCase):
    @on_every_engine
    def test_from_save_to_restore(self, stage: Stage) -> None:
        """It needs no VF, and nothing makes one."""
        stage.rig.remove_vfs("ibs21")
        stage.rig.first_start()
        stage.rig.start_plugin()
        network_id = stage.docker.create_network(NETWORK, SUBNET, Options={"mode": "passthrough"})
        # The network namespace of a container with a real PF shows whose netdev that is.
        folder = stage.rig.path("net-of-container/eth0")
        folder.mkdir(parents=True)
        (folder / "device").symlink_to("../../../0000:b1:00.0")
        binds = {"Binds": [f"{stage.rig.folder}/net-of-container:/sys/class/net"]}
        stage.docker.create_container("web", NETWORK, ADDRESS, "always", binds)
        stage.docker.start("web")
        stage.docker.create_container("second", NETWORK)
        with self.assertRaises(APIError) as refusal:
            stage.docker.start("second")
        self.assertIn("supports only one device", str(refusal.exception))
        stage.docker.remove("second")
        # Saved while the container has the netdev, by whose name Docker knows the network.
        stage.succeed("save")
        [saved] = stage.rig.saved()["networks"]
        self.assertEqual((saved["name"], saved["netdevice"]), (NETWORK, {"pf": "0000:b1:00.0"}))
        self._expect_the_pf_in_the_container(stage)

        stage.rig.stop_docker()
        stage.lose_memory()
        stage.rig.start_docker()
        self.assertFalse(stage.docker.is_running("web"), "the plugin is blank")
        report = stage.restore()
        self.assertEqual([network["result"] for network in report["networks"]], ["restored"])
        self.assertEqual([container["name"] for container in report["containers"]], ["web"])
        told = stage.rig.requests("CreateNetwork")[-1]["body"]
        self.assertEqual(told["NetworkID"], network_id)
        self.assertEqual(told["Options"]["com.docker.network.generic"], {"netdevice": "ibs21", "mode": "passthrough"})
        self._expect_the_pf_in_the_container(stage)

    def _expect_the_pf_in_the_container(self, stage: Stage) -> None:
        ends = {link["ifindex"]: link["ifname"] for link in json.loads(stage.rig.inside("ip", "-json", "link"))}
        pid = str(stage.docker.container("web")["State"]["Pid"])
        [netdev] = json.loads(stage.rig.inside("nsenter", "--target", pid, "--net", "ip", "-json", "address", "show", "eth0"))
        self.assertEqual(ends[netdev["link_index"]], "ibs21-fabric")
        self.assertIn(ADDRESS, [entry["local"] for entry in netdev["addr_info"]])
        before = stage.changes()
        again = stage.restore()
        self.assertEqual([network["result"] for network in again["networks"]], ["unchanged"])
        self.assertEqual(again["containers"], [])
        stage.succeed("restore")
        stage.succeed("status")
        self.assertEqual(stage.changes(), before)
        self.assertEqual(stage.rig.vfs(), {"ibs21": []})


if __name__ == "__main__":
    unittest.main()
