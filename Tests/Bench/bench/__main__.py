"""scripts/bench: measure, write the tables and the JSON, and say which targets are reached."""
import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from harness import payload

from . import latency, programs, report, simulated, standing, targets
from .cases import DELAYS, SIZES, Delay, Size
from .matrix import Matrix
from .results import Results

PARTS = ["files", "simulated", "matrix", "port", "docker"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description="Measure a restore against what people use now. All of it takes "
                                     "hours; docs/performance.md has what is measured.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all without one")
    parser.add_argument("--size", action="append", type=Size.parse, metavar="PFSxVFS",
                        help=f"of the matrix (repeatable); {', '.join(map(str, SIZES))} without one")
    parser.add_argument("--delay", action="append", type=Delay.parse, metavar="CREATE/PROBE",
                        help=f"milliseconds per VF (repeatable); {', '.join(map(str, DELAYS))} without one")
    parser.add_argument("--runs", type=int, default=3, help="of each case (default 3)")
    parser.add_argument("--product", type=Path, metavar="FOLDER",
                        help="the installed files of the product; without it they are built from this repository")
    parser.add_argument("--out", type=Path, default=payload.REPOSITORY / ".build/bench", metavar="FOLDER",
                        help="for bench.md and bench.json (default .build/bench)")
    options = parser.parse_args()
    if set(options.parts) - set(PARTS):
        parser.error(f"the parts are {', '.join(PARTS)}")
    return options


def tried(results: Results, name: str, body: Callable[[], None]) -> None:
    """What fails is said, and keeps nothing else from being measured."""
    started = time.monotonic()
    try:
        body()
    except Exception as error:  # whatever went wrong, the hours before it are not lost
        results.missing.append(f"{name}: {error}")
        print(f"{name}: {error}", flush=True)
    print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)


def measure(options: argparse.Namespace, folder: Path, results: Results) -> None:
    product = options.product or payload.install_product(folder)
    delays = options.delay or DELAYS

    def keep() -> None:
        report.write(results, options.out)

    def files() -> None:
        tree = folder / "tree"
        tree.mkdir()
        standing.run(product / "usr/bin/sriov-persist", programs.build(tree), options.runs, results)

    def matrix() -> None:
        work = folder / "matrix"
        work.mkdir()
        whole = Matrix(product, work, options.runs, results, keep)
        for size in options.size or SIZES:
            whole.size(size, delays)

    bodies: dict[str, Callable[[], None]] = {
        "files": files, "simulated": lambda: simulated.run(delays, options.runs, results), "matrix": matrix,
        "port": lambda: latency.port(product, results), "docker": lambda: latency.docker(product, results)}
    for name in PARTS:
        if not options.parts or name in options.parts:
            tried(results, name, bodies[name])
            keep()


def main() -> int:
    options = arguments()
    results = Results()
    with tempfile.TemporaryDirectory(prefix="sriov-bench-") as folder:
        measure(options, Path(folder), results)
    results.missing += targets.not_judged(results)
    report.write(results, options.out)
    print(report.page(results))
    print(f"written to {options.out}")
    return 0 if not results.missing and all(verdict.is_reached for verdict in targets.of(results)) else 1


if __name__ == "__main__":
    sys.exit(main())
