"""What was changed behind our back is told by status, check, the journal and the health timer's metrics, and put right."""
import json

from harness.expect import CARDS, OTHER_PF, PF, equal
from harness.machine import Machine
from harness.product import failed_units, is_as_saved, restored, saved, unit_of, wait_for_end

FIRMWARE = True
BEFORE = saved
SERVICE, TIMER = "sriov-persist-health.service", "sriov-persist-health.timer"
METRICS = "/run/sriov-persist/sriov-persist.prom"
ADDRESS, OTHER_ADDRESS = (pf.rsplit("/", 1)[1] for pf in (PF, OTHER_PF))
HEALTHY, UNHEALTHY = "8b942c4974e84bc2b6fd40d528a9be4f", "ec7148c3e35e4d78a7d192ce38b8b470"


def look(machine: Machine) -> list[dict[str, str]]:
    """The entries of one run of the health service."""
    machine.run(f"systemctl start {SERVICE}")
    invocation = machine.run(f"systemctl show -P InvocationID {SERVICE}")
    return machine.journal("-b", "-t", "sriov-persist", f"_SYSTEMD_INVOCATION_ID={invocation}")


def verdicts(machine: Machine, finding: str) -> dict[str, str]:
    """What `check` says of one thing, by PF."""
    document = json.loads(machine.attempt("sriov-persist check --json").output)
    return {entry.get("pf", ""): entry["verdict"] for entry in document["findings"] if entry["id"] == finding}


def metric(machine: Machine, name: str, address: str) -> float:
    line = machine.run(f"grep '^sriov_persist_{name}{{pci=\"{address}\"' {METRICS}")
    return float(line.rsplit(" ", 1)[1])


def healthy(machine: Machine) -> None:
    """Everybody may read status and metrics; the first look is told, the second is not."""
    machine.boot()
    restored(machine)
    for pf in PF, OTHER_PF:
        wait_for_end(machine, unit_of(pf))
    entries = look(machine)
    equal([(entry["SRIOV_PCI"], entry["MESSAGE_ID"], entry["PRIORITY"]) for entry in entries],
          [(ADDRESS, HEALTHY, "5"), (OTHER_ADDRESS, HEALTHY, "5")])
    equal(look(machine), [])
    # Nor does systemd tell of each start and end.
    equal(len(machine.journal("-b", "-u", SERVICE)), 2)
    equal(machine.run(f"stat -c '%a %U' {METRICS}"), "644 root")
    equal([metric(machine, name, ADDRESS) for name in ("vfs_wanted", "vfs_present", "vfs_verified", "drift")], [4, 4, 4, 0])
    equal(verdicts(machine, "vf-policy"), {ADDRESS: "ok", OTHER_ADDRESS: "ok"})
    equal(verdicts(machine, "verbs"), {ADDRESS: "ok", OTHER_ADDRESS: "ok"})
    status = machine.attempt("setpriv --reuid=65534 --regid=65534 --clear-groups sriov-persist status")
    equal((status.status, status.errors), (0, ""))
    for address in ADDRESS, OTHER_ADDRESS:
        assert f"{address} (" in status.output and "4 of 4  4         Follow" in status.output, status.output
    equal(failed_units(machine), [])


def policy_changed(machine: Machine) -> None:
    machine.run(f"echo Down > {PF}/sriov/2/policy")
    status = machine.attempt("sriov-persist status")
    equal(status.status, 1)
    assert "VF 2: policy is Down, wanted Follow\n    remedy: " in status.output, status.output
    equal(verdicts(machine, "vf-policy"), {ADDRESS: "problem", OTHER_ADDRESS: "ok"})
    [entry] = look(machine)
    equal((entry["SRIOV_PCI"], entry["SRIOV_RESULT"], entry["MESSAGE_ID"], entry["PRIORITY"]), (ADDRESS, "drift", UNHEALTHY, "3"))
    assert "VF 2: policy is Down, wanted Follow" in entry["MESSAGE"], entry
    equal(look(machine), [])
    equal([metric(machine, "drift", address) for address in (ADDRESS, OTHER_ADDRESS)], [1, 0])


