"""The virtual adapter itself: VF count, MLNX_OFED's files and the VFs' identities behave like mlx5's."""
from harness.expect import OTHER_PF, PF, ZERO_GUID, boot, equal, rdma_device, refused
from harness.machine import Machine


def scenario(machine: Machine) -> None:
    boot(machine)
    looks_like_mlx5(machine)
    counts(machine)
    attributes(machine)
    identity(machine)
    without_autoprobe(machine)
    memory_of_the_driver(machine)
    machine.power_off()
    boot(machine)
    equal(machine.run(f"cat {PF}/sriov_numvfs {PF}/mlx5_num_vfs; ls {PF}/sriov"), "0\n0")
    machine.run(f"echo 1 >{PF}/sriov_numvfs")
    equal(machine.run(f"cd {PF}/sriov/0; cat node port policy"), f"{ZERO_GUID}\n{ZERO_GUID}\nDown")


def looks_like_mlx5(machine: Machine) -> None:
    equal(machine.run(f"cd {PF}; cat vendor device class sriov_totalvfs"), "0x15b3\n0x101b\n0x020700\n8")
    equal(machine.run(f"readlink -f {PF}/driver {OTHER_PF}/driver"), "\n".join(["/sys/bus/pci/drivers/mlx5_core"] * 2))
    equal(machine.run(f"stat -c %a {PF}/mlx5_num_vfs"), "600")
    equal(rdma_device(machine, PF), "ibp1s0")
    equal(rdma_device(machine, OTHER_PF), "ibp2s0")
    equal(machine.run("cd /sys/class/infiniband/ibp1s0; cat node_guid board_id hca_type fw_ver hw_rev ports/1/link_layer"),
          "b83f:d203:0010:0000\nMT_0000000223\nMT4123\n20.31.1014\n0\nInfiniBand")
    equal(machine.run("cat /sys/class/infiniband/ibp2s0/node_guid"), "b83f:d203:0011:0000")


def counts(machine: Machine) -> None:
    machine.run(f"echo 4 >{PF}/sriov_numvfs")
    equal(machine.run(f"cd {PF}; ls -d virtfn*; ls sriov"), "virtfn0\nvirtfn1\nvirtfn2\nvirtfn3\n0\n1\n2\n3")
    equal(machine.run(f"for n in 0 1 2 3; do basename $(readlink {PF}/virtfn$n/driver); done"), "\n".join(["mlx5_core"] * 4))
    machine.run("udevadm settle")
    # rdma_rename gives a VF the name of its PF, unless the card has several functions; that name is taken, so VFs keep theirs.
    equal(machine.run("ls /sys/class/infiniband"), "ibp1s0\nibp2s0\nmlx5_0\nmlx5_1\nmlx5_2\nmlx5_3")
    machine.wait("[ -d /sys/class/net/ibs21v3 ]")
    equal(machine.run(f"cat {PF}/virtfn3/device"), "0x101c")
    for file in ("sriov_numvfs", "mlx5_num_vfs"):
        refused(machine, f"echo 2 >{PF}/{file}", "busy")
        refused(machine, f"echo 99 >{PF}/{file}", "out of range")
        refused(machine, f"echo many >{PF}/{file}", "Invalid argument")
        machine.run(f"echo 4 >{PF}/{file}")
        equal(machine.run(f"cat {PF}/{file}"), "4")
    machine.run(f"echo 0x0 >{PF}/mlx5_num_vfs")
    equal(machine.run(f"cat {PF}/sriov_numvfs; ls {PF}/sriov; ls -d {PF}/virtfn* 2>/dev/null | wc -l"), "0\n0")
    machine.run(f"echo 8 >{PF}/mlx5_num_vfs; echo 2 >{OTHER_PF}/sriov_numvfs")
    machine.run("udevadm settle")
    equal(machine.run("ls /sys/class/infiniband | wc -l"), "12")
    machine.run(f"echo 0 >{PF}/sriov_numvfs; echo 0 >{OTHER_PF}/sriov_numvfs")


