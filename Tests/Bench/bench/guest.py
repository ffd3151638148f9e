"""A machine that begins each measurement from the state after a boot, and looks at what is there after it."""
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.image import Image
from harness.machine import Machine
from harness.product import set_up

from .cases import Case, Size
from .contenders import FOLDER, OURS, Contender

PCI = "/sys/bus/pci"
OUTPUT = f"{FOLDER}/output"
# The slowest: 32 VFs, each created and probed twice, and what an emulated machine adds.
LIMIT = 600


class Void(Exception):
    """What was measured did not do its work: the time says nothing."""


@dataclass(frozen=True)
class Taken:
    """What one run took, as programs/measure.c tells it."""
    wall: float  # s
    user: float  # s
    system: float  # s
    memory: float  # KiB, the peak of the largest process
    # The contender's own report, where it has one.
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def cpu(self) -> float:
        return self.user + self.system


class Guest:
    """Booted with the product's units switched off, so that nothing is restored but by who is measured."""

    def __init__(self, folder: Path, image: Image, product: Path, size: Size, files: dict[str, str | bytes]):
        self.size = size
        self.machine = Machine(folder, image, product, size.cards, kernel="sriov_persist=off mlx5_core.vf_devices_ms=0", cpus=2)
        self.machine.files |= files

    def start(self) -> None:
        """Boot, set the wanted state up by hand, and save it."""
        self.machine.boot()
        self.await_netdevs()
        for address in self.size.addresses:
            set_up(self.machine, f"{PCI}/devices/{address}", vfs=self.size.vfs)
        self.machine.run("sriov-persist save", seconds=LIMIT)
        self.wanted = self.state()

    def await_netdevs(self) -> None:
        self.machine.wait(" && ".join(f"[ -d /sys/class/net/{card.netdev} ]" for card in self.size.cards), seconds=120)

    def state(self) -> list[list[str]]:
        """The lines of guest/state, in words."""
        # By then no RDMA device is renamed any more.
        text = self.machine.run(f"udevadm settle --timeout=60; {FOLDER}/state {' '.join(self.size.addresses)}", seconds=LIMIT)
        return [line.split() for line in text.splitlines()]

    def clean(self, case: Case) -> None:
        """As after a boot: the drivers of the PFs have forgotten their VFs, autoprobe is on, and udevd has nothing to do."""
        addresses = " ".join(self.size.addresses)
        self.machine.run(f"""set -e
            for pf in {addresses}; do
                echo 0 > {PCI}/devices/$pf/sriov_numvfs
                echo 1 > {PCI}/devices/$pf/sriov_drivers_autoprobe
                echo $pf > {PCI}/drivers/mlx5_core/unbind
                echo $pf > {PCI}/drivers/mlx5_core/bind
            done""", seconds=LIMIT)
        self.await_netdevs()
        self.machine.run(f"""set -e
            udevadm settle --timeout=60
            for pf in {addresses}; do
                cd /sys/kernel/debug/mlx5_core/$pf
                echo {case.delay.create} > vf_create_delay_ms
                echo {case.delay.probe} > vf_probe_delay_ms
                echo {int(case.serialised)} > vf_probe_serialised
            done""", seconds=90)

    def measured(self, command: str) -> Taken:
        result = self.machine.attempt(f"{FOLDER}/measure {FOLDER}/taken {command} > {OUTPUT}", seconds=LIMIT)
        if result.status:
            raise Void(f"{command}: status {result.status}: {result.errors[-2000:]}")
        taken = json.loads(self.machine.run(f"cat {FOLDER}/taken"))
        return Taken(**taken)

    def report(self, result: str) -> dict[str, Any]:
        """What the product's last --json told, of whose PFs all must have this result."""
        report = json.loads(self.machine.run(f"cat {OUTPUT}"))
        assert isinstance(report, dict)
        results = {adapter["result"] for adapter in report["adapters"]}
        if results != {result}:
            raise Void(f"a restore of which all should be {result} was {results}")
        return report

    def run(self, contender: Contender, case: Case) -> Taken:
        """One measurement, from the clean state to a state that was looked at."""
        self.clean(case)
        contender.before(self.machine, self.size)
        try:
            taken = self.measured(contender.command(self.size))
        finally:
            contender.after(self.machine, self.size)
        self.check(contender)
        if contender is not OURS:
            return taken
        return Taken(taken.wall, taken.user, taken.system, taken.memory, self.report("restored"))

    def check(self, contender: Contender) -> None:
        found = self.state()
        if [line[:2] for line in found] != [line[:2] for line in self.wanted]:
            raise Void(f"{contender.name}: {len(found)} lines of PFs and VFs, wanted {len(self.wanted)}")
        for line, wanted in zip(found, self.wanted):
            wrong = [column for column in contender.restores if len(line) > 3 and line[column] != wanted[column]]
            if wrong:
                raise Void(f"{contender.name}: {' '.join(line)}, wanted {' '.join(wanted)}")

    def end(self) -> None:
        self.machine.power_cut()