def vfs_removed(machine: Machine) -> None:
    """Another change is another entry; the service changed nothing, and did not fail."""
    machine.run(f"echo 0 > {PF}/sriov_numvfs")
    equal(verdicts(machine, "vf-count"), {ADDRESS: "problem", OTHER_ADDRESS: "ok"})
    [entry] = look(machine)
    assert "VFs 0-3: missing" in entry["MESSAGE"], entry
    equal([metric(machine, name, ADDRESS) for name in ("vfs_wanted", "vfs_present", "vfs_verified")], [4, 0, 0])
    equal(machine.run(f"cat {PF}/sriov_numvfs"), "0")
    equal(machine.run(f"systemctl show -P Result {SERVICE}"), "success")


def explained(machine: Machine) -> None:
    """`journalctl -x` has the catalog's text, with the PF's address filled in."""
    machine.run("journalctl --update-catalog")
    text = machine.run(f"journalctl -b -x --no-pager -t sriov-persist SRIOV_PCI={ADDRESS}", seconds=120)
    for words in (f"The VFs of {ADDRESS} are as they were saved", "What was looked at is not as it was saved",
                  "Somebody changed it on purpose:  sriov-persist save"):
        assert words in text, text
    # The name of a field that is not set is left where its value should be.
    assert OTHER_ADDRESS not in text and "SRIOV_" not in text, text


def restore_under_way(machine: Machine) -> None:
    """While a restore is at work, nothing is told of its PF."""
    machine.set(CARDS[0], enable_delay_ms=4000)
    machine.run("setsid sh -c 'sriov-persist restore vfs; touch /tmp/ended' < /dev/null > /dev/null 2>&1 &")
    machine.wait("sriov-persist status | grep -q 'restore in progress'")
    equal([entry for entry in look(machine) if entry["SRIOV_PCI"] == ADDRESS], [])
    equal(metric(machine, "restore_in_progress", ADDRESS), 1)
    machine.wait("[ -e /tmp/ended ]", seconds=60)
    machine.set(CARDS[0], enable_delay_ms=0)
    is_as_saved(machine)
    equal([entry["SRIOV_RESULT"] for entry in look(machine)], ["ok"])
    equal(metric(machine, "pf_healthy", ADDRESS), 1)


def timer(machine: Machine) -> None:
    """It starts the service again and again."""
    # Read after the drop-in that keeps it from ticking in the other scenarios.
    machine.put(f"/run/systemd/system/{TIMER}.d/z.conf",
                "[Timer]\nOnBootSec=\nOnActiveSec=1s\nOnUnitActiveSec=3s\nAccuracySec=100ms\n")
    machine.run(f"systemctl daemon-reload && systemctl restart {TIMER}")
    for _ in range(2):
        before = machine.run(f"systemctl show -P InvocationID {SERVICE}")
        machine.wait(f"[ \"$(systemctl show -P InvocationID {SERVICE})\" != '{before}' ]", seconds=60)
    equal(failed_units(machine), [])


def skipped_without_generations(machine: Machine) -> None:
    """With nothing saved the service is skipped, and the timer goes on: it runs once something is saved."""
    machine.run("mv /var/lib/sriov-persist/generations /root/generations")
    machine.wait(f"[ $(systemctl show -P ConditionResult {SERVICE}) = no ]", seconds=60)
    machine.run("mv /root/generations /var/lib/sriov-persist/generations")
    machine.wait(f"[ $(systemctl show -P ConditionResult {SERVICE}) = yes ]", seconds=60)
    machine.run(f"systemctl stop {TIMER}")
    equal(failed_units(machine), [])


SCENARIOS = [healthy, policy_changed, vfs_removed, explained, restore_under_way, timer, skipped_without_generations]
