"""A PF with 32 VFs, of which one is handed to vfio-pci and one has no driver: saved with MLNX_OFED's driver, restored with that and
with the kernel's own."""
from harness.expect import PF, boot, equal
from harness.machine import Machine
from harness.product import observe, restored, set_up
from harness.topology import Card

FIRMWARE = True
CARDS = [Card(0, vfs=32), Card(1)]
IOMMU = True
VFS = 32
STATE = "/root/0000:01:00.0"


def many_vfs(machine: Machine) -> None:
    """All of them come back, each with its driver."""
    machine.files["/etc/modules-load.d/vfio-pci.conf"] = "vfio-pci\n"
    boot(machine)
    set_up(machine, PF, VFS)
    machine.run(f"""set -e
        cd {PF}/virtfn30
        echo vfio-pci > driver_override
        for vf in 30 31; do basename $(readlink {PF}/virtfn$vf) > {PF}/virtfn$vf/driver/unbind; done
        basename $(readlink {PF}/virtfn30) > /sys/bus/pci/drivers/vfio-pci/bind""")
    machine.run("sriov-persist save")
    machine.put(STATE, observe(machine, PF))
    equal(machine.run(f"grep -c mlx5_core {STATE}; grep -c vfio-pci {STATE}"), "30\n1")
    machine.reboot()
    restored(machine, PF, seconds=300)
    drivers_are_as_saved(machine)


def many_vfs_by_netlink(machine: Machine) -> None:
    """The generation that was saved with the other driver."""
    machine.reboot(kernel="module_blacklist=mlx5_ofed")
    restored(machine, PF, seconds=300)
    drivers_are_as_saved(machine)
    equal(machine.run("sriov-persist status > /dev/null; echo $?"), "0")


def drivers_are_as_saved(machine: Machine) -> None:
    """vfio-pci has its VF in its IOMMU group, and keeps it; the other one has no driver, and none takes it."""
    machine.run("udevadm trigger --subsystem-match=pci --action=add && udevadm settle", seconds=120)
    machine.run(f"""set -e
        [ $(cat {PF}/virtfn30/driver_override) = vfio-pci ]
        [ -c /dev/vfio/$(basename $(readlink {PF}/virtfn30/iommu_group)) ]
        [ ! -e {PF}/virtfn31/driver ]""")


SCENARIOS = [many_vfs, many_vfs_by_netlink]
