"""What the rules make of an mlx5 adapter's netdevs and RDMA devices, by udev's own interpreter on a mocked /sys."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from docker_rig.engines import Archive

REPOSITORY = Path(__file__).parents[2]
RULES = [REPOSITORY / "udev/91-sriov-persist.rules", REPOSITORY / "docs/examples/92-sriov-persist-vfs.rules"]
PF = "/devices/pci0000:b0/0000:b0:00.0/0000:b1:00.0"
VF = "/devices/pci0000:b0/0000:b0:00.0/0000:b1:00.1"
OTHER = "/devices/pci0000:b0/0000:b0:00.0/0000:b2:00.1"
DRIVER = "E: DRIVER=mlx5_core\nL: driver=../../../../bus/pci/drivers/mlx5_core"
#: Below the PF a switchdev representor and a sub-function as well, which are neither PF nor VF. The last is another vendor's VF.
DEVICES = {
    PF: f"E: SUBSYSTEM=pci\n{DRIVER}\nA: sriov_totalvfs=8",
    f"{PF}/infiniband/mlx5_0": "E: SUBSYSTEM=infiniband\nA: ports/1/link_layer=InfiniBand\nL: device=../../../0000:b1:00.0",
    f"{PF}/net/ibs21": "E: SUBSYSTEM=net\nE: INTERFACE=ibs21\nE: IFINDEX=101\nL: device=../../../0000:b1:00.0",
    f"{PF}/net/eth0":
        "E: SUBSYSTEM=net\nE: INTERFACE=eth0\nE: IFINDEX=102\nA: phys_port_name=pf0vf0\nL: device=../../../0000:b1:00.0",
    f"{PF}/mlx5_core.sf.4": "E: SUBSYSTEM=auxiliary\nL: driver=../../../../../bus/auxiliary/drivers/mlx5_core.sf",
    f"{PF}/mlx5_core.sf.4/net/sf0":
        "E: SUBSYSTEM=net\nE: INTERFACE=sf0\nE: IFINDEX=103\nL: device=../../../mlx5_core.sf.4",
    VF: f"E: SUBSYSTEM=pci\n{DRIVER}\nL: physfn=../0000:b1:00.0",
    f"{VF}/infiniband/mlx5_1": "E: SUBSYSTEM=infiniband\nA: ports/1/link_layer=InfiniBand\nL: device=../../../0000:b1:00.1",
    f"{VF}/net/ibs21v0": "E: SUBSYSTEM=net\nE: INTERFACE=ibs21v0\nE: IFINDEX=104\nL: device=../../../0000:b1:00.1",
    OTHER: "E: SUBSYSTEM=pci\nE: DRIVER=ice\nL: driver=../../../../bus/pci/drivers/ice\nL: physfn=../0000:b1:00.0",
    f"{OTHER}/net/ens2v0": "E: SUBSYSTEM=net\nE: INTERFACE=ens2v0\nE: IFINDEX=105\nL: device=../../../0000:b2:00.1",
}
#: PFs that need no IPoIB netdev: one of MLNX_OFED's driver, and an Ethernet one with RoCE.
for number, (file, link_layer) in enumerate({"A: sriov/0/node=0\n": "InfiniBand", "": "Ethernet"}.items(), 1):
    pf = f"/devices/pci0000:c{number}/0000:c{number}:00.0"
    DEVICES[pf] = f"E: SUBSYSTEM=pci\n{DRIVER}\n{file}A: sriov_totalvfs=8"
    DEVICES[f"{pf}/infiniband/mlx5_{number + 1}"] = \
        f"E: SUBSYSTEM=infiniband\nA: ports/1/link_layer={link_layer}\nL: device=../../../0000:c{number}:00.0"
UNITS = "sriov-persist@0000:b1:00.0.service sriov-persist-network@0000:b1:00.0.service"
#: The rules alone, and nothing that udev keeps goes to the host.
IN_NAMESPACE = """
mount -t tmpfs none /run; mount -t tmpfs none /etc; mkdir -p /etc/udev/rules.d $SAVED; cp $RULES /etc/udev/rules.d
exec "$UDEVADM" test --action="$ACTION" "/sys$DEVICE"
"""


class UdevRulesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        # Unpacked: to install udev would start it.
        packages = ("udev", "umockdev", "libumockdev0", "libgudev-1.0-0", "libpcap0.8", "libdbus-1-3", "libglib2.0-0")
        cls.tools = Archive(["bookworm"]).unpacked("udev", tuple(f"{name}/bookworm" for name in packages))
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.adapter = Path(folder.name) / "adapter.umockdev"
        cls.adapter.write_text("\n\n".join(f"P: {path}\n{rest}" for path, rest in DEVICES.items()) + "\n")

    def judged(self, device: str, action: str, saved: str = "") -> str:
        """What udev says to an event, where generations are in the folder SAVED."""
        result = subprocess.run(
            [self.tools / "usr/bin/umockdev-run", "-d", self.adapter, "--", "unshare", "-rm", "sh", "-ec", IN_NAMESPACE],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
            env={**os.environ, "LD_LIBRARY_PATH": str(self.tools / "usr/lib/x86_64-linux-gnu"), "SAVED": saved,
                 "RULES": " ".join(map(str, RULES)), "UDEVADM": str(self.tools / "bin/udevadm"),
                 "ACTION": action, "DEVICE": device})
        self.assertEqual(result.returncode, 0, result.stdout)
        complaints = re.findall(r"^.*sriov-persist[^:\n]*\.rules:\d+ (?!RUN).*$", result.stdout, re.MULTILINE)
        self.assertEqual(complaints, [])
        return result.stdout

    def properties(self, device: str, action: str = "add") -> dict[str, str]:
        """What udev knows of a device after an event."""
        said = self.judged(device, action)
        pairs = [line.partition("=") for line in said.splitlines() if "=" in line and line.split("=")[0].isupper()]
        found = {name: value for name, _, value in pairs}
        self.assertEqual(found.get("DEVPATH"), device, said)
        return found

    def loads_ipoib(self, device: str, action: str = "add", saved: str = "/etc/sriov-persist/generations") -> bool:
        return "run: 'kmod load ib_ipoib'" in self.judged(device, action, saved)

    def test_an_infiniband_pf_of_the_kernels_own_driver_gets_its_ipoib_netdev(self) -> None:
        device = f"{PF}/infiniband/mlx5_0"
        for action in ("add", "move"):
            self.assertTrue(self.loads_ipoib(device, action), action)
        self.assertFalse(self.loads_ipoib(device, action="change"))
        self.assertFalse(self.loads_ipoib(device, saved=""), "nothing is saved")
        for other in DEVICES:
            if "/infiniband/" in other and other != device:
                with self.subTest(device=other):
                    self.assertFalse(self.loads_ipoib(other))

    def test_a_pf_starts_its_units_with_every_event_but_remove(self) -> None:
        for device in (f"{PF}/net/ibs21", f"{PF}/infiniband/mlx5_0"):
            for action in ("add", "change", "move", "bind"):
                with self.subTest(device=device, action=action):
                    found = self.properties(device, action)
                    self.assertEqual(found.get("SYSTEMD_WANTS"), UNITS)
                    self.assertIn(":systemd:", found["TAGS"])
            self.assertNotIn("SYSTEMD_WANTS", self.properties(device, "remove"))

    def test_nothing_is_started_for_vfs_and_sub_functions(self) -> None:
        for device in (f"{VF}/net/ibs21v0", f"{VF}/infiniband/mlx5_1", f"{PF}/mlx5_core.sf.4/net/sf0", f"{OTHER}/net/ens2v0"):
            with self.subTest(device=device):
                self.assertNotIn("SYSTEMD_WANTS", self.properties(device))

    def test_the_example_marks_vfs_netdevs_and_no_others(self) -> None:
        for action in ("add", "change", "move"):
            found = self.properties(f"{VF}/net/ibs21v0", action)
            self.assertEqual((found.get("NM_UNMANAGED"), found.get("SRIOV_PERSIST_VF")), ("1", "1"), action)
        for device in (f"{PF}/net/ibs21", f"{PF}/net/eth0", f"{PF}/mlx5_core.sf.4/net/sf0", f"{OTHER}/net/ens2v0"):
            with self.subTest(device=device):
                self.assertEqual({"NM_UNMANAGED", "SRIOV_PERSIST_VF"} & set(self.properties(device)), set())


if __name__ == "__main__":
    unittest.main()
