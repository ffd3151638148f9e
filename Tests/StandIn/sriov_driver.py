"""The driver half of the stand-in for rdma/sriov-plugin: adapters, networks, endpoints, and what it remembers."""

import argparse
import contextlib
import http.client
import ipaddress
import json
import os
import shutil
import socket
import uuid
from pathlib import Path
from typing import Any

JSON = dict[str, Any]


class Refusal(Exception):
    """What Docker is told in place of an answer."""


class Adapter:
    """One PF, found by the name of its netdev, and the VFs that it had when it was first used."""

    def __init__(self, sys_folder: Path, netdevice: str, given: list[str]) -> None:
        self.name = netdevice
        self.device = sys_folder / "class/net" / netdevice / "device"
        self.driver = sys_folder / "bus/pci/drivers/mlx5_core"
        self.networks = 0  # As it counts them.
        if not self.device.exists():
            raise Refusal("Fail to set PF link up: %!(EXTRA netlink.LinkNotFoundError=Link not found)")
        if int((self.device / "sriov_numvfs").read_text()) == 0:
            self._switch_on()
        # Read once, in the folder's order, and believed ever after.
        links = [name for name in os.listdir(self.device) if name.startswith("virtfn")]
        self.vfs: list[int | str] = list(given or [int(name.removeprefix("virtfn")) for name in links])
        self.taken: set[int | str] = set()

    def _switch_on(self) -> None:
        total = (self.device / "sriov_totalvfs").read_text().strip()
        try:
            (self.device / "sriov_numvfs").write_text(total)
        except OSError as error:
            raise Refusal(f"Fail to enable sriov: {error.strerror}") from error
        vfs = range(int(total))
        for index in vfs:
            guid = ":".join(f"{byte:02x}" for byte in [*uuid.uuid4().bytes[:7], index])
            for file, text in {"policy": "Follow", "node": guid, "port": guid}.items():
                path = self.device / "sriov" / str(index) / file
                if path.exists():
                    path.write_text(text)
        for index in vfs:
            if self._netdevs(index):
                address = (self.device / f"virtfn{index}").resolve().name
                (self.driver / "unbind").write_text(address)
                (self.driver / "bind").write_text(address)

    def switch_off(self) -> None:
        with contextlib.suppress(OSError):
            (self.device / "sriov_numvfs").write_text("0")

    def _netdevs(self, index: int) -> list[Path]:
        with contextlib.suppress(OSError):
            return list((self.device / f"virtfn{index}" / "net").iterdir())
        return []

    def take(self, mac: str) -> int | str:
        def fits(vf: int | str) -> bool:
            netdevs = self._netdevs(vf) if isinstance(vf, int) else []
            return not mac or any((path / "address").read_text().strip() == mac for path in netdevs)

        vf = next((vf for vf in self.vfs if vf not in self.taken and fits(vf)), None)
        if vf is None:
            wanted = f" for mac address {mac}" if mac else ""
            raise Refusal(f"Fail to allocate VF err = All Vfs for {self.name} are allocated{wanted}.")
        self.taken.add(vf)
        return vf

    def netdev(self, vf: int | str) -> str:
        """Its name today; none while it is unbound or in a container."""
        return vf if isinstance(vf, str) else next((path.name for path in self._netdevs(vf)), "")


class Network:
    def __init__(self, adapter: Adapter, gateway: str, vlan: int, prefix: str) -> None:
        self.adapter, self.gateway, self.vlan, self.prefix = adapter, gateway, vlan, prefix
        self.endpoints: dict[str, int | str] = {}


