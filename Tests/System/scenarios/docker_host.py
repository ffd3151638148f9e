"""A host with the guide's Docker network: it comes back from a reboot, and lives through what happens to Docker."""
from harness.docker import (CONTAINERS, UNIT, VFS_UNIT, containers_run, has_vf, network_ids, requests, saved_with_docker,
                            wait_for_docker_phase)
from harness.expect import OTHER_PF, PF, equal
from harness.machine import Machine
from harness.network import network_of
from harness.product import failed_units, is_as_saved, restored

VARIANT = "docker"
BEFORE = saved_with_docker


def came_back(machine: Machine) -> None:
    """After a boot all is back by itself: VFs before Docker, networks, containers with their VFs and addresses."""
    machine.boot()
    restored(machine)
    wait_for_docker_phase(machine)
    containers_run(machine)
    equal(network_ids(machine), machine.run("cat /root/networks"))
    is_as_saved(machine)
    equal(failed_units(machine), [])
    machine.run("sriov-persist status")
    print(machine.run("systemctl show -p Id,ActiveEnterTimestampMonotonic,StatusText docker.service sriov-persist*.service; docker ps -a; journalctl -b -t sriov-persist -o short-monotonic"))


SCENARIOS = [came_back]
