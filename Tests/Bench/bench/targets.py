"""What is to be reached, and whether it was."""
from collections.abc import Iterator
from dataclasses import dataclass

from . import standing
from .cases import Case
from .results import Results

SLOW = 500  # ms per probe


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


def of(results: Results) -> list[Verdict]:
    return [verdict for case in results.cases for verdict in of_case(results, case)] + list(of_calls(results)) + list(
        of_figures(results))


def of_case(results: Results, case: Case) -> Iterator[Verdict]:
    ours = results.wall(case, "ours")
    if case.serialised and case.delay.probe == SLOW and case.delay.create == 0:
        ratio = results.ratio(case, "ours", "operator")
        if ratio is not None:
            yield Verdict("wall over the operator's", str(case), ratio, 0.55)
    if case.delay.probe == SLOW:
        ratio = results.ratio(case, "ours", "floor")
        if ratio is not None:
            yield Verdict("wall over the floor's", str(case), ratio, 1.05)
        together = results.together(case)
        if together is not None:
            yield Verdict("all PFs over the slowest alone", str(case), together, 1.15)
    floor = results.wall(case, "floor")
    if case.delay.probe == 0 and ours is not None and floor is not None:
        size = case.size
        yield Verdict("our own share: wall less the floor's, emulated", str(case), (ours - floor) * 1000,
                      10 * size.pfs + 0.2 * size.pfs * size.vfs, " ms")


def of_calls(results: Results) -> Iterator[Verdict]:
    for where, calls in results.calls.items():
        yield Verdict("writes of a no-op", where, calls.writes_to_sysfs, 0)
        if calls.attributes:
            yield Verdict("system calls per attribute of a no-op", where, calls.on_attributes / calls.attributes, 3)


def of_figures(results: Results) -> Iterator[Verdict]:
    taken = results.others.get(f"no-op, {standing.WHERE}")
    if taken:
        yield Verdict("CPU of a no-op", standing.WHERE, taken.cpu * 1000, 30, " ms")
    for name, figure in results.figures.items():
        if name.startswith("sleeps over 50 ms"):
            yield Verdict(name, "in the virtual machine", figure, 0)
