"""A host with the guide's Docker network comes back from a reboot, and lives through what happens to Docker. What needs neither a
boot nor systemd is shown on several Dockers, by Tests/Integration/test_docker_*.py."""
import re

from harness.docker import (CONTAINERS, LOG, PLUGIN, UNIT, VFS_UNIT, creations, entered, inspect,
                            is_usable_as_saved, probed_vfs, saved_with_docker, wait_for_docker_phase, wait_for_unit)
from harness.expect import CARDS, OTHER_PF, PF, equal
from harness.machine import Machine
from harness.network import OPENSM, network_of
from harness.product import GATE, invocation, restored, unit_of

VARIANT = "docker"
FIRMWARE = True
BEFORE = saved_with_docker
HEALTH = "sriov-persist-health.service"
METRICS = "/run/sriov-persist/sriov-persist.prom"
# What a person types who knows what is gone: the guide's VFs and policies, the plugin's container, the workload's.
TYPED = f"""set -e
    for pf in {PF} {OTHER_PF}; do
        echo 4 > $pf/mlx5_num_vfs
        for vf in 0 1 2 3; do echo Follow > $pf/sriov/$vf/policy; done
    done
    docker start {PLUGIN}
    until [ -S /run/docker/plugins/sriov.sock ]; do sleep 0.1; done
    docker start {' '.join(CONTAINERS)}"""


def came_back(machine: Machine) -> None:
    """After a boot all is there by itself: the VFs before Docker, then networks, containers with their VFs and addresses."""
    machine.boot()
    restored(machine)
    wait_for_docker_phase(machine)
    is_usable_as_saved(machine)
    wait_for_unit(machine, GATE)
    equal(machine.run(f"systemctl show -P StatusText {GATE}"), "2 PFs with 8 VFs as in generation 1, 2 networks usable")
    # From within its sandbox.
    machine.run(f"systemctl start {HEALTH}")
    equal(usable(machine), {"sriov_net": "1", "other_net": "1"})
    order = entered(machine, unit_of(PF), VFS_UNIT, "docker.service", UNIT)
    equal(order, sorted(order))
    equal(probed_vfs(machine), [4, 4])
    networks = machine.journal("-b", "-t", "sriov-persist", f"_SYSTEMD_UNIT={UNIT}", "SRIOV_PHASE=network")
    equal({entry["SRIOV_NETWORK"]: entry["SRIOV_PCI"] for entry in networks if "SRIOV_NETWORK" in entry},
          {"sriov_net": "0000:01:00.0", "other_net": "0000:02:00.0"})
    docker, *ready = entered(machine, "docker.service", UNIT, network_of(PF), network_of(OTHER_PF))
    print(f"from docker.service's READY to networks usable and containers started: {max(ready) - docker:.1f} s")


def containers_reach_each_other(machine: Machine) -> None:
    """Over IPoIB on their VFs, once there is a subnet manager."""
    for path, content in OPENSM.items():
        machine.put(path, content)
    machine.run("systemctl start opensm")
    machine.wait(f"docker exec always ping -c 1 -W 2 {CONTAINERS['marked'][1]}", seconds=60)


def docker_is_killed(machine: Machine) -> None:
    """And restarted by systemd, with the job that `systemctl restart` has."""
    # Docker then stops what still runs, and takes that for a person's stop: no container with unless-stopped comes back.
    machine.run("docker update --restart=always other")
    before, pid = invocation(machine, UNIT), machine.run("systemctl show -P MainPID docker")
    machine.run(f"kill -9 {pid}")
    machine.wait(f"[ $(systemctl show -P MainPID docker) != {pid} ] && systemctl -q is-active docker", seconds=180)
    comes_back_with_docker(machine, before)


def docker_is_stopped(machine: Machine) -> None:
    """It stays stopped, although a connection to its socket would start it, also while it stops; its networks are remembered."""
    before = invocation(machine, UNIT)
    # Its containers do not hear SIGTERM: the daemon lives on for the 10 s that they are given, and no longer answers.
    machine.run("systemctl stop --no-block docker")
    machine.wait("[ $(systemctl show -P ActiveState docker.service) = deactivating ]")
    # Not with check, which reads what a boot runs and takes longer than that.
    looks_do_not_ask_docker(machine)
    equal(machine.run("systemctl show -P ActiveState docker.service"), "deactivating")
    machine.wait("[ $(systemctl show -P ActiveState docker.service) != deactivating ]", seconds=180)
    wait_for_unit(machine, UNIT, "inactive")
    saved = machine.run("sriov-persist show --json")
    for command in "save", "show", "restore vfs":
        machine.run(f"sriov-persist {command}")
    nobody_asks_docker(machine)
    equal(machine.run("systemctl show -P ActiveState docker.socket docker.service").split(), ["active", "inactive"])
    equal(machine.run("sriov-persist show --json"), saved)
    machine.run("systemctl start docker", seconds=180)
    comes_back_with_docker(machine, before)


def nobody_asks_docker(machine: Machine) -> None:
    """Everything that only looks."""
    looks_do_not_ask_docker(machine)
    check = machine.attempt("sriov-persist check")
    assert "problem  docker" in check.output, check


def looks_do_not_ask_docker(machine: Machine) -> None:
    machine.run(f"systemctl start {HEALTH}")
    status = machine.attempt("sriov-persist status")
    assert status.status == 69 and "Docker is not running" in status.output, status


def usable(machine: Machine) -> dict[str, str]:
    """By network; those of which that cannot be told are left out."""
    text = machine.run(f"cat {METRICS}")
    return dict(re.findall(r'^sriov_persist_network_usable{network="([^"]*)".* ([01])$', text, re.MULTILINE))


def comes_back_with_docker(machine: Machine, before: str) -> None:
    wait_for_unit(machine, UNIT)
    assert invocation(machine, UNIT) != before
    is_usable_as_saved(machine)


def late_adapter(machine: Machine) -> None:
    """Docker, which starts the plugin itself here, waits for a PF that is 20 s late: the plugin never makes VFs of its own."""
    machine.run(f"docker update --restart=always {PLUGIN} && sriov-persist save && : > {LOG}")
    machine.set(CARDS[1], pf_init_delay_ms=20000)
    machine.reboot()
    restored(machine)
    wait_for_docker_phase(machine)
    late, docker = entered(machine, unit_of(OTHER_PF), "docker.service")
    assert late < docker, (late, docker)
    equal(probed_vfs(machine), [4, 4])
    creations(machine)
    is_usable_as_saved(machine)
    machine.set(CARDS[1], pf_init_delay_ms=0)
    machine.run(f"docker update --restart=no {PLUGIN}; sriov-persist save")


def typed_by_hand(machine: Machine) -> None:
    """The same boot without us, for comparison: said, and not judged."""
    machine.reboot(kernel="sriov_persist=off")
    machine.wait("systemctl -q is-active docker", seconds=180)
    machine.run(f"for pf in {PF} {OTHER_PF}; do until [ -d $pf/sriov ]; do sleep 1; done; done")
    seconds = machine.run(f"start=$EPOCHREALTIME; ({TYPED}) > /dev/null; echo $start $EPOCHREALTIME", seconds=180).split()
    equal([container["State"]["Status"] for container in inspect(machine, *CONTAINERS)], ["running"] * len(CONTAINERS))
    print(f"the same from a script that types the guide's commands, begun when Docker is ready: "
          f"{float(seconds[1]) - float(seconds[0]):.1f} s")


SCENARIOS = [came_back, containers_reach_each_other, docker_is_killed, docker_is_stopped, late_adapter, typed_by_hand]
ON_REQUEST = [typed_by_hand]
