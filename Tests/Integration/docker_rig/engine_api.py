"""The Engine API, as far as the tests set the stage with it and look at what came of it."""

import http.client
import io
import json
import socket
import tarfile
import urllib.parse
from pathlib import Path
from typing import Any

JSON = dict[str, Any]


class APIError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status} {message}")
        self.status = status


def ask(sock: Path, method: str, target: str, body: JSON | bytes | None = None, timeout: float = 90) -> Any:
    """One request over a Unix socket. What both Docker and a plugin say is JSON."""
    answer = ask_bytes(sock, method, target, body, timeout)
    try:
        return json.loads(answer)
    except ValueError:
        return answer.decode()


def ask_bytes(sock: Path, method: str, target: str, body: JSON | bytes | None = None, timeout: float = 90) -> bytes:
    connection = http.client.HTTPConnection("docker", timeout=timeout)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(timeout)
    try:
        connection.sock.connect(str(sock))
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        connection.request(method, target, data, {"Content-Type": "application/json"})
        response = connection.getresponse()
        answer = response.read()
    finally:
        connection.close()
    if response.status >= 400:
        raise APIError(response.status, answer.decode().strip())
    return answer


class Docker:
    """One daemon. Paths without a version mean its newest."""

    def __init__(self, sock: Path) -> None:
        self.socket = sock

    def ask(self, method: str, target: str, body: JSON | bytes | None = None) -> Any:
        return ask(self.socket, method, target, body)

    def import_image(self, name: str, files: dict[str, Path], folders: list[str]) -> None:
        """An image of a few files and folders, as `docker import` makes one."""
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as archive:
            for folder in folders:
                entry = tarfile.TarInfo(folder)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            for path, source in files.items():
                archive.add(source, path)
        self.ask("POST", f"/images/create?fromSrc=-&repo={urllib.parse.quote(name, safe='')}", tar.getvalue())

    def take_image_away(self, name: str) -> bytes:
        """Gives what brings it back by `load_image`, with the id that it had."""
        archive = ask_bytes(self.socket, "GET", f"/images/{name}/get")
        self.ask("DELETE", f"/images/{name}")
        return archive

    def load_image(self, archive: bytes) -> None:
        self.ask("POST", "/images/load", archive)

    def create_network(self, name: str, subnet: str | None = None, netdevice: str | None = "ibs21", **more: Any) -> str:
        body = {"Name": name, "CheckDuplicate": True, "Driver": "sriov", "Options": {}, **more}
        if netdevice:
            body["Options"] = {"netdevice": netdevice, **body["Options"]}
        if subnet and "IPAM" not in more:
            body["IPAM"] = {"Driver": "default", "Config": [{"Subnet": subnet}]}
        return self.ask("POST", "/networks/create", body)["Id"]

    def networks(self, name: str) -> list[JSON]:
        return [network for network in self.ask("GET", "/networks") if network["Name"] == name]

    def network(self, name: str) -> JSON:
        [network] = self.networks(name)
        return self.ask("GET", f"/networks/{network['Id']}")

    def remove_network(self, name: str) -> None:
        self.ask("DELETE", f"/networks/{name}")

    def create_container(
        self, name: str, network: str, address: str | None = None, restart: str = "no", more: JSON | None = None
    ) -> None:
        endpoint = {"IPAMConfig": {"IPv4Address": address}} if address else {}
        self.ask("POST", f"/containers/create?name={name}", {
            "Image": "busybox", "Cmd": ["/bin/busybox", "sleep", "100000"], "StopSignal": "SIGKILL",
            "HostConfig": {"NetworkMode": network, "RestartPolicy": {"Name": restart}, **(more or {})},
            "NetworkingConfig": {"EndpointsConfig": {network: endpoint}}})

    def run(self, name: str, network: str, address: str | None = None, restart: str = "no") -> None:
        self.create_container(name, network, address, restart)
        self.start(name)

    def start(self, name: str) -> None:
        self.ask("POST", f"/containers/{name}/start")

    def stop(self, name: str) -> None:
        self.ask("POST", f"/containers/{name}/stop?t=1")

    def remove(self, name: str) -> None:
        self.ask("DELETE", f"/containers/{name}?force=1")

    def connect(self, name: str, network: str, address: str | None = None) -> None:
        endpoint = {"IPAMConfig": {"IPv4Address": address}} if address else {}
        self.ask("POST", f"/networks/{network}/connect", {"Container": name, "EndpointConfig": endpoint})

    def container(self, name: str) -> JSON:
        return self.ask("GET", f"/containers/{name}/json")

    def is_running(self, name: str) -> bool:
        return bool(self.container(name)["State"]["Running"])

    def address(self, name: str, network: str) -> str:
        return self.container(name)["NetworkSettings"]["Networks"][network]["IPAddress"]

    def orphans(self) -> list[str]:
        """The containers that are bound to the id of a network that is gone."""
        ids = {network["Id"] for network in self.ask("GET", "/networks")}
        containers = [self.container(entry["Id"]) for entry in self.ask("GET", "/containers/json?all=1")]
        return [
            container["Name"] for container in containers
            for endpoint in container["NetworkSettings"]["Networks"].values()
            if endpoint["NetworkID"] and endpoint["NetworkID"] not in ids]
