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
    # One PF at a time: by contender and by the PF's address; empty where it was not measured.
    alone: dict[str, dict[str, Taken]] = field(default_factory=dict)

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
    # What was found on the way.
    notes: list[str] = field(default_factory=list)

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

    def together(self, case: Case, contender: str) -> float | None:
        """All PFs at once, over the slowest of them alone: of each the median, as the most of several alike is mostly noise."""
        rounds = [round for round in self.of(case) if contender in round.alone and contender in round.taken]
        if not rounds:
            return None
        alone = [statistics.median(round.alone[contender][pf].wall for round in rounds) for pf in rounds[0].alone[contender]]
        return statistics.median(round.taken[contender].wall for round in rounds) / max(alone)

    def more(self, case: Case, contender: str, than: str) -> float | None:
        """The median of the differences within each round, in seconds."""
        rounds = [round.taken for round in self.of(case) if contender in round.taken and than in round.taken]
        return statistics.median(taken[contender].wall - taken[than].wall for taken in rounds) if rounds else None
