"""Docker in the guest, with the stand-in for its network plugin, and the networks and containers that the guide has."""
import json
from typing import Any

from .expect import OTHER_PF, PF, boot, equal
from .machine import Machine
from .network import network_of
from .payload import REPOSITORY
from .product import failed_units, is_as_saved, observe, set_up

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
              "-v /etc/docker:/etc/docker -v /var/run:/var/run -v /usr:/usr:ro rdma/sriov-plugin")
NETWORKS = {"sriov_net": ("ibs21", "10.10.1.0/24"), "other_net": ("ibs22", "10.10.2.0/24")}
# Its network, its address, and what of the guide's command is not the same for all.
CONTAINERS = {"always": ("sriov_net", "10.10.1.4", "--restart=always"), "marked": ("sriov_net", "10.10.1.5", ""),
              "other": ("other_net", "10.10.2.4", "--restart=unless-stopped")}


def saved_with_docker(machine: Machine) -> None:
    """BEFORE of the scenarios with Docker: two PFs with four VFs each, and what the guide has, were set up by hand and saved."""
    machine.files |= DAEMON | STAND_IN
    boot(machine)
    set_up(machine, PF, vfs=4)
    set_up(machine, OTHER_PF, vfs=4)
    machine.run(IMAGES, seconds=120)
    machine.run(RUN_PLUGIN, seconds=120)
    machine.wait("[ -S /run/docker/plugins/sriov.sock ]")
    for name, (netdev, subnet) in NETWORKS.items():
        machine.run(f"docker network create -d sriov --subnet={subnet} -o netdevice={netdev} {name}", seconds=120)
    for name, (network, address, options) in CONTAINERS.items():
        machine.run(f"docker run -d --name {name} --net={network} --ip={address} {options} workload", seconds=120)
    machine.run("sriov-persist save --start marked")
    for pf in PF, OTHER_PF:
        machine.put(f"/root/{pf.rsplit('/', 1)[1]}", observe(machine, pf))
    machine.put("/root/networks", network_ids(machine))
    machine.power_off()


def network_ids(machine: Machine) -> str:
    """Docker's own ids of the networks, one a line."""
    return machine.run(f"docker network inspect -f '{{{{.Name}}}} {{{{.Id}}}}' {' '.join(NETWORKS)}")


def inspect(machine: Machine, *names: str) -> list[dict[str, Any]]:
    found = json.loads(machine.run(f"docker inspect --type container {' '.join(names)}"))
    assert isinstance(found, list)
    return found


def orphans(machine: Machine) -> list[str]:
    """Containers that are bound to the id of a network that is gone; one that was not started since is bound to the name."""
    ids = dict(line.split() for line in network_ids(machine).splitlines())
    return [container["Name"].lstrip("/") for container in inspect(machine, *CONTAINERS)
            for name, endpoint in container["NetworkSettings"]["Networks"].items()
            if endpoint["NetworkID"] not in ("", ids.get(name))]


def wait_for_unit(machine: Machine, unit: str = UNIT, state: str = "active", seconds: float = 180) -> None:
    machine.wait(f"[ $(systemctl show -P ActiveState {unit}) = {state} ]", seconds)


def wait_for_docker_phase(machine: Machine) -> None:
    """All units that work on Docker are ready."""
    for unit in UNIT, network_of(PF), network_of(OTHER_PF):
        wait_for_unit(machine, unit)


def entered(machine: Machine, *units: str) -> list[float]:
    """When the units became active, in seconds since the kernel's start."""
    return [int(machine.run(f"systemctl show -P ActiveEnterTimestampMonotonic {unit}")) / 1e6 for unit in units]


# Of each netdev of a container: its name, its PCI function, its hardware address; then the addresses that it has.
LOOK_INSIDE = """cd /sys/class/net; for dev in *; do echo $dev $(readlink $dev/device) $(cat $dev/address); done; ip -o -4 addr"""


def has_vf(machine: Machine, name: str) -> None:
    """The container runs, and its eth0 is the netdev of a VF of its network's PF, with its fixed address and the VF's GUID."""
    network, address, _ = CONTAINERS[name]
    lines = machine.run(f"docker exec {name} sh -c '{LOOK_INSIDE}'").splitlines()
    words = next((line.split() for line in lines if line.startswith("eth0 ")), [])
    has_address = any(line.split()[1:4] == ["eth0", "inet", f"{address}/24"] for line in lines)
    assert len(words) == 3 and has_address, f"{name} has no VF with {address}: {lines}"
    function, hardware_address = words[1].rsplit("/", 1)[1], words[2]
    vfs = machine.run(f"cd {PF if network == 'sriov_net' else OTHER_PF}; for vf in virtfn*; do "
                      "echo $(basename $(readlink $vf)) $(cat sriov/${vf#virtfn}/port); done")
    port_guid = dict(line.split() for line in vfs.splitlines()).get(function)
    assert port_guid and hardware_address.endswith(port_guid), f"eth0 of {name} is of {function}, VFs are {vfs}"


def containers_run(machine: Machine) -> None:
    """All of them, by themselves or as they are marked; none is orphaned."""
    for name in CONTAINERS:
        has_vf(machine, name)
    equal(orphans(machine), [])


def is_usable_as_saved(machine: Machine) -> None:
    """Everything at once: VFs, networks under the ids that they had, containers; and none of our units has failed."""
    containers_run(machine)
    equal(network_ids(machine), machine.run("cat /root/networks"))
    is_as_saved(machine)
    equal(failed_units(machine), [])
    machine.run("sriov-persist status")


def creations(machine: Machine) -> list[dict[str, Any]]:
    """Each CreateNetwork that the plugin was sent since the log was emptied; none without the saved VFs."""
    entries = [json.loads(line) for line in machine.run(f"cat {LOG}").splitlines()]
    found = [entry for entry in entries if entry["method"] == "NetworkDriver.CreateNetwork"]
    equal([entry["numvfs"] for entry in found], [4] * len(found))
    return found


def probed_vfs(machine: Machine) -> list[int]:
    """How many VFs of each PF had a driver at any time of this boot."""
    probed = machine.run("dmesg | grep -o 'mlx5_core 0000:0[12]:00.[1-7]: firmware version' | sort -u")
    return [probed.count(f" 0000:{bus}:") for bus in ("01", "02")]
