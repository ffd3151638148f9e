"""How soon an event of the port is answered, and at which cost; a device that goes meanwhile, and one without events."""
import random
import statistics
import time

from harness.expect import CARDS, OTHER_PF, PF, equal
from harness.machine import Machine
from harness.network import (CONFIGURATION, network_of, outages, patience, properties, wait_anew, wait_for_port, wait_for_words,
                             warnings, with_subnet_manager, without_subnet_manager)
from harness.product import failed_units, restored, saved

FIRMWARE = True
BEFORE = saved
NO_SUBNET_MANAGER = "no subnet manager yet"
REPETITIONS = 20
STATE = f"$(echo {PF}/infiniband/*/ports/1/state)"
NOW = "date +%s.%6N"
WATCH = f"""setsid sh -c "until grep -q ACTIVE {STATE}; do sleep 1; done; {NOW} > /tmp/seen" < /dev/null > /dev/null 2>&1 &"""
SEEN = f"""until [ -s /tmp/seen ]; do sleep 0.1; done
    ready=$(systemctl show --timestamp=us+utc -P ActiveEnterTimestamp {network_of(PF)})
    echo $(cat /tmp/seen) $(date -d "$ready" +%s.%6N); rm /tmp/seen"""


def race(machine: Machine) -> list[float]:
    """When the port was about to become ACTIVE, when a loop saw it that looks every second, when the unit was ready."""
    without_subnet_manager(machine, CARDS[0])
    wait_anew(machine, PF)
    wait_for_words(machine, PF, NO_SUBNET_MANAGER)
    machine.run(WATCH)
    time.sleep(random.uniform(1, 2))
    active = machine.run(NOW)
    with_subnet_manager(machine, CARDS[0])
    wait_for_port(machine, PF)
    return [float(word) for word in (active, *machine.run(SEEN).split())]


def seconds_of_cpu(machine: Machine, pf: str) -> float:
    return int(properties(machine, pf, "CPUUsageNSec")[0]) / 1e9


def no_subnet_manager_yet(machine: Machine) -> None:
    """The units wait for one, with the VFs restored."""
    machine.files[CONFIGURATION] = patience(3000)
    machine.boot()
    restored(machine)
    wait_for_words(machine, OTHER_PF, NO_SUBNET_MANAGER)


def figures(machine: Machine) -> None:
    """Said, and not judged: this machine is emulated."""
    began, cpu = time.monotonic(), seconds_of_cpu(machine, OTHER_PF)
    times = [race(machine) for _ in range(REPETITIONS)]
    polling = [polled - active for active, polled, _ in times]
    ours = [ready - active for active, _, ready in times]
    assert min(ours) > 0, ours
    print(f"from just before the port's ACTIVE event to READY: median of {REPETITIONS} {statistics.median(ours) * 1000:.0f} ms, "
          f"most {max(ours) * 1000:.0f} ms; a loop that looks every second: median {statistics.median(polling) * 1000:.0f} ms, "
          f"most {max(polling) * 1000:.0f} ms")
    time.sleep(max(0, 60 - (time.monotonic() - began)))
    used, waited = seconds_of_cpu(machine, OTHER_PF) - cpu, time.monotonic() - began
    print(f"CPU time in 60 s of waiting: {used * 60 / waited * 1000:.0f} ms (measured over {waited:.0f} s)")
    equal(properties(machine, OTHER_PF, "ActiveState"), ["activating"])


def no_provider(machine: Machine) -> None:
    """libibverbs does not know the device: looked at now and then, and the missing package is named."""
    machine.run("mkdir /root/drivers && mv /etc/libibverbs.d/*.driver /root/drivers")
    wait_anew(machine, OTHER_PF)
    wait_for_words(machine, OTHER_PF, f"{NO_SUBNET_MANAGER} (2 s)")
    with_subnet_manager(machine, CARDS[1])
    wait_for_port(machine, OTHER_PF)
    assert "ibverbs-providers" in warnings(machine, OTHER_PF), warnings(machine, OTHER_PF)
    machine.run("mv /root/drivers/*.driver /etc/libibverbs.d")


def removed(machine: Machine) -> None:
    """The wait ends at once, and so does the removal; nothing of ours is left behind or starts again."""
    without_subnet_manager(machine, CARDS[0])
    wait_anew(machine, PF)
    wait_for_words(machine, PF, NO_SUBNET_MANAGER)
    address = PF.rsplit("/", 1)[1]
    machine.run(f"echo {address} > /sys/bus/pci/drivers/mlx5_core/unbind", seconds=20)
    machine.wait(f"[ $(systemctl show -P ExecMainStatus {network_of(PF)}) = 69 ]", seconds=10)
    assert "it was removed while its port was waited for" in outages(machine, PF)[-1], outages(machine, PF)
    wait_for_port(machine, PF, "inactive")
    equal(failed_units(machine), [])


def comes_back(machine: Machine) -> None:
    machine.run(f"echo {PF.rsplit('/', 1)[1]} > /sys/bus/pci/drivers/mlx5_core/bind")
    restored(machine)
    wait_for_words(machine, PF, NO_SUBNET_MANAGER)
    with_subnet_manager(machine, CARDS[0])
    wait_for_port(machine, PF)


SCENARIOS = [no_subnet_manager_yet, figures, no_provider, removed, comes_back]
ON_REQUEST = [figures]
