"""scripts/test-system: run scenarios, one machine for each file of them."""
import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from . import changed, image, payload
from .expect import CARDS
from .guest import all_guests
from .machine import Machine
from .run import Run


def shell(product: Path) -> None:
    """A guest with a root shell on this terminal; it ends with the shell's `poweroff`."""
    with tempfile.TemporaryDirectory(prefix="sriov-shell-") as folder:
        machine = Machine(Path(folder), image.prepare(), product, CARDS, emulator=image.emulator())
        try:
            machine.boot(shell=True)
            assert machine.process
            machine.process.wait()
        finally:
            machine.power_cut()


def main() -> int:
    parser = argparse.ArgumentParser(prog="test-system", description="Boot virtual machines with virtual mlx5 adapters and run "
                                     "scenarios in them.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a scenario; all without one")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                        help="how many machines run at once, %(default)s here: each takes one CPU and 2 GiB")
    parser.add_argument("--list", action="store_true", help="list the scenarios")
    parser.add_argument("--keep", action="store_true", help="keep each machine's folder: disk, console, journal")
    parser.add_argument("--prepare", action="store_true", help="only build what the guests boot from")
    parser.add_argument("--shell", action="store_true", help="a root shell in a guest instead of scenarios")
    parser.add_argument("--product", type=Path, metavar="FOLDER",
                        help="the installed files of the product; without it they are built from this repository")
    parser.add_argument("--changed", nargs="?", const="", metavar="BASE",
                        help="only the scenarios that are affected by changes since BASE, committed or not. BASE defaults to "
                        "where HEAD branched off origin/main, or else to the commit before HEAD")
    options = parser.parse_args()
    if options.jobs < 1:
        parser.error("--jobs is at least 1")
    if options.changed is not None and options.names:
        parser.error("--changed cannot be combined with scenario names")

    guests = all_guests()
    if options.changed is not None:
        try:
            paths = changed.paths_since(options.changed or changed.base())
        except subprocess.CalledProcessError as error:
            parser.error(error.stderr.strip())
        guests = changed.concerned(guests, paths)
    known = [name for guest in guests for name in guest.scenarios]
    usual = [name for guest in guests for name in guest.scenarios if name not in guest.on_request]
    if options.list:
        print("\n".join(known if options.changed is None else usual))
        return 0
    if not guests:
        print("no scenarios are affected by the change")
        return 0
    unknown = set(options.names) - set(known)
    if unknown:
        parser.error(f"no such scenario: {' '.join(sorted(unknown))}")

    if options.prepare:
        image.prepare_all(guest.variant for guest in guests)
        image.emulator()
        return 0

    with tempfile.TemporaryDirectory(prefix="sriov-product-") as folder:
        product = options.product or payload.install_product(Path(folder))
        if options.shell:
            shell(product)
            return 0
        run = Run(guests, options.names or usual, product, options.keep)
        started = time.monotonic()
        results = run.all(options.jobs)
    print(f"system tier: {time.monotonic() - started:.0f} s")
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
