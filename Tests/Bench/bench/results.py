"""What was measured, as values that become JSON."""
import statistics
from dataclasses import dataclass, field

from .cases import Case
from .guest import Taken


def middle(taken: list[Taken]) -> Taken:
    """The median of each figure."""
    return Taken(*(statistics.median(getattr(one, name) for one in taken) for name in ("wall", "user", "system", "memory")))


@dataclass(frozen=True)
class Round:
    """One run of each contender, one right after another: only these are compared with each other."""
    case: Case
    taken: dict[str, Taken]
    # Ours for one PF at a time, by the PF's address; empty where it was not measured.
    alone: dict[str, Taken] = field(default_factory=dict)

    def ratio(self, contender: str, to: str) -> float:
        return self.taken[contender].wall / self.taken[to].wall


@dataclass(frozen=True)
class Calls:
    """What a restore that has nothing to do asks of the kernel."""
    total: int
    # Calls on the files that hold VFs' attributes, and how many of these were opened.
    on_attributes: int
    attributes: int
    writes_to_sysfs: int
    by_name: dict[str, int]


@dataclass
class Results:
    rounds: list[Round] = field(default_factory=list)
    # By where it was run: "2x16 in the virtual machine", and so on.
    calls: dict[str, Calls] = field(default_factory=dict)
    # Other runs, medians, by what was run and where.
    others: dict[str, Taken] = field(default_factory=dict)
    # Other figures by name, each with its unit in the name.
    figures: dict[str, float] = field(default_factory=dict)
    # What could not be measured, and why.
    missing: list[str] = field(default_factory=list)

    @property
    def cases(self) -> list[Case]:
        return list(dict.fromkeys(round.case for round in self.rounds))

    def of(self, case: Case) -> list[Round]:
        return [round for round in self.rounds if round.case == case]

    def wall(self, case: Case, contender: str) -> float | None:
        """Median, in seconds; None where it was not run."""
        walls = [round.taken[contender].wall for round in self.of(case) if contender in round.taken]
        return statistics.median(walls) if walls else None

    def ratio(self, case: Case, contender: str, to: str) -> float | None:
        """The median of the ratios within each round."""
        ratios = [round.ratio(contender, to) for round in self.of(case) if contender in round.taken and to in round.taken]
        return statistics.median(ratios) if ratios else None

    def together(self, case: Case) -> float | None:
        """All PFs at once, over the slowest of them alone."""
        ratios = [round.taken["ours"].wall / max(taken.wall for taken in round.alone.values())
                  for round in self.of(case) if round.alone]
        return statistics.median(ratios) if ratios else None
