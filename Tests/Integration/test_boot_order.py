"""No ordering cycle with those that also run early: systemd's own judgement of the boot of a host that has all of them, wherever
its state is."""

import subprocess
import tempfile
import unittest
from pathlib import Path

from docker_rig.engines import Archive

REPOSITORY = Path(__file__).parents[2]
#: Debian's packages whose units are early, or in between the network and Docker.
OTHERS = ("cloud-init", "opensm", "docker.io", "containerd", "rdma-core", "ifupdown", "network-manager")
#: What is started with the boot: by udev, by `systemctl enable`, or by cloud-init's generator.
STARTED = [
    "sriov-persist@0000:b1:00.0.service", "sriov-persist-network@0000:b1:00.0.service", "sriov-persist.service",
    "sriov-persist-vfs.service", "sriov-persist-docker.service", "sriov-persist-health.timer",
    "cloud-init-local.service", "cloud-init.service", "cloud-config.service", "cloud-final.service", "networking.service",
    "NetworkManager.service", "systemd-networkd.service", "systemd-networkd-wait-online.service", "network-online.target",
    "opensm.service", "docker.service", "rdma-hw.target", "rdma-ndd.service", "multi-user.target",
]
EARLY = "sriov-persist@.service"
PF_UNIT = EARLY.replace("@", "@0000:b1:00.0")


def mount(path: str, remote: bool = False, more: str = "") -> dict[str, str]:
    """The unit that systemd-fstab-generator writes for a partition, or for a folder of another host."""
    what, kind, target = ("server:/export", "nfs", "remote-fs") if remote else ("/dev/vda2", "ext4", "local-fs")
    name = path.strip("/").replace("-", "\\x2d").replace("/", "-")
    return {f"{name}.mount": f"[Unit]\nBefore={target}.target\n{more}\n[Mount]\nWhere={path}\nWhat={what}\nType={kind}\n"}


class BootOrderTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.others = Archive(["bookworm"]).unpacked("boot", tuple(f"{name}/bookworm" for name in OTHERS))

    def complaints(self, early: str = "", mounts: dict[str, str] | None = None) -> list[str]:
        """What systemd says of cycles, where EARLY is added to the unit of a PF, and MOUNTS are units beside it."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            for unit in (REPOSITORY / "units").iterdir():
                text = unit.read_text().replace("@bindir@/sriov-persist", "/bin/true")
                (folder / unit.name).write_text(text.replace("[Unit]\n", f"[Unit]\n{early}", 1) if unit.name == EARLY else text)
            for unit_name, text in (mounts or {}).items():
                (folder / unit_name).write_text(text)
            started = [*STARTED, "local-fs.target", "remote-fs.target", *(mounts or {})]
            boot = folder / "boot.target"
            boot.write_text("[Unit]\n" + "".join(f"Wants={unit}\nAfter={unit}\n" for unit in started))
            said = subprocess.run(
                ["systemd-analyze", "verify", "--man=no", str(boot)], capture_output=True, text=True, timeout=120, check=False,
                env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{folder}:{self.others}/lib/systemd/system:"}).stderr
        self.assertEqual([line for line in said.splitlines() if "not found" in line], [])
        return [line for line in said.splitlines() if "cycle" in line]

    def test_there_is_no_cycle(self) -> None:
        self.assertEqual(self.complaints(), [])

    def test_one_would_be_told(self) -> None:
        """As the reference has it: default dependencies, and cloud-init is after the network and before sysinit.target."""
        self.assertNotEqual(self.complaints(early="DefaultDependencies=yes\nAfter=sysinit.target\n"), [])

    def test_there_is_none_where_the_state_is_on_the_network(self) -> None:
        self.assertEqual(self.complaints(mounts=mount("/var/lib/sriov-persist", remote=True)), [])

    def test_the_units_that_may_be_late_wait_for_it(self) -> None:
        for unit in ("sriov-persist-network@0000:b1:00.0.service", "sriov-persist-vfs.service", "sriov-persist.service"):
            with self.subTest(unit=unit):
                state = mount("/var/lib/sriov-persist", remote=True, more=f"After={unit}")
                self.assertNotEqual(self.complaints(mounts=state), [])

    def test_the_pfs_unit_waits_for_a_local_one(self) -> None:
        """One that waited for the PF's unit would be a cycle: so that one waits for it."""
        for path in ("/var", "/var/lib/sriov-persist"):
            with self.subTest(path=path):
                self.assertEqual(self.complaints(mounts=mount(path)), [])
                self.assertNotEqual(self.complaints(mounts=mount(path, more=f"After={PF_UNIT}")), [])


if __name__ == "__main__":
    unittest.main()
