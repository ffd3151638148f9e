"""scripts/test-system: run scenarios, one machine for each file of them."""
import argparse
import importlib
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from . import image, payload
from .expect import CARDS
from .machine import Machine

SCENARIOS = image.SYSTEM / "scenarios"


def tail(path: Path, lines: int) -> str:
    if not path.exists():
        return "(nothing)"
    text = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    return "\n".join(text[-lines:])


def report(machine: Machine | None) -> None:
    """The reason of a failure, and what the guest said last."""
    traceback.print_exc(file=sys.stdout)
    if machine:
        print(f"--- console, boot {machine.boots}\n{tail(machine.console, 25)}")
        print(f"--- journal, boot {machine.boots}\n{tail(machine.journal_text, 40)}\n---", flush=True)


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


Prepare = Callable[[Machine], None]


def folder_for(name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"sriov-{name[:20]}-"))


class Run:
    """One run of the tier: where its machines' folders are, and the machines that others begin as."""

    def __init__(self, product: Path, keep: bool):
        self.product = product
        self.keep = keep
        self.before: dict[tuple[Prepare, str], Machine] = {}

    def machine(self, name: str, guest: Guest) -> Machine:
        module = guest.module
        variant = image.prepare(getattr(module, "VARIANT", "base"))
        prepare = getattr(module, "BEFORE", None)
        kernel = getattr(module, "KERNEL", "")
        product = getattr(module, "PRODUCT", self.product)
        return Machine(folder_for(name), variant, product, getattr(module, "CARDS", CARDS),
                       before=self.prepared(prepare, variant, kernel) if prepare else None,
                       iommu=getattr(module, "IOMMU", False), kernel=kernel)

    def prepared(self, prepare: Prepare, variant: image.Image, kernel: str) -> Machine:
        """A machine of this variant on which PREPARE was done, once in a run, and that is off now."""
        key = prepare, kernel
        if key not in self.before:
            machine = Machine(folder_for(prepare.__name__), variant, self.product, CARDS, kernel=kernel)
            try:
                prepare(machine)
            except Exception:
                report(machine)
                self.leave(machine)
                raise
            self.before[key] = machine
        return self.before[key]

    def guest(self, guest: Guest, names: list[str]) -> list[bool]:
        """The scenarios of NAMES that are in this file, and those before them; one that fails takes the later ones along."""
        wanted = [name for name in guest.scenarios if name in names or name not in guest.on_request]
        while wanted and wanted[-1] not in names:
            wanted.pop()
        if not wanted:
            return []
        results: list[bool] = []
        machine = None
        started = time.monotonic()
        try:
            machine = self.machine(wanted[0], guest)
            started = time.monotonic()
            for name in wanted:
                guest.scenarios[name](machine)
                results.append(True)
                print(f"{name}: passed in {time.monotonic() - started:.1f} s", flush=True)
                started = time.monotonic()
        except Exception:  # whatever went wrong is this scenario's failure, and the next guest's turn
            print(f"{wanted[len(results)]}: FAILED after {time.monotonic() - started:.1f} s", flush=True)
            report(machine)
            for name in wanted[len(results) + 1:]:
                print(f"{name}: FAILED, as it was not run", flush=True)
            results += [False] * (len(wanted) - len(results))
        finally:
            if machine:
                self.leave(machine)
        return results

    def leave(self, machine: Machine) -> None:
        machine.power_cut()
        if self.keep:
            print(f"kept {machine.folder}")
        else:
            shutil.rmtree(machine.folder)

    def end(self) -> None:
        for machine in self.before.values():
            self.leave(machine)


def shell(product: Path) -> None:
    """A guest with a root shell on this terminal; it ends with the shell's `poweroff`."""
    with tempfile.TemporaryDirectory(prefix="sriov-shell-") as folder:
        machine = Machine(Path(folder), image.prepare(), product, CARDS)
        try:
            machine.boot(shell=True)
            assert machine.process
            machine.process.wait()
        finally:
            machine.power_cut()


def main() -> int:
    parser = argparse.ArgumentParser(prog="test-system", description="Boot a virtual machine with a virtual mlx5 adapter and run "
                                     "scenarios in it.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a scenario; all without one")
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    parser.add_argument("--keep", action="store_true", help="keep each scenario's folder: disk, console, journal")
    parser.add_argument("--shell", action="store_true", help="a root shell in a guest instead of scenarios")
    parser.add_argument("--product", type=Path, metavar="FOLDER",
                        help="the installed files of the product; without it they are built from this repository")
    options = parser.parse_args()

    guests = [Guest(importlib.import_module(f"scenarios.{path.stem}")) for path in sorted(SCENARIOS.glob("[a-z]*.py"))]
    known = [name for guest in guests for name in guest.scenarios]
    usual = [name for guest in guests for name in guest.scenarios if name not in guest.on_request]
    if options.list:
        print("\n".join(known))
        return 0
    unknown = set(options.names) - set(known)
    if unknown:
        parser.error(f"no such scenario: {' '.join(sorted(unknown))}")

    with tempfile.TemporaryDirectory(prefix="sriov-product-") as folder:
        product = options.product or payload.install_product(Path(folder))
        if options.shell:
            shell(product)
            return 0
        started = time.monotonic()
        run = Run(product, options.keep)
        try:
            results = [result for guest in guests for result in run.guest(guest, options.names or usual)]
        finally:
            run.end()
    print(f"system tier: {time.monotonic() - started:.0f} s")
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