class Plugin:
    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.adapters: dict[str, Adapter] = {}
        self.networks: dict[str, Network] = {}

    # What it remembers

    def remember(self) -> None:
        """Takes up the networks of its last life, but only those that Docker lists. An entry it cannot read ends it."""
        if not self.arguments.state.is_dir():
            return
        for name in os.listdir(self.arguments.state):
            entry = json.loads((self.arguments.state / name / "config.json").read_text())
            if name not in self._networks_of_docker():
                print(f"Skipping and deleting stale network {name}", flush=True)
                shutil.rmtree(self.arguments.state / name)
                continue
            with contextlib.suppress(Refusal, OSError):
                # The prefix was never written down.
                self._add(name, entry["Netdevice"], entry["Gateway"], entry["vlan"], "")

    def _networks_of_docker(self) -> list[str]:
        """Asks as a client of 2015 does, in version 1.12, which no daemon since 25 answers. No error is told apart."""
        try:
            answer = self._ask_docker("/v1.12/version") or b'{"ApiVersion": "unknown"}'
            version = json.loads(answer)["ApiVersion"]
            return [network["Id"] for network in json.loads(self._ask_docker(f"/v{version}/networks") or "[]")]
        except (OSError, http.client.HTTPException, ValueError):
            return []

    def _ask_docker(self, target: str) -> bytes:
        connection = http.client.HTTPConnection("docker")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.arguments.docker)  # And no deadline: it hangs with Docker.
        connection.request("GET", target)
        response = connection.getresponse()
        body = response.read()
        return body if response.status == http.HTTPStatus.OK else b""

    def _add(self, network_id: str, netdevice: str, gateway: str, vlan: int, prefix: str) -> None:
        adapter = self.adapters.get(netdevice) or Adapter(self.arguments.sys, netdevice, self.arguments.vfs)
        if vlan and any(network.adapter is adapter and network.vlan == vlan for network in self.networks.values()):
            raise Refusal("vlan already exist")
        adapter.networks += 1  # For a network that it has, too.
        self.adapters[netdevice] = adapter
        self.networks[network_id] = Network(adapter, gateway, vlan, prefix)

    # What Docker asks

    def create_network(self, body: JSON) -> JSON:
        options = (body.get("Options") or {}).get("com.docker.network.generic") or {}
        pools = body.get("IPv4Data") or []
        if not pools or not pools[0].get("Gateway"):
            raise Refusal("Network gateway config miss.")
        if not options.get("netdevice"):
            raise Refusal("Network device config miss.")
        vlan = int(options["vlan"]) if options.get("vlan", "").isdecimal() else 0
        gateway = pools[0]["Gateway"]
        self._add(body["NetworkID"], options["netdevice"], gateway, vlan, options.get("prefix", "eth"))
        entry = self.arguments.state / body["NetworkID"] / "config.json"
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text(json.dumps({
            "Version": 1, "Netdevice": options["netdevice"], "Mode": options.get("mode", "sriov"), "Subnet": "",
            "Gateway": gateway, "vlan": vlan, "Privileged": options.get("privileged") == "1"}))
        return {}

    def delete_network(self, body: JSON) -> JSON:
        network = self.networks.pop(body["NetworkID"], None)
        shutil.rmtree(self.arguments.state / body["NetworkID"], ignore_errors=True)
        if network:
            network.adapter.networks -= 1
            if network.adapter.networks == 0:
                network.adapter.switch_off()
                self.adapters.pop(network.adapter.name, None)
        return {}

    def create_endpoint(self, body: JSON) -> JSON:
        network = self.networks.get(body["NetworkID"])
        if not network:
            raise Refusal(f"Plugin can not find network [ {body['NetworkID']} ].")
        mac = (body.get("Interface") or {}).get("MacAddress", "")
        network.endpoints[body["EndpointID"]] = network.adapter.take(mac)
        return {"Interface": {}}

    def _endpoint(self, body: JSON) -> tuple[Network, int | str]:
        network = self.networks.get(body["NetworkID"])
        if not network:
            raise Refusal(f"Can not find network [ {body['NetworkID']} ].")
        if body["EndpointID"] not in network.endpoints:
            raise Refusal(f"Cannot find endpoint by id: {body['EndpointID']}")
        return network, network.endpoints[body["EndpointID"]]

    def join(self, body: JSON) -> JSON:
        network, vf = self._endpoint(body)
        return {
            "InterfaceName": {"SrcName": network.adapter.netdev(vf), "DstPrefix": network.prefix},
            "Gateway": str(ipaddress.ip_interface(network.gateway).ip), "DisableGatewayService": False}

    def endpoint_info(self, body: JSON) -> JSON:
        network, vf = self._endpoint(body)
        return {"Value": {"srcName": network.adapter.netdev(vf)}}

    def leave(self, body: JSON) -> JSON:
        self._endpoint(body)
        return {}

    def delete_endpoint(self, body: JSON) -> JSON:
        network, vf = self._endpoint(body)
        network.adapter.taken.discard(vf)
        del network.endpoints[body["EndpointID"]]
        return {}
