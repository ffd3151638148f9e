"""The driver of a PF is loaded anew below a running network plugin, which has read the VFs that were there before."""
from harness.docker import CONTAINERS, LOG, PLUGIN, containers_run, creations, inspect, saved_with_docker, wait_for_docker_phase
from harness.expect import PF, equal
from harness.machine import Machine
from harness.product import failed_units, is_as_saved, restored, wait_for_unit

VARIANT = "docker"
BEFORE = saved_with_docker
ADDRESS = PF.rsplit("/", 1)[1]


def load_anew(machine: Machine) -> None:
    machine.run(f"echo {ADDRESS} > /sys/bus/pci/drivers/mlx5_core/unbind")
    wait_for_unit(machine, PF, "inactive")
    machine.run(f": > {LOG}; echo {ADDRESS} > /sys/bus/pci/drivers/mlx5_core/bind")
    wait_for_unit(machine, PF, "active")


def started_at(machine: Machine) -> str:
    return str(inspect(machine, PLUGIN)[0]["State"]["StartedAt"])


def containers_are_stopped(machine: Machine) -> None:
    """The plugin reads the count once and looks netdevs up at each start: it is not restarted, and containers can start."""
    machine.boot()
    restored(machine)
    wait_for_docker_phase(machine)
    machine.run(f"docker stop {' '.join(CONTAINERS)}", seconds=120)
    before = started_at(machine)
    load_anew(machine)
    wait_for_docker_phase(machine)
    equal((started_at(machine), creations(machine)), (before, []))
    equal(failed_units(machine), [])
    machine.run(f"docker start {' '.join(CONTAINERS)}", seconds=120)
    containers_run(machine)
    is_as_saved(machine)
    machine.run("sriov-persist status")


def containers_run_on_it(machine: Machine) -> None:
    """Their VFs are gone, and they run: the VFs come back, and each container gets one when it is restarted."""
    before = started_at(machine)
    load_anew(machine)
    wait_for_docker_phase(machine)
    is_as_saved(machine)
    equal((started_at(machine), creations(machine)), (before, []))
    machine.run(f"docker restart {' '.join(CONTAINERS)}", seconds=180)
    containers_run(machine)
    is_as_saved(machine)
    machine.run("sriov-persist status")


SCENARIOS = [containers_are_stopped, containers_run_on_it]
