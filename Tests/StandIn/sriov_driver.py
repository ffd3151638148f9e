"""The driver half of the stand-in for rdma/sriov-plugin: networks, endpoints, and what it remembers."""

import argparse
import contextlib
import http.client
import ipaddress
import json
import os
import re
import shutil
import socket
from pathlib import Path
from typing import Any

from sriov_hardware import Adapter, Refusal

JSON = dict[str, Any]


class Cut(Exception):
    """It fails on a request, and the connection ends without an answer."""


class Network:
    """On a PF. Its VFs are given out, each to one endpoint."""

    def __init__(self, adapter: Adapter | None, netdevice: str, gateway: str, options: JSON) -> None:
        self.adapter, self.netdevice, self.gateway = adapter, netdevice, gateway
        self.vlan, self.is_privileged = number(options.get("vlan")), options.get("privileged") == "1"
        self.prefix = options.get("prefix", "")
        self.endpoints: dict[str, int | str] = {}
        self.sandboxes: dict[str, str] = {}

    def take(self, mac: str) -> int | str:
        if self.adapter:
            return self.adapter.take(mac, self.vlan, self.is_privileged)
        if self.endpoints:
            raise Refusal("supports only one device")
        return self.netdevice

    def give_back(self, endpoint: str) -> None:
        if self.adapter:
            self.adapter.taken.discard(self.endpoints[endpoint])
        del self.endpoints[endpoint]
        self.sandboxes.pop(endpoint, None)

    def netdev(self, endpoint: str) -> str:
        return self.adapter.netdev_of(self.endpoints[endpoint]) if self.adapter else self.netdevice


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
            # The prefix was never written down.
            options = {"vlan": str(entry["vlan"]), "privileged": "1" if entry["Privileged"] else "0"}
            with contextlib.suppress(Refusal, OSError):
                self._add(name, entry["Netdevice"], entry["Mode"], entry["Gateway"], options)

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

    def _add(self, network_id: str, netdevice: str, mode: str, gateway: str, options: JSON) -> None:
        if mode == "passthrough":
            self.networks[network_id] = Network(None, netdevice, gateway, options)
            return
        vlan, hop_limit = number(options.get("vlan")), options.get("rocehoplimit") or "0"
        if not 0 <= vlan <= 4095:
            raise Refusal("Invalid vlan id given")
        if vlan and any(
                network.adapter and network.netdevice == netdevice and network.vlan == vlan
                for network in self.networks.values()):
            raise Refusal("vlan already exist")
        if not re.fullmatch(r"[+-]?\d+", hop_limit):
            raise Refusal(f'Invalid roceHopLimit: %!(EXTRA *strconv.NumError=strconv.Atoi: parsing "{hop_limit}": '
                          "invalid syntax)")
        if not 0 <= int(hop_limit) <= 255:
            raise Refusal("Valid range of rocehoplimit is: [0..255]")
        adapter = self.adapters.get(netdevice) or Adapter(self.arguments.sys, netdevice, self.arguments.vfs)
        adapter.networks += 1  # For a network that it has, too.
        self.adapters[netdevice] = adapter
        self.networks[network_id] = Network(adapter, netdevice, gateway, options)

    # What Docker asks

    def create_network(self, body: JSON) -> JSON:
        pools = body.get("IPv4Data") or []
        if not pools:
            raise Refusal("Network gateway config miss.")
        options = (body.get("Options") or {}).get("com.docker.network.generic")
        if options is None:
            raise Refusal("invalid options")
        mode = options.get("mode") or "sriov"
        if mode not in ("sriov", "passthrough"):
            raise Refusal("valid modes are: passthrough and sriov")
        if not options.get("netdevice"):
            raise Refusal(f"{mode} mode requires netdevice")
        gateway, netdevice = pools[0].get("Gateway", ""), options["netdevice"]
        self._add(body["NetworkID"], netdevice, mode, gateway, {**options, "prefix": options.get("prefix") or "eth"})
        entry = self.arguments.state / body["NetworkID"] / "config.json"
        entry.parent.mkdir(parents=True, exist_ok=True)
        entry.write_text(json.dumps({
            "Version": 1, "Netdevice": netdevice, "Mode": mode, "Subnet": "", "Gateway": gateway,
            "vlan": number(options.get("vlan")), "Privileged": options.get("privileged") == "1"}))
        return {}

    def delete_network(self, body: JSON) -> JSON:
        network = self.networks.pop(body["NetworkID"], None)
        shutil.rmtree(self.arguments.state / body["NetworkID"], ignore_errors=True)
        if network and network.adapter:
            network.adapter.networks -= 1
            if network.adapter.networks == 0:
                network.adapter.switch_off()
                self.adapters.pop(network.adapter.name, None)
        return {}

    def create_endpoint(self, body: JSON) -> JSON:
        network = self.networks.get(body["NetworkID"])
        if not network:
            raise Refusal(f"Plugin can not find network [ {body['NetworkID']} ].")
        if body.get("Interface") is None:
            raise Cut
        network.endpoints[body["EndpointID"]] = network.take(body["Interface"].get("MacAddress", ""))
        return {"Interface": {"Address": "", "AddressIPv6": "", "MacAddress": ""}}

    def _endpoint(self, body: JSON) -> tuple[Network, str]:
        network = self.networks.get(body["NetworkID"])
        if not network:
            raise Refusal(f"Can not find network [ {body['NetworkID']} ].")
        if body["EndpointID"] not in network.endpoints:
            raise Refusal(f"Cannot find endpoint by id: {body['EndpointID']}")
        return network, body["EndpointID"]

    def join(self, body: JSON) -> JSON:
        network, endpoint = self._endpoint(body)
        if network.sandboxes.get(endpoint):
            raise Refusal(f"Endpoint [{endpoint}] has bean bind to sandbox [{network.sandboxes[endpoint]}]")
        try:
            address, _ = network.gateway.split("/")
            gateway = ipaddress.ip_interface(network.gateway).ip if address else None
        except ValueError as error:
            raise Refusal(
                f"Parse gateway [{network.gateway}] error: invalid CIDR address: {network.gateway}") from error
        network.sandboxes[endpoint] = body.get("SandboxKey", "")
        return {
            "InterfaceName": {"SrcName": network.netdev(endpoint), "DstPrefix": network.prefix},
            "Gateway": str(gateway), "GatewayIPv6": "", "StaticRoutes": None, "DisableGatewayService": False}

    def endpoint_info(self, body: JSON) -> JSON:
        network, endpoint = self._endpoint(body)
        return {"Value": {"id": "", "srcName": network.netdev(endpoint)}}

    def leave(self, body: JSON) -> JSON:
        network, endpoint = self._endpoint(body)
        network.sandboxes.pop(endpoint, None)
        return {}

    def delete_endpoint(self, body: JSON) -> JSON:
        network, endpoint = self._endpoint(body)
        network.give_back(endpoint)
        return {}


def number(text: str | None) -> int:
    """As Go's Atoi, with the error ignored."""
    return int(text) if re.fullmatch(r"[+-]?\d+", text or "") else 0
