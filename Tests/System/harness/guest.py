"""The files of scenarios: which there are, and what the machine of each is to be."""
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from .image import SYSTEM
from .machine import Machine

SCENARIOS = SYSTEM / "scenarios"
# Files that take minutes, the longest first: begun last, one of them would run alone at the end.
LONGEST = ["docker_host", "no_subnet_manager", "unsaved_host", "inbox", "many_vfs", "power_cuts", "package", "subnet_manager",
           "inbox_faults", "restored_host", "held_vfs", "failing_hardware", "changed_host", "missing_device", "fabric"]


@dataclass(frozen=True)
class Base:
    """A host on which something was set up before it was shut down: what the machines of one or more files begin as."""
    prepare: Callable[[Machine], None]
    variant: str
    kernel: str
    firmware: bool


@dataclass(frozen=True)
class Guest:
    """The scenarios of one file: they share a machine, one after another."""
    module: ModuleType

    @property
    def scenarios(self) -> dict[str, Callable[[Machine], None]]:
        shared = getattr(self.module, "SCENARIOS", None)
        if shared:
            return {self.name_of(function): function for function in shared}
        return {self.name: self.module.scenario}

    @property
    def name(self) -> str:
        return self.module.__name__.rsplit(".", 1)[1]

    def name_of(self, function: Callable[[Machine], None]) -> str:
        """Those of another file have this file's name in front."""
        return ("" if function.__module__ == self.module.__name__ else f"{self.name}_") + function.__name__

    @property
    def on_request(self) -> set[str]:
        """Those that judge nothing and only measure: run where they are named."""
        return {function.__name__ for function in getattr(self.module, "ON_REQUEST", [])}

    @property
    def variant(self) -> str:
        return str(getattr(self.module, "VARIANT", "base"))

    @property
    def kernel(self) -> str:
        return str(getattr(self.module, "KERNEL", ""))

    @property
    def firmware(self) -> bool:
        """Whether its cards have emulated firmware, and the kernel's own driver."""
        return bool(getattr(self.module, "FIRMWARE", False))

    @property
    def base(self) -> Base | None:
        prepare = getattr(self.module, "BEFORE", None)
        return Base(prepare, self.variant, self.kernel, self.firmware) if prepare else None

    def wanted(self, names: list[str]) -> list[str]:
        """The scenarios of NAMES that are in this file, and those before them."""
        wanted = [name for name in self.scenarios if name in names or name not in self.on_request]
        while wanted and wanted[-1] not in names:
            wanted.pop()
        return wanted


def all_guests() -> list[Guest]:
    """The longest first."""
    names = sorted(path.stem for path in SCENARIOS.glob("[a-z]*.py"))
    order = [*LONGEST, *(name for name in names if name not in LONGEST)]
    return [Guest(importlib.import_module(f"scenarios.{name}")) for name in order]
