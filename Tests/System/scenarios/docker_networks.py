"""Networks that are not as they were saved: gone, different, made again as the guide has it. And VFs that somebody else uses."""
from harness.docker import (CONTAINERS, LOG, NETWORKS, PLUGIN, containers_run, creations, inspect, network_ids, orphans,
                            saved_with_docker, wait_for_docker_phase)
from harness.expect import PF, equal
from harness.machine import Machine
from harness.product import failed_units, is_as_saved, restored

VARIANT = "docker"
BEFORE = saved_with_docker
ON_NETWORK = [name for name, (network, _, _) in CONTAINERS.items() if network == "sriov_net"]


def states(machine: Machine) -> list[str]:
    return [container["State"]["Status"] for container in inspect(machine, *ON_NETWORK)]


def remove(machine: Machine) -> None:
    """As a person does; the plugin then switches SR-IOV off."""
    machine.run(f"docker stop {' '.join(ON_NETWORK)} && docker network rm sriov_net", seconds=120)
    equal(machine.run(f"cat {PF}/sriov_numvfs"), "0")
    machine.run(f": > {LOG}")


def is_as_before(machine: Machine) -> None:
    """VFs and network are; of the containers the marked one runs, and the one that a person stopped is stopped but usable."""
    is_as_saved(machine)
    equal(orphans(machine), [])
    equal(states(machine), ["exited", "running"])
    machine.run("docker start always", seconds=120)
    containers_run(machine)
    equal(machine.run("docker network inspect -f '{{range .IPAM.Config}}{{.Subnet}}{{end}}' sriov_net"), NETWORKS["sriov_net"][1])
    machine.run("sriov-persist status")


def removed_by_hand(machine: Machine) -> None:
    """A typed restore makes the VFs, and then the network, under another id: its containers are connected to that."""
    machine.boot()
    restored(machine)
    wait_for_docker_phase(machine)
    # One that was told twice of a network never counts it as the last.
    machine.run(f"docker rm -f {PLUGIN} && rm -r /etc/docker/mellanox && sriov-persist restore network", seconds=120)
    # A new plugin does not know which VFs running containers have; those on sriov_net are stopped below.
    machine.run("docker stop other && docker start other", seconds=120)
    before = network_ids(machine)
    remove(machine)
    machine.run("sriov-persist restore", seconds=180)
    assert network_ids(machine) != before
    equal(len(creations(machine)), 1)
    is_as_before(machine)
    machine.run("sriov-persist save")


def different(machine: Machine) -> None:
    """Refused, and nothing is done to it."""
    remove(machine)
    machine.run("sriov-persist restore vfs")
    create_another(machine)
    before = network_ids(machine)
    result = machine.attempt("sriov-persist restore", seconds=120)
    equal(result.status, 78)
    assert "10.10.3.0/24" in result.errors and "--replace-networks" in result.errors, result
    equal(network_ids(machine), before)
    is_as_saved(machine)


def create_another(machine: Machine) -> None:
    machine.run("docker network create -d sriov --subnet=10.10.3.0/24 -o netdevice=ibs21 sriov_net", seconds=60)


def held_outside_docker(machine: Machine) -> None:
    """A VF in another network namespace would go with the network: refused."""
    before = network_ids(machine)
    netdev = machine.run(f"ls {PF}/virtfn2/net")
    machine.run(f"ip netns add box && ip link set {netdev} netns box")
    result = machine.attempt("sriov-persist restore network --replace-networks", seconds=120)
    equal(result.status, 78)
    assert "VF 2 is in use" in result.errors and "network namespace" in result.errors, result
    equal(network_ids(machine), before)
    machine.run(f"ip -n box link show {netdev}")
    is_as_saved(machine)


def replaced(machine: Machine) -> None:
    """Once it is free: removed, with all VFs; these are made again, then the network, and its containers are connected."""
    machine.run("ip netns delete box")
    machine.wait(f"[ -d {PF}/virtfn2/net ]")
    machine.run("sriov-persist restore network --replace-networks", seconds=180)
    is_as_before(machine)


def made_as_the_guide_has_it(machine: Machine) -> None:
    """On a PF without VFs: the plugin has made all eight. A person who says so gets the four, and the network, back."""
    remove(machine)
    create_another(machine)
    equal(machine.run(f"cat {PF}/sriov_numvfs"), "8")
    result = machine.attempt("sriov-persist restore network", seconds=120)
    equal((result.status, machine.run(f"cat {PF}/sriov_numvfs")), (69, "8"))
    machine.run(f": > {LOG}")
    machine.run("sriov-persist restore --replace-networks", seconds=240)
    equal(len(creations(machine)), 1)
    is_as_before(machine)
    equal(failed_units(machine), [])


SCENARIOS = [removed_by_hand, different, held_outside_docker, replaced, made_as_the_guide_has_it]
