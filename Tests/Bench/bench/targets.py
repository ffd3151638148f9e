"""What is to be reached, and whether it was."""
from collections.abc import Iterator
from dataclasses import dataclass

from . import standing
from .cases import SLOW, Case, Delay, Size
from .results import Results

NONE = Delay(0, 0)


@dataclass(frozen=True)
class Verdict:
    target: str
    where: str
    figure: float
    limit: float
    unit: str = ""

    @property
    def is_reached(self) -> bool:
        return self.figure <= self.limit

    def __str__(self) -> str:
        said = "reached" if self.is_reached else "MISSED"
        return f"{said}: {self.target}: {self.figure:.3g}{self.unit} of at most {self.limit:.3g}{self.unit} ({self.where})"


def not_judged(results: Results) -> list[str]:
    """What would be judged, had another part been run as well."""
    cases = [case for case in results.cases if case.delay == NONE and results.more(case, "ours", "floor") is not None]
    return [f"our own share, {case}: without the part files nothing tells what the emulation costs" for case in cases
            if emulation_of(results, case.size) is None]


def of(results: Results) -> list[Verdict]:
    return [verdict for case in results.cases for verdict in of_case(results, case)] + list(of_calls(results)) + list(
        of_figures(results))


def of_case(results: Results, case: Case) -> Iterator[Verdict]:
    if case.serialised and case.delay.probe == SLOW and case.delay.create == 0:
        ratio = results.ratio(case, "ours", "operator")
        if ratio is not None:
            yield Verdict("wall over the operator's", str(case), ratio, 0.55)
    if case.delay.probe == SLOW:
        ratio = results.ratio(case, "ours", "floor")
        if ratio is not None:
            yield Verdict("wall over the floor's", str(case), ratio, 1.05)
        together = results.together(case, "ours")
        if together is not None:
            yield Verdict("all PFs over the slowest alone", str(case), together, 1.15)
    size = case.size
    share, emulation = results.more(case, "ours", "floor"), emulation_of(results, size)
    if case.delay == NONE and share is not None and emulation is not None:
        yield Verdict(f"our own share: wall less the floor's, over the emulation's {emulation:.0f}", str(case),
                      share / emulation * 1000, 10 * size.pfs + 0.2 * size.pfs * size.vfs, " ms")


def emulation_of(results: Results, size: Size) -> float | None:
    """How many times as long a start of the program takes in the machine of this size as beside it."""
    inside = results.others.get(f"--version, {size} in the virtual machine")
    beside = results.others.get(f"--version, {standing.WHERE}")
    return inside.wall / beside.wall if inside and beside else None


def of_calls(results: Results) -> Iterator[Verdict]:
    for where, calls in results.calls.items():
        yield Verdict("writes of a no-op", where, calls.writes_to_sysfs, 0)
        yield Verdict("system calls per attribute of a no-op", where, calls.on_attributes / calls.attributes, 3)


def of_figures(results: Results) -> Iterator[Verdict]:
    taken = results.others.get(f"no-op, {standing.WHERE}")
    if taken:
        yield Verdict("CPU of a no-op", standing.WHERE, taken.cpu * 1000, 30, " ms")
    for name, figure in results.figures.items():
        if name.startswith("sleeps over 50 ms"):
            yield Verdict(name, "in the virtual machine", figure, 0)
