"""A host on which nothing was ever saved; and what can be tried on it."""
import re

from harness.expect import CARDS, CONTROL, OTHER_PF, PF, ZERO_GUID, boot, equal, refused
from harness.machine import Machine
from harness.network import network_of
from harness.payload import REPOSITORY
from harness.product import GATE, failed_units, unit_of

FIRMWARE = True
CONTRACT = "/usr/libexec/kernel-contract"
UNITS = ["sriov-persist@0000:01:00.0.service", "sriov-persist-network@0000:01:00.0.service", "sriov-persist-docker.service",
         "sriov-persist-vfs.service", GATE]
# systemd's own measure, lower is better; what each unit has now.
EXPOSURE = dict(zip(UNITS, [1.7, 1.4, 1.4, 1.2, 1.2]))


def no_snapshot(machine: Machine) -> None:
    """Nothing fails and nothing is written."""
    boot(machine)
    equal(machine.run(f"cat {PF}/sriov_numvfs {OTHER_PF}/sriov_numvfs"), "0\n0")
    for unit in unit_of(PF), unit_of(OTHER_PF), network_of(PF), network_of(OTHER_PF), *UNITS[2:]:
        equal(machine.run(f"systemctl show -P ActiveState,ConditionResult {unit}").split(), ["inactive", "no"])
    equal(failed_units(machine), [])
    equal(machine.journal("-b", "-t", "sriov-persist"), [])
    machine.run("[ ! -e /var/lib/sriov-persist ] || [ -z \"$(find /var/lib/sriov-persist -type f)\" ]")


def unit_files(machine: Machine) -> None:
    """systemd finds nothing wrong with the units, and they are as confined as they were."""
    equal(machine.run("systemd-analyze verify --man=no sriov-persist@.service sriov-persist-network@.service "
                      "sriov-persist-docker.service sriov-persist-vfs.service sriov-persist.service 2>&1", seconds=120), "")
    for unit, limit in EXPOSURE.items():
        line = machine.run(f"systemd-analyze security {unit} --no-pager | tail -n 1", seconds=120)
        score = re.search(r": ([0-9.]+) ", line)
        assert score and float(score[1]) <= limit, line


def generated_guids(machine: Machine) -> None:
    """VFs made as the guide has it, which sets no GUIDs: they get some that stay."""
    machine.run(f"echo 2 > {OTHER_PF}/sriov_numvfs; for vf in 0 1; do echo Follow > {OTHER_PF}/sriov/$vf/policy; done")
    machine.wait("[ -d /sys/class/net/ibs22v1 ]")
    saved = machine.run("sriov-persist save --pf 0000:02:00.0 --generate-guids")
    assert "sriov-persist restore" in saved, saved
    machine.run("sriov-persist restore vfs")
    guids = machine.run(f"cat {OTHER_PF}/sriov/[01]/node {OTHER_PF}/sriov/[01]/port").split()
    assert ZERO_GUID not in guids and len({*guids[:2]}) == len({*guids[2:]}) == 2, guids
    # Bound anew, the VFs' own devices have them; and there is nothing left to do.
    equal(machine.run(f"cat {OTHER_PF}/virtfn[01]/infiniband/*/node_guid").replace(":", ""), "\n".join(guids[:2]).replace(":", ""))
    devices = machine.run(f"ls -i {OTHER_PF}/virtfn?/infiniband")
    assert "nothing written" in machine.run("sriov-persist restore vfs")
    machine.run("sriov-persist save --pf 0000:02:00.0 --generate-guids && sriov-persist restore vfs")
    equal(machine.run(f"cat {OTHER_PF}/sriov/[01]/node {OTHER_PF}/sriov/[01]/port").split(), guids)
    equal(machine.run(f"ls -i {OTHER_PF}/virtfn?/infiniband"), devices)


def older_release(machine: Machine) -> None:
    """Releases of MLNX_OFED refuse a count in their own ways. From here on, the guest has the files of an older one."""
    refused(machine, f"echo 999 > {PF}/mlx5_num_vfs", "Numerical result out of range")
    machine.run("""modprobe -r ib_ipoib mlx5_ib mlx5_core mlx5_ofed
        modprobe mlx5_ofed release=2407 && modprobe mlx5_core && modprobe ib_ipoib""", seconds=120)
    refused(machine, f"echo 999 > {PF}/mlx5_num_vfs", "Invalid argument")


def contract(machine: Machine) -> None:
    """The kernel contract, to which `swift test` holds the simulated kernel, holds for this kernel and adapter as well."""
    holds_contract(machine)


def holds_contract(machine: Machine) -> str:
    """What the run of the contract said."""
    machine.put(CONTRACT, (REPOSITORY / ".build/dist/kernel-contract").read_bytes())
    # Time to look while VFs are being made.
    if machine.emulator:
        machine.set(CARDS[0], enable_delay_ms=200)
    else:
        machine.run(f"echo 200 > {CONTROL}/vf_create_delay_ms")
    result = machine.attempt(f"chmod 755 {CONTRACT} && {CONTRACT} 0000:01:00.0", seconds=300)
    assert result.status == 0, result.output + result.errors
    return result.output


SCENARIOS = [no_snapshot, unit_files, generated_guids, older_release, contract]
