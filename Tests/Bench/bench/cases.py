"""What is measured: how many PFs and VFs, how slow the adapter is, and whether its probes overlap."""
from collections.abc import Iterator
from dataclasses import dataclass

from harness.topology import Card

# How many VFs a restore binds at once: driversAtOnce of Sources/Agent/Interpreter.swift. The floor has the same.
AT_ONCE = 8
# Milliseconds per probe at which the targets are judged.
SLOW = 500


@dataclass(frozen=True)
class Size:
    """So many PFs with so many VFs each."""
    pfs: int
    vfs: int

    def __str__(self) -> str:
        return f"{self.pfs}x{self.vfs}"

    @classmethod
    def parse(cls, text: str) -> "Size":
        pfs, vfs = (int(word) for word in text.split("x"))
        return cls(pfs, vfs)

    @property
    def cards(self) -> list[Card]:
        return [Card(index, vfs=max(8, self.vfs)) for index in range(self.pfs)]

    @property
    def addresses(self) -> list[str]:
        return [card.address for card in self.cards]


@dataclass(frozen=True)
class Delay:
    """Milliseconds that the firmware takes to create one VF, and a driver to probe it."""
    create: int
    probe: int

    def __str__(self) -> str:
        return f"{self.create}/{self.probe}"

    @classmethod
    def parse(cls, text: str) -> "Delay":
        create, probe = (int(word) for word in text.split("/"))
        return cls(create, probe)


@dataclass(frozen=True)
class Case:
    size: Size
    delay: Delay
    serialised: bool

    def __str__(self) -> str:
        return f"{self.size} VFs, {self.delay} ms, {'serialised' if self.serialised else 'free to overlap'}"


SIZES = [Size(1, 4), Size(1, 32), Size(2, 16), Size(8, 4)]
# The last one tells a probe's cost apart from a creation's.
DELAYS = [Delay(0, 0), Delay(50, 50), Delay(500, 500), Delay(0, 500)]


def of(size: Size, delays: list[Delay]) -> Iterator[Case]:
    for delay in delays:
        for serialised in (False, True):
            yield Case(size, delay, serialised)
