"""From the port's ACTIVE event to the unit's READY, and from Docker's READY to usable networks: how long, and whether anything
sleeps on the way."""
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import image
from harness.docker import PLUGIN, UNIT, entered, is_usable_as_saved, saved_with_docker, wait_for_docker_phase
from harness.expect import CARDS, OTHER_PF, PF
from harness.machine import Machine
from harness.network import (network_of, wait_anew, wait_for_port, wait_for_words, with_subnet_manager,
                             without_subnet_manager)
from harness.product import restored, saved
from scenarios.port_events import NO_SUBNET_MANAGER, NOW, REPETITIONS, no_subnet_manager_yet, race

from . import waits
from .results import Results

LOG = "/root/strace"
STRACE = f"strace -f -ttt -T -s 1000 -e trace={waits.WAITS},{waits.LOOKS},sendmsg -o {LOG}"


@contextmanager
def begun(prepare: Callable[[Machine], None], product: Path, variant: str) -> Iterator[Machine]:
    """A machine that was prepared and is off."""
    folder = Path(tempfile.mkdtemp(prefix="sriov-bench-"))
    machine = Machine(folder, image.prepare(variant), product, CARDS, cpus=2, emulator=image.emulator())
    try:
        prepare(machine)
        yield machine
    finally:
        machine.power_cut()
        shutil.rmtree(folder)


def port(product: Path, results: Results) -> None:
    with begun(saved, product, "base") as machine:
        no_subnet_manager_yet(machine)
        times = [race(machine) for _ in range(REPETITIONS)]
        results.figures |= {
            "ACTIVE to READY, in the virtual machine: median s": statistics.median(ready - active for active, _, ready in times),
            "ACTIVE to READY, in the virtual machine: most s": max(ready - active for active, _, ready in times),
            "ACTIVE to seen by a loop of 1 s, in the virtual machine: median s":
                statistics.median(polled - active for active, polled, _ in times)}
        found = sleeps_before_ready(machine)
        results.figures["sleeps over 50 ms from ACTIVE to READY"] = len(found)
        results.notes += [f"ACTIVE to READY sleeps: {sleep.call}" for sleep in found]


def sleeps_before_ready(machine: Machine) -> list[waits.Sleep]:
    """In one more wait of the PF's unit, with strace on its process."""
    without_subnet_manager(machine, CARDS[0])
    wait_anew(machine, PF)
    wait_for_words(machine, PF, NO_SUBNET_MANAGER)
    machine.run(f"{STRACE} -p $(systemctl show -P MainPID {network_of(PF)}) > /dev/null 2>&1 &")
    machine.wait(f"[ -s {LOG} ]")
    active = float(machine.run(NOW))
    with_subnet_manager(machine, CARDS[0])
    wait_for_port(machine, PF)
    log = machine.run(f"cat {LOG}")
    return waits.sleeps(log, active, waits.ready(log))


def docker(product: Path, results: Results) -> None:
    """A boot, and then the same run once more, after the plugin was stopped, with strace."""
    with begun(saved_with_docker, product, "docker") as machine:
        machine.boot()
        restored(machine)
        wait_for_docker_phase(machine)
        is_usable_as_saved(machine)
        ready, *usable = entered(machine, "docker.service", UNIT, network_of(PF), network_of(OTHER_PF))
        results.figures["Docker READY to networks usable, at boot of the virtual machine: s"] = max(usable) - ready
        machine.run(f"docker stop {PLUGIN}", seconds=120)
        started = time.monotonic()
        machine.run(f"{STRACE} sriov-persist restore docker", seconds=300)
        results.figures["restore docker with a stopped plugin, under strace: s"] = time.monotonic() - started
        found = waits.sleeps(machine.run(f"cat {LOG}"))
        results.figures["sleeps over 50 ms from a stopped plugin to networks usable"] = len(found)
        results.notes += [f"restore docker sleeps: {sleep.call}" for sleep in found]
