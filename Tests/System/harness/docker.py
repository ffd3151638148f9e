"""Docker in the guest, with the stand-in for its network plugin, and the networks and containers that the guide has."""
import json
from typing import Any

from .expect import OTHER_PF, PF, boot, equal
from .machine import Machine
from .network import network_of
from .payload import REPOSITORY
from .product import observe, set_up, unit_of

UNIT = "sriov-persist-docker.service"
VFS_UNIT = "sriov-persist-vfs.service"
PLUGIN = "sriov-plugin"
LOG = "/etc/docker/stand-in.log"
# A boot is quicker without.
DAEMON = {"/etc/docker/daemon.json": '{"iptables": false, "bridge": "none"}\n'}
STAND_IN = {f"/usr/lib/sriov-test/stand-in/{path.name}": path.read_bytes()
            for path in (REPOSITORY / "Tests/StandIn").iterdir() if path.is_file()}
# The first has the guest's own Python; the second nothing but busybox.
IMAGES = f"""set -e
    cd $(mktemp -d)
    mkdir -p plugin/opt workload/bin
    for link in bin lib lib64; do ln -s usr/$link plugin/$link; done
    cp -r /usr/lib/sriov-test/stand-in plugin/opt
    tar -C plugin -c . | docker import --change 'CMD ["/opt/stand-in/sriov-plugin", "--log", "{LOG}"]' - rdma/sriov-plugin
    cp /bin/busybox workload/bin
    for name in cat ip ls ping readlink sh sleep; do ln -s busybox workload/bin/$name; done
    tar -C workload -c . | docker import --change 'CMD ["sh", "-c", "trap exit TERM; sleep 1000000 & wait"]' - workload"""
# The guide's command, with a name, and Python.
RUN_PLUGIN = (f"docker run -d --name {PLUGIN} --net=host --privileged -v /run/docker/plugins:/run/docker/plugins "
              "-v /etc/docker:/etc/docker -v /var/run:/var/run -v /usr:/usr:ro {options} rdma/sriov-plugin")
NETWORKS = {"sriov_net": ("ibs21", "10.10.1.0/24"), "other_net": ("ibs22", "10.10.2.0/24")}
# Its network, its address, and what of the guide's command is not the same for all.
CONTAINERS = {"always": ("sriov_net", "10.10.1.4", "--restart=unless-stopped"), "marked": ("sriov_net", "10.10.1.5", ""),
              "other": ("other_net", "10.10.2.4", "--restart=always")}


def set_up_docker(machine: Machine, plugin_options: str = "") -> None:
    """Two PFs with four VFs each, and Docker on them, all typed by hand and saved; what is to come back is noted."""
    machine.files |= DAEMON | STAND_IN
    boot(machine)
    set_up(machine, PF, vfs=4)
    set_up(machine, OTHER_PF, vfs=4)
    machine.run(IMAGES, seconds=120)
    machine.run(RUN_PLUGIN.format(options=plugin_options), seconds=120)
    wait_for_plugin(machine)
    for name in NETWORKS:
        create(machine, name)
    for name, (network, address, options) in CONTAINERS.items():
        machine.run(f"docker run -d --name {name} --net={network} --ip={address} {options} workload", seconds=120)
    machine.run("sriov-persist save --start marked")
    for pf in PF, OTHER_PF:
        machine.put(f"/root/{pf.rsplit('/', 1)[1]}", observe(machine, pf))
    machine.put("/root/networks", network_ids(machine))


def saved_with_docker(machine: Machine) -> None:
    """BEFORE of the scenarios with Docker: the plugin's container has no restart policy, as in the guide."""
    set_up_docker(machine)
    machine.power_off()


def saved_with_restarted_plugin(machine: Machine) -> None:
    """The same, with a plugin that Docker itself starts."""
    set_up_docker(machine, "--restart=always")
    machine.power_off()


def create(machine: Machine, network: str, options: str = "") -> None:
    netdev, subnet = NETWORKS[network]
    machine.run(f"docker network create -d sriov --subnet={subnet} -o netdevice={netdev} {options} {network}", seconds=120)


def network_ids(machine: Machine) -> str:
    """Docker's own ids of the networks, one a line."""
    return machine.run(f"docker network inspect -f '{{{{.Name}}}} {{{{.Id}}}}' {' '.join(NETWORKS)}")


def wait_for_plugin(machine: Machine) -> None:
    machine.wait("[ -S /run/docker/plugins/sriov.sock ]")


def inspect(machine: Machine, *names: str) -> list[dict[str, Any]]:
    found = json.loads(machine.run(f"docker inspect --type container {' '.join(names)}"))
    assert isinstance(found, list)
    return found


def orphans(machine: Machine) -> list[str]:
    """Containers that are bound to the id of a network that is gone."""
    ids = dict(line.split() for line in network_ids(machine).splitlines())
    return [container["Name"].lstrip("/") for container in inspect(machine, *CONTAINERS)
            for name, endpoint in container["NetworkSettings"]["Networks"].items() if endpoint["NetworkID"] != ids.get(name)]


def wait_for_unit(machine: Machine, unit: str = UNIT, state: str = "active", seconds: float = 180) -> None:
    machine.wait(f"[ $(systemctl show -P ActiveState {unit}) = {state} ]", seconds)


def wait_for_docker_phase(machine: Machine) -> None:
    """All units that work on Docker are ready."""
    for unit in UNIT, network_of(PF), network_of(OTHER_PF):
        wait_for_unit(machine, unit)


def has_vf(machine: Machine, name: str) -> None:
    """The container runs, and has the netdev of a VF of its network's PF, with its fixed address, and with the VF's GUID."""
    network, address, _ = CONTAINERS[name]
    pf = PF if network == "sriov_net" else OTHER_PF
    netdev = machine.run(f"docker exec {name} ip -o -4 addr").split(f" {address}/24 ")[0].split()[-2]
    function = machine.run(f"docker exec {name} readlink /sys/class/net/{netdev}/device").rsplit("/", 1)[1]
    vfs = machine.run(f"cd {pf}; for vf in virtfn*; do echo $(basename $(readlink $vf)) $(cat sriov/${{vf#virtfn}}/port); done")
    guids = dict(line.split() for line in vfs.splitlines())
    assert function in guids, f"{netdev} of {name} is of {function}, VFs are {guids}"
    hardware_address = machine.run(f"docker exec {name} cat /sys/class/net/{netdev}/address")
    assert hardware_address.endswith(guids[function]), f"{hardware_address} of {name} is not {guids[function]}"


def containers_run(machine: Machine) -> None:
    """All of them, by themselves or as they are marked; none is orphaned."""
    for name in CONTAINERS:
        has_vf(machine, name)
    equal(orphans(machine), [])


def requests(machine: Machine, method: str) -> list[dict[str, Any]]:
    """What the plugin was asked in this boot."""
    lines = machine.run(f"cat {LOG}").splitlines()
    return [entry for entry in map(json.loads, lines) if entry["method"] == method]
