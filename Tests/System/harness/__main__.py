"""scripts/test-system: run scenarios, one machine each."""
import argparse
import importlib
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

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


def run(name: str, product: Path, keep: bool) -> bool:
    module = importlib.import_module(f"scenarios.{name}")
    guest = image.prepare(getattr(module, "VARIANT", "base"))
    folder = Path(tempfile.mkdtemp(prefix=f"sriov-{name[:20]}-"))
    started = time.monotonic()
    machine = None
    passed = False
    try:
        cards = getattr(module, "CARDS", CARDS)
        machine = Machine(folder, guest, product, cards)
        module.scenario(machine)
        passed = True
    except Exception:  # whatever went wrong is this scenario's failure, and the next one's turn
        print(f"{name}: FAILED after {time.monotonic() - started:.1f} s", flush=True)
        report(machine)
    finally:
        if machine:
            machine.power_cut()
        if keep:
            print(f"{name}: kept {folder}")
        else:
            shutil.rmtree(folder)
    if passed:
        print(f"{name}: passed in {time.monotonic() - started:.1f} s", flush=True)
    return passed


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

    known = sorted(path.stem for path in SCENARIOS.glob("[a-z]*.py"))
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
        results = [run(name, product, options.keep) for name in options.names or known]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
