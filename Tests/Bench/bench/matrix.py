"""The matrix in the virtual machine: all contenders in all cases."""
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from harness import image
from harness.machine import MachineError

from . import calls, cases, programs
from .cases import SLOW, Case, Delay, Size
from .contenders import CONTENDERS, FOLDER, OURS
from .guest import LIMIT, OUTPUT, Guest, Taken, Void
from .results import Results, Round, middle

NOTHING_TO_DO = "sriov-persist restore vfs --json"


class Matrix:
    def __init__(self, product: Path, folder: Path, runs: int, results: Results, keep: Callable[[], None]):
        self.product = product
        self.image = image.prepare("netplan")
        self.files = programs.files(programs.build(folder))
        self.runs = runs
        self.results = results
        # Called whenever there is something new, so that an end without warning costs little.
        self.keep = keep

    def size(self, size: Size, delays: list[Delay]) -> None:
        """All cases of one size, in one guest. What fails there is said, and the other sizes' turn comes."""
        folder = Path(tempfile.mkdtemp(prefix=f"sriov-bench-{size}-"))
        guest = Guest(folder, self.image, self.product, size, self.files)
        try:
            guest.start()
            self.nothing_to_do(guest)
            for case in cases.of(size, delays):
                for number in range(self.runs):
                    self.round(guest, case, number)
        except (MachineError, Void, AssertionError) as error:
            self.results.missing.append(f"{size}: {error}")
            print(f"{size}: {error}", flush=True)
        finally:
            guest.end()
            shutil.rmtree(folder)
            self.keep()

    def round(self, guest: Guest, case: Case, number: int) -> None:
        taken: dict[str, Taken] = {}
        # A count write probes one VF after another in any case.
        contenders = [contender for contender in CONTENDERS if not (contender.counts_only and case.serialised)]
        # The first one may find caches cold: another begins each round.
        first = number % len(contenders)
        for contender in contenders[first:] + contenders[:first]:
            try:
                taken[contender.name] = guest.run(contender, case)
            except Void as error:
                self.results.missing.append(f"{case}, run {number + 1}: {error}")
        try:
            alone = self.alone(guest, case)
        except Void as error:
            alone = {}
            self.results.missing.append(f"{case}, run {number + 1}, a PF alone: {error}")
        self.results.rounds.append(Round(case, taken, alone))
        told = ", ".join(f"{name} {took.wall:.3f} s" for name, took in sorted(taken.items()))
        print(f"{case}, run {number + 1}: {told}", flush=True)
        self.keep()

    def alone(self, guest: Guest, case: Case) -> dict[str, dict[str, Taken]]:
        """Each PF for itself, where PFs can be side by side at all, and where their probes are what is waited for."""
        if case.size.pfs == 1 or case.serialised or case.delay.probe < SLOW:
            return {}
        taken: dict[str, dict[str, Taken]] = {}
        for contender in CONTENDERS:
            if contender.alone:
                taken[contender.name] = {}
                for address in case.size.addresses:
                    guest.clean(case)
                    taken[contender.name][address] = guest.measured(contender.alone(case.size, address))
                    if contender is OURS:
                        guest.report("restored")
        return taken

    def nothing_to_do(self, guest: Guest) -> None:
        """What a restore of what is right costs: time, and system calls. And a start alone, which tells how much the emulation
        costs, as it is measured on this machine as well."""
        where = f"{guest.size} in the virtual machine"
        self.results.others[f"--version, {where}"] = middle([guest.measured("sriov-persist --version") for _ in range(self.runs)])
        taken = [guest.measured(NOTHING_TO_DO) for _ in range(self.runs)]
        guest.report("unchanged")
        self.results.others[f"no-op, {where}"] = middle(taken)
        log = f"{FOLDER}/strace"
        guest.machine.run(f"strace -f -y -o {log} {NOTHING_TO_DO} > {OUTPUT}", seconds=LIMIT)
        self.results.calls[where] = calls.of(guest.machine.run(f"cat {log}; rm {log}", seconds=LIMIT))
        self.keep()