def attributes(machine: Machine) -> None:
    machine.run(f"echo 4 >{PF}/sriov_numvfs")
    vf = f"{PF}/sriov/2"
    equal(machine.run(f"cd {vf}; ls; stat -c %a node; cat node port policy"), f"node\npolicy\nport\n644\n{ZERO_GUID}\n{ZERO_GUID}\nDown")
    for word in ("Follow", "Up", "Down"):
        machine.run(f"echo {word} >{vf}/policy")
        equal(machine.run(f"cat {vf}/policy"), word)
    for word in ("follow", "Follower", "", "Up "):
        refused(machine, f"echo '{word}' >{vf}/policy", "Invalid argument")
    machine.run(f"echo 'B8:3f:d2:3:0:0:a:01 and more' >{vf}/node")
    equal(machine.run(f"cat {vf}/node"), "b8:3f:d2:03:00:00:0a:01")
    for guid in (ZERO_GUID, "ff:ff:ff:ff:ff:ff:ff:ff"):
        machine.run(f"echo {guid} >{vf}/port")
        equal(machine.run(f"cat {vf}/port"), guid)
    for text in ("b8:3f:d2:03:00:00:0a", "b83fd20300000a01", "b8:3f:d2:03:00:00:0a:xx"):
        refused(machine, f"echo {text} >{vf}/port", "Invalid argument")
    machine.run(f"echo 0 >{PF}/sriov_numvfs")
    # The files come before the VFs: in that time all but VF 0 are invalid to read, and the count itself blocks its readers.
    debug = "/sys/kernel/debug/mlx5_core/0000:01:00.0"
    machine.run(f"echo 1000 >{debug}/vf_create_delay_ms; (echo 3 >{PF}/sriov_numvfs) >/dev/null 2>&1 & sleep 1")
    equal(machine.run(f"cd {PF}; ls sriov; ls -d virtfn* 2>/dev/null; cat sriov/0/policy"), "0\n1\n2\nDown")
    refused(machine, f"cat {PF}/sriov/1/policy", "Invalid argument")
    equal(machine.run(f"cat {PF}/sriov_numvfs {PF}/sriov/1/policy"), "3\nDown")
    machine.run(f"echo 0 >{debug}/vf_create_delay_ms; echo 0 >{PF}/sriov_numvfs")


def identity(machine: Machine) -> None:
    """A GUID takes effect when the VF's driver is bound anew, not before."""
    machine.run(f"echo 1 >{PF}/sriov_numvfs; udevadm settle")
    vf = machine.run(f"readlink -f {PF}/virtfn0")
    device = rdma_device(machine, vf)
    machine.run(f"cd {PF}/sriov/0; echo b8:3f:d2:03:00:00:0a:01 >node; echo b8:3f:d2:03:00:00:0b:01 >port; echo Follow >policy")
    equal(machine.run(f"cat /sys/class/infiniband/{device}/node_guid"), "0000:0000:0000:0000")
    machine.run(f"cd {vf}/driver; echo {vf[-12:]} >unbind; echo {vf[-12:]} >bind; udevadm settle")
    device = rdma_device(machine, vf)
    equal(machine.run(f"cd /sys/class/infiniband/{device}; cat node_guid ports/1/gids/0"),
          "b83f:d203:0000:0a01\nfe80:0000:0000:0000:b83f:d203:0000:0b01")
    machine.run(f"echo 0 >{PF}/sriov_numvfs")


def without_autoprobe(machine: Machine) -> None:
    machine.run(f"echo 0 >{PF}/sriov_drivers_autoprobe; echo 2 >{PF}/sriov_numvfs")
    equal(machine.run(f"ls -d {PF}/virtfn*/driver 2>/dev/null | wc -l; ls {PF}/sriov"), "0\n0\n1")
    vf = machine.run(f"basename $(readlink {PF}/virtfn1)")
    refused(machine, f"echo {vf} >/sys/bus/pci/drivers/mlx5_core/bind", "No such device")
    machine.run(f"echo 1 >{PF}/sriov_drivers_autoprobe; echo {vf} >/sys/bus/pci/drivers_probe; [ -d {PF}/virtfn1/driver ]")
    machine.run(f"echo 0 >{PF}/sriov_numvfs")


def memory_of_the_driver(machine: Machine) -> None:
    """The driver sends GUIDs and policy again after count 0, until the PF is unbound."""
    machine.run(f"echo 2 >{PF}/sriov_numvfs")
    machine.run(f"cd {PF}/sriov/1; echo b8:3f:d2:03:00:00:0a:02 >node; echo b8:3f:d2:03:00:00:0b:02 >port; echo Follow >policy")
    machine.run(f"echo 0 >{PF}/sriov_numvfs; echo 2 >{PF}/sriov_numvfs")
    equal(machine.run(f"cd {PF}/sriov/1; cat node port policy"), "b8:3f:d2:03:00:00:0a:02\nb8:3f:d2:03:00:00:0b:02\nFollow")
    machine.run("cd /sys/bus/pci/drivers/mlx5_core; echo 0000:01:00.0 >unbind; echo 0000:01:00.0 >bind")
    equal(machine.run(f"cat {PF}/sriov_numvfs; ls {PF}/sriov"), "0")
    machine.run(f"echo 2 >{PF}/sriov_numvfs")
    equal(machine.run(f"cd {PF}/sriov/1; cat node port policy"), f"{ZERO_GUID}\n{ZERO_GUID}\nDown")
