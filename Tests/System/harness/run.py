"""One run of the tier: several machines at once, each with the scenarios of one file."""
import contextlib
import shutil
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

from . import image
from .expect import CARDS
from .guest import Base, Guest
from .machine import Machine
from .output import Blocks


def tail(path: Path, lines: int) -> str:
    if not path.exists():
        return "(nothing)"
    text = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    return "\n".join(text[-lines:])


def report(machine: Machine) -> None:
    """The reason of a failure, and what the guest said last."""
    traceback.print_exc(file=sys.stdout)
    print(f"--- console, boot {machine.boots}\n{tail(machine.console, 25)}")
    print(f"--- journal, boot {machine.boots}\n{tail(machine.journal_text, 40)}\n---")


class Run:
    """Where its machines' folders are, what is still to do, and how it went so far.

    The bases come first, because files wait for them. Each of JOBS workers takes the next thing that can be begun.
    """

    def __init__(self, guests: list[Guest], names: list[str], product: Path, keep: bool):
        self.names = names
        self.product = product
        self.keep = keep
        self.guests = [guest for guest in guests if guest.wanted(names)]
        self.bases = list(dict.fromkeys(guest.base for guest in self.guests if guest.base))
        # None for one that could not be prepared.
        self.prepared: dict[Base | None, Machine | None] = {None: None}
        self.images = image.prepare_all(guest.variant for guest in self.guests)
        self.emulator = image.emulator() if any(guest.firmware for guest in self.guests) else None
        self.machines: list[Machine] = []
        self.results: list[bool] = []
        self.progress = threading.Condition()

    def all(self, jobs: int) -> list[bool]:
        workers = [threading.Thread(target=self.work, daemon=True) for _ in range(jobs)]
        with contextlib.redirect_stdout(Blocks(sys.stdout)):
            try:
                for worker in workers:
                    worker.start()
                for worker in workers:
                    worker.join()
            finally:
                for machine in list(self.machines):
                    self.leave(machine)
                sys.stdout.flush()
        return self.results

    def work(self) -> None:
        while task := self.next():
            if isinstance(task, Base):
                self.prepare(task)
            else:
                self.results += self.guest(task)
            sys.stdout.flush()

    def next(self) -> Base | Guest | None:
        """What to begin now; waits while all that is left waits for a base."""
        with self.progress:
            while not self.bases and self.guests:
                for guest in self.guests:
                    if guest.base in self.prepared:
                        self.guests.remove(guest)
                        return guest
                self.progress.wait()
            return self.bases.pop(0) if self.bases else None

    def prepare(self, base: Base) -> None:
        machine = Machine(self.folder(base.prepare.__name__), self.images[base.variant], self.product, CARDS, kernel=base.kernel,
                          emulator=self.emulator if base.firmware else None)
        self.machines.append(machine)
        done: Machine | None = machine
        try:
            base.prepare(machine)
        except Exception:  # what begins as it fails, and nothing else
            print(f"{base.prepare.__name__}: FAILED")
            report(machine)
            self.leave(machine)
            done = None
        with self.progress:
            self.prepared[base] = done
            self.progress.notify_all()

    def machine(self, guest: Guest) -> Machine:
        module = guest.module
        return Machine(self.folder(guest.name), self.images[guest.variant], getattr(module, "PRODUCT", self.product),
                       getattr(module, "CARDS", CARDS), before=self.prepared[guest.base], iommu=getattr(module, "IOMMU", False),
                       kernel=guest.kernel, emulator=self.emulator if guest.firmware else None)

    def guest(self, guest: Guest) -> list[bool]:
        """How its scenarios went. After one that failed the next is still run, as it may not depend on it; after two, none."""
        wanted = guest.wanted(self.names)
        if guest.base and not self.prepared[guest.base]:
            print("\n".join(f"{name}: FAILED, as it was not run: {guest.base.prepare.__name__} failed" for name in wanted))
            return [False] * len(wanted)
        machine = self.machine(guest)
        self.machines.append(machine)
        results: list[bool] = []
        for name in wanted:
            if results[-2:] == [False, False]:
                print(f"{name}: FAILED, as it was not run: the two before it failed")
                results.append(False)
            else:
                results.append(self.scenario(guest, name, machine, after_failure=False in results))
        self.leave(machine)
        return results

    def scenario(self, guest: Guest, name: str, machine: Machine, after_failure: bool) -> bool:
        started = time.monotonic()
        note = " (another failed before it in this guest)" if after_failure else ""
        try:
            if after_failure:
                machine.revive()
            guest.scenarios[name](machine)
        except Exception:  # whatever went wrong is this scenario's failure
            print(f"{name}: FAILED after {time.monotonic() - started:.1f} s{note}")
            report(machine)
            return False
        finally:
            sys.stdout.flush()
        print(f"{name}: passed in {time.monotonic() - started:.1f} s{note}", flush=True)
        return True

    def folder(self, name: str) -> Path:
        return Path(tempfile.mkdtemp(prefix=f"sriov-{name[:20]}-"))

    def leave(self, machine: Machine) -> None:
        self.machines.remove(machine)
        machine.power_cut()
        if self.keep:
            print(f"kept {machine.folder}")
        else:
            shutil.rmtree(machine.folder, ignore_errors=True)
