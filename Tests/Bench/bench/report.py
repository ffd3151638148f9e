"""The results as a page of tables, and as JSON."""
import dataclasses
import json
from pathlib import Path

from . import targets
from .cases import Case
from .contenders import CONTENDERS
from .results import Results


def figure(value: float | None, unit: str = "") -> str:
    return "-" if value is None else f"{value:.3f}{unit}"


def row(words: list[str]) -> str:
    return f"| {' | '.join(words)} |"


def matrix(results: Results) -> list[str]:
    """Medians in seconds, and the ratios within one run."""
    names = [contender.name for contender in CONTENDERS]
    head = ["PFs x VFs", "create/probe ms", "probes", *(f"{name} s" for name in names), "ours / operator", "ours / floor",
            "all PFs / slowest alone", "the same of the floor"]
    return [row(head), row(["---"] * len(head)), *(row(cells(results, case, names)) for case in results.cases)]


def cells(results: Results, case: Case, names: list[str]) -> list[str]:
    return [str(case.size), str(case.delay), "serialised" if case.serialised else "overlap",
            *(figure(results.wall(case, name)) for name in names),
            figure(results.ratio(case, "ours", "operator")), figure(results.ratio(case, "ours", "floor")),
            figure(results.together(case, "ours")), figure(results.together(case, "floor"))]


def others(results: Results) -> list[str]:
    head = ["run", "wall s", "CPU s", "peak memory MiB"]
    rows = [row([name, figure(taken.wall), figure(taken.cpu), f"{taken.memory / 1024:.1f}"])
            for name, taken in results.others.items()]
    return [row(head), row(["---"] * len(head)), *rows]


def calls(results: Results) -> list[str]:
    head = ["a no-op", "system calls", "on VFs' attributes", "attributes", "most"]
    rows = [row([where, str(of.total), str(of.on_attributes), str(of.attributes),
                 ", ".join(f"{name} {count}" for name, count in list(of.by_name.items())[:6])])
            for where, of in results.calls.items()]
    return [row(head), row(["---"] * len(head)), *rows]


def page(results: Results) -> str:
    verdicts = [f"- {verdict}" for verdict in targets.of(results)]
    figures = [f"- {name}: {value:.4g}" for name, value in results.figures.items()]
    missing = [f"- {words}" for words in results.missing + results.notes]
    parts = [("Restores", matrix(results)), ("Other runs", others(results)), ("System calls", calls(results)),
             ("Figures", figures), ("Targets", verdicts), ("Not measured, or found on the way", missing)]
    return "\n\n".join(f"## {title}\n\n" + "\n".join(lines) for title, lines in parts if lines) + "\n"


def document(results: Results) -> str:
    """Every run as it was measured, the ratios' sources; cases and verdicts in words."""
    rounds = [{"case": dataclasses.asdict(round.case), "taken": {name: dataclasses.asdict(taken) for name, taken in
                                                                 round.taken.items()},
               "alone": {name: {pf: dataclasses.asdict(one) for pf, one in taken.items()} for name, taken in
                         round.alone.items()}}
              for round in results.rounds]
    verdicts = [dataclasses.asdict(verdict) | {"reached": verdict.is_reached} for verdict in targets.of(results)]
    return json.dumps({
        "version": 1, "rounds": rounds, "calls": {where: dataclasses.asdict(of) for where, of in results.calls.items()},
        "others": {name: dataclasses.asdict(taken) for name, taken in results.others.items()}, "figures": results.figures,
        "targets": verdicts, "missing": results.missing, "notes": results.notes}, indent=2)


def write(results: Results, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.md").write_text(page(results))
    (folder / "bench.json").write_text(document(results) + "\n")
