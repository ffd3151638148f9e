"""An mlx5 adapter's /sys as plain files: PFs with MLNX_OFED's driver, all of whose VFs are made and bound."""
from pathlib import Path

DRIVER = "bus/pci/drivers/mlx5_core"
DEVICES = "bus/pci/devices"


def groups(number: int) -> str:
    """Eight bytes as an RDMA device has a GUID: four groups of four digits."""
    return ":".join(f"{number:016x}"[start:start + 4] for start in range(0, 16, 4))


def octets(number: int) -> str:
    """Eight bytes as MLNX_OFED's files have a GUID."""
    return number.to_bytes(8, "big").hex(":")


def write(folder: Path, **lines: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, line in lines.items():
        (folder / name).write_text(f"{line}\n")


def link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def function(sys: Path, address: str, device_id: str, netdev: str, rdma_device: str, node: int, port: int) -> Path:
    """A bound PCI function with its netdev and its RDMA device, whose port is active."""
    folder = sys / DEVICES / address
    write(folder, vendor="0x15b3", device=f"0x{device_id}", driver_override="(null)", **{"class": "0x020700"})
    link(folder / "driver", "../../drivers/mlx5_core")
    link(sys / DRIVER / address, f"../../devices/{address}")
    write(folder / "net" / netdev, type="32", operstate="up", flags="0x1003", ifindex="1")
    device = folder / "infiniband" / rdma_device
    write(device, node_guid=groups(node), board_id="MT_0000000008")
    write(device / "ports/1", link_layer="InfiniBand", state="4: ACTIVE", phys_state="5: LinkUp", lid="0x5", sm_lid="0x1")
    write(device / "ports/1/gids", **{"0": f"fe80:0000:0000:0000:{groups(port)}"})
    return folder


def make_pf(sys: Path, number: int, vfs: int) -> None:
    bus = 0xb1 + number
    address, guid = f"0000:{bus:02x}:00.0", 0x0c42_a103_0000_0000 | bus << 16
    pf = function(sys, address, "1017", f"ibs{21 + number}", f"mlx5_{number}", guid, guid)
    write(pf, sriov_totalvfs=str(vfs), sriov_numvfs=str(vfs), sriov_drivers_autoprobe="1", mlx5_num_vfs=str(vfs))
    for index in range(vfs):
        routing = 1 + index
        place = f"0000:{bus:02x}:{routing >> 3:02x}.{routing & 7}"
        node, port = guid | 0x100 + index, guid | 0x200 + index
        vf = function(sys, place, "1018", f"ibs{21 + number}v{index}", f"mlx5_{number}v{index}", node, port)
        link(vf / "physfn", f"../{address}")
        link(pf / f"virtfn{index}", f"../{place}")
        write(pf / "sriov" / str(index), node=octets(node), port=octets(port), policy="Follow")


def make(sys: Path, pfs: int, vfs: int) -> None:
    for number in range(pfs):
        make_pf(sys, number, vfs)
