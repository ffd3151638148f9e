"""What scenarios do with sriov-persist, and what they look at."""
from .expect import OTHER_PF, PF, boot, equal
from .machine import Machine


GATE = "sriov-persist.service"


def unit_of(pf: str) -> str:
    return f"sriov-persist@{pf.rsplit('/', 1)[1]}.service"


def set_up(machine: Machine, pf: str, vfs: int, policy: str = "Follow") -> None:
    """What the guide types, and GUIDs, before a driver has the VFs."""
    machine.run(f"""set -e
        cd {pf}
        echo 0 > sriov_drivers_autoprobe
        echo {vfs} > sriov_numvfs
        echo 1 > sriov_drivers_autoprobe
        bus=$(basename {pf} | cut -d: -f2)
        for vf in $(seq 0 {vfs - 1}); do
            vf {pf} $vf node b8:3f:d2:03:00:$bus:01:$(printf %02x $vf)
            vf {pf} $vf port b8:3f:d2:03:00:$bus:02:$(printf %02x $vf)
            vf {pf} $vf policy {policy}
            basename $(readlink virtfn$vf) > /sys/bus/pci/drivers/mlx5_core/bind
        done""", seconds=180)


def observe(machine: Machine, pf: str) -> str:
    """Everything that a restore is to bring back, as the kernel tells it."""
    return machine.run(f"""set -e
        cd {pf}
        echo count $(cat sriov_numvfs) autoprobe $(cat sriov_drivers_autoprobe)
        for vf in $(seq 0 $(($(cat sriov_numvfs) - 1))); do
            echo $vf $(vf {pf} $vf) $(basename "$(readlink virtfn$vf/driver)") \
                $(cat virtfn$vf/infiniband/*/node_guid virtfn$vf/infiniband/*/ports/1/gids/0)
        done""")


def wait_for_unit(machine: Machine, pf: str, state: str, seconds: float = 120) -> None:
    machine.wait(f"[ $(systemctl show -P ActiveState {unit_of(pf)}) = {state} ]", seconds)


def wait_for_end(machine: Machine, unit: str) -> None:
    """Until the unit is active and its process has said all that it has to say."""
    machine.wait(f"[ $(systemctl show -P SubState {unit}) = exited ]")


def failed_units(machine: Machine) -> list[str]:
    """Failed units of ours."""
    return machine.run("systemctl list-units --failed --plain --no-legend 'sriov-persist*' | cut -d' ' -f1").split()


def saved(machine: Machine) -> None:
    """BEFORE of most scenarios: two PFs with four VFs each were set up by hand and saved, and the host was shut down."""
    boot(machine)
    set_up(machine, PF, vfs=4)
    set_up(machine, OTHER_PF, vfs=4)
    machine.run("sriov-persist save")
    for pf in PF, OTHER_PF:
        machine.put(f"/root/{pf.rsplit('/', 1)[1]}", observe(machine, pf))
    machine.power_off()


def saved_state(machine: Machine, pf: str) -> str:
    """What observe told before the host was shut down."""
    return machine.run(f"cat /root/{pf.rsplit('/', 1)[1]}")


def is_as_saved(machine: Machine, *pfs: str) -> None:
    """Everything of the PFs, all of them if none is named, is as it was before the host was shut down."""
    for pf in pfs or (PF, OTHER_PF):
        equal(observe(machine, pf), saved_state(machine, pf))


def restored(machine: Machine, *pfs: str, seconds: float = 120) -> None:
    """The units of the PFs, all of them if none is named, have become active, and all is as saved."""
    for pf in pfs or (PF, OTHER_PF):
        wait_for_unit(machine, pf, "active", seconds)
    is_as_saved(machine, *pfs)


def invocation(machine: Machine, unit: str) -> str:
    """Changes with each start of the unit."""
    return machine.run(f"systemctl show -P InvocationID {unit}")


def messages(machine: Machine, pf: str) -> str:
    """What we said of the PF in the current run of its unit."""
    entries = machine.journal("-b", "-t", "sriov-persist", f"_SYSTEMD_INVOCATION_ID={invocation(machine, unit_of(pf))}")
    return "\n".join(entry["MESSAGE"] for entry in entries)


def refused_by_unit(machine: Machine, pf: str) -> None:
    """The PF's unit fails with the status of a refusal, which systemd does not retry."""
    wait_for_unit(machine, pf, "failed")
    properties = machine.run(f"systemctl show -p ExecMainStatus,NRestarts {unit_of(pf)}")
    equal(sorted(properties.splitlines()), ["ExecMainStatus=78", "NRestarts=0"])
