"""A host whose RDMA devices keep the kernel's names, as MLNX_OFED's do."""
from harness.expect import OTHER_PF, PF, equal, rdma_device
from harness.machine import Machine
from harness.product import failed_units, restored, saved

BEFORE = saved
RULE = 'ACTION=="add", SUBSYSTEM=="infiniband", PROGRAM="rdma_rename %k NAME_KERNEL"\n'


def not_renamed(machine: Machine) -> None:
    machine.files["/etc/udev/rules.d/60-rdma-persistent-naming.rules"] = RULE
    machine.files["/etc/modprobe.d/faults.conf"] = "options mlx5_core vf_probe_stagger_ms=1500,1500\n"
    machine.boot()
    restored(machine)
    equal(sorted([rdma_device(machine, PF), rdma_device(machine, OTHER_PF)]), ["mlx5_0", "mlx5_1"])
    equal(failed_units(machine), [])


def interleaved(machine: Machine) -> None:
    """The names of both PFs' VFs are mixed, as they were probed at the same time."""
    names = [[int(rdma_device(machine, f"{pf}/virtfn{vf}").removeprefix("mlx5_")) for vf in range(4)] for pf in (PF, OTHER_PF)]
    assert max(names[0]) > min(names[1]) and max(names[1]) > min(names[0]), names


SCENARIOS = [not_renamed, interleaved]
